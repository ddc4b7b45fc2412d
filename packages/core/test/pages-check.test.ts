import { can, Layout, Memory, type Pages, type Ptr, pages } from "@alloc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { rangesOf } from "./support/roots.ts";

const SMALL = 16;
const RAGGED = 2;

/** A root with several ranges of both kinds, whose last range ends inside a granule. */
function rootWithHoles(): Pages {
  const buffer = new ArrayBuffer(65536);
  const root = pages(Memory.over(buffer, { from: 64, to: 4000 }));
  pages(Memory.over(buffer, { from: 8000, to: 8200 }));
  pages(Memory.over(buffer, { from: 9008, to: 12_001 }));
  const layout = Layout.of(5 * SMALL);
  const taken = Array.from({ length: 9 }, () => root.allocate(layout) as Ptr);
  for (const ptr of [1, 4, 7].map((index) => taken[index]!)) root.deallocate(ptr, layout);
  return root;
}

test("a root can be checked, and nothing is wrong with it", () => {
  const root = rootWithHoles();
  expect(can(root, "check")).toBe(true);
  expect(root.check()).toBe(undefined);
  const { admitted, free } = rangesOf(root);
  expect([admitted.length, free.length]).toEqual([3, 5]);
});

test("check finds every change of a word in use, but for a higher peak and another end of a range", () => {
  const found = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const near = fc.integer({ min: -3, max: 3 });
  const { used } = rootWithHoles().describeSelf();
  fc.assert(
    fc.property(fc.constantFrom("admitted", "free", "counters"), fc.nat(40), found, near, (name, at, value, by) => {
      const root = rootWithHoles();
      const words = root.describeSelf().state[name] as Int32Array;
      const index = at % (name === "counters" ? 3 : used![name]!);
      const before = words[index]!;
      const changed = by === 0 ? value : before + by;
      words[index] = changed;
      // Of the two lists in the words only one counts.
      const isScratch = name !== "counters" && index > 0 && (index - 1) % 2 !== words[0];
      if (isScratch || changed === before) return;
      const { held, bookkeeping } = root.footprint();
      const isEnd = changed === 0 || (changed > 0 && changed <= 65536 && changed % SMALL !== 0);
      const isMissed = index === 1 ? changed >= held + bookkeeping : index === RAGGED && isEnd;
      if (name === "counters" && isMissed) return;
      expect(() => root.check()).toThrow(/^broken invariant: pages: /);
    }),
    { numRuns: 1000 },
  );
});

test("check finds a free range that was never admitted, even if the sums are right", () => {
  const root = rootWithHoles();
  const { free } = root.describeSelf().state as { free: Int32Array };
  const which = free[0]!;
  const last = free[1 + which]! - 3;
  // The last free range, one granule further: it ends where no range does.
  for (const index of [last, last + 1]) free[3 + 2 * index + which]!++;
  expect(() => root.check()).toThrow("broken invariant: pages: free ranges must be sorted, apart and admitted");
});
