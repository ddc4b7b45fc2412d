import { Memory, pages } from "@alloc/core";
import { describeAllocator } from "@alloc/testkit/vitest";
import { TRIED } from "../../../checks/support/placements.ts";

const options = {
  programs: 20,
  skip: { "9.3": "the root is lent, and what is lent lives on: its dispose does nothing" },
};

for (const [place, rootOf] of TRIED) {
  const root = rootOf();
  describeAllocator(`pages() ${place}`, () => root.byRef(), options);
}

// A new one for each program, so that the memory can still grow and the root is unused.
describeAllocator("pages() in a new memory", () => pages(Memory.linear({ maximum: 4 * 2 ** 20 })).byRef(), options);

const odd = pages(Memory.over(new SharedArrayBuffer(2 ** 21 + 1234), { from: 70_001, owner: true }));
describeAllocator("pages() in an odd part of a SharedArrayBuffer", () => odd.byRef(), options);
