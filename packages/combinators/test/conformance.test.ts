import { fallback, nullAllocator } from "@alloc/combinators";
import type { Allocator } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { describeAllocator } from "@alloc/testkit/vitest";
import { describeLeaf, PLACEMENTS } from "../../../checks/support/placements.ts";

const CHAINS: Record<string, (parent: Allocator) => Allocator> = {
  "fallback(freeList(64), system())": (parent) => fallback(freeList(64, { parent }), system({ parent })),
  "fallback(fallback(freeList(16), freeList(128)), fallback(system(), nullAllocator()))": (parent) =>
    fallback(
      fallback(freeList(16, { blocks: 5, parent }), freeList(128, { blocks: 9, parent })),
      fallback(system({ parent }), nullAllocator(parent.memory)),
    ),
  "fallback(nullAllocator(), freeList(64))": (parent) =>
    fallback(nullAllocator(parent.memory), freeList(64, { blocks: 9, parent })),
};

for (const [name, make] of Object.entries(CHAINS)) describeLeaf(name, make);

for (const [place, parentOf] of Object.entries(PLACEMENTS)) {
  const heap = system({ parent: parentOf() });
  const make = () => fallback(freeList(64, { blocks: 20, parent: heap }), heap.byRef());
  describeAllocator(`fallback(freeList(64) of a heap, the heap lent) ${place}`, make, { programs: 60 });
}
