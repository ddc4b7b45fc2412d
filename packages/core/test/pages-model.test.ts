import { alignUp, Layout, Memory, NULL, orThrow, type Pages, type Ptr, pages } from "@alloc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { GRANULE, granuleOf, granulesOf, LAST, type Range, rangesOf, rangesOfGranules } from "./support/roots.ts";

/** Leaves free only the granules from `start` up to `end` of 4 GiB of addresses. */
function windowOf([start, end]: Range): Pages {
  const root = pages(Memory.virtual(2 ** 32));
  const takeUpTo = (stop: number) => {
    const { free } = rangesOf(root);
    const layout = Layout.of((stop - free[0]![0]) * GRANULE, 1);
    return orThrow(root.allocate(layout), layout);
  };
  const below = takeUpTo(start);
  if (end < LAST) {
    const window = takeUpTo(end);
    takeUpTo(LAST);
    root.deallocate(window, Layout.of((end - start) * GRANULE));
  }
  expect(below).toBe(GRANULE);
  return root;
}

const HALF = 2 ** 19;
/** Roots that cannot grow, with the granules that they may hand out, and those already taken. */
const PLACES: [string, Range, () => Pages][] = [
  // Granules of 128 bytes: 600,001 / 4096 is 146.
  ["a part of a buffer", [547, 671], () => pages(Memory.over(new ArrayBuffer(600_001), { from: 70_001, to: 86_000 }))],
  ["a shared buffer of 2000 bytes", [1, 125], () => pages(Memory.over(new SharedArrayBuffer(2000), { owner: true }))],
  [
    "the end of a Wasm memory at its maximum",
    [3996, 4096],
    () => pages(Memory.over(new WebAssembly.Memory({ initial: 8, maximum: 8 }), { from: 511_488, maximum: 2 ** 19 })),
  ],
  ["addresses from 65,536 on", [4096, 4224], () => pages(Memory.virtual(2048, { base: 65536 }))],
  ["a window across 2 GiB", [HALF - 40, HALF + 40], () => windowOf([HALF - 40, HALF + 40])],
  ["a window at the upper edge of 4 GiB", [LAST - 90, LAST], () => windowOf([LAST - 90, LAST])],
];

const length = fc.oneof(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 128 }));
/** Bytes less than whole granules; a granule may have as few as 16. */
const slack = fc.nat(15);
const step = fc.oneof(
  fc.record({ do: fc.constant("allocate" as const), length, slack, log: fc.oneof(fc.nat(12), fc.nat(20)) }),
  fc.record({ do: fc.constant("release" as const), block: fc.nat(), slack }),
  fc.record({ do: fc.constant("resize" as const), block: fc.nat(), length, slack }),
);

/** Returns the start of the best fit, the lowest of several; undefined if nothing fits. */
function bestFit(free: Set<number>, length: number, align: number, granule: number): number | undefined {
  const fits = rangesOfGranules(free).flatMap(([start, end]) => {
    const first = alignUp(start * granule, Math.max(align, granule)) / granule;
    return first + length <= end ? [{ first, room: end - start }] : [];
  });
  return fits.sort((a, b) => a.room - b.room || a.first - b.first)[0]?.first;
}

test.each(PLACES)("in %s a root works like a set of granules", (_, [from, to], make) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const root = make();
      const granule = granuleOf(root);
      // Granules taken before count too.
      const layout = Layout.of(granule);
      root.deallocate(orThrow(root.allocate(layout), layout), layout);
      let { peak } = root.footprint();
      const outside = root.footprint().held;
      const free = granulesOf([[from, to]]);
      const live: { start: number; length: number; align: number }[] = [];
      const move = (start: number, end: number, isFree: boolean) => {
        for (let at = start; at < end; at++) isFree ? free.add(at) : free.delete(at);
      };
      const check = () => {
        expect(rangesOf(root).free).toEqual(rangesOfGranules(free));
        const { held, bookkeeping, peak: highest } = root.footprint();
        expect(held - outside).toBe(live.reduce((sum, block) => sum + block.length, 0) * granule);
        peak = Math.max(peak, held + bookkeeping);
        expect(highest).toBe(peak);
      };

      for (const step of steps) {
        if (step.do === "allocate") {
          const align = 2 ** step.log;
          const ptr = root.allocate(Layout.of(step.length * granule - step.slack, align));
          const expected = bestFit(free, step.length, align, granule);
          expect(ptr).toBe(expected === undefined ? NULL : expected * granule);
          if (expected !== undefined) {
            live.push({ start: expected, length: step.length, align });
            move(expected, expected + step.length, false);
          }
        } else if (live.length > 0) {
          const index = step.block % live.length;
          const block = live[index]!;
          const { start, align } = block;
          const ptr = (start * granule) as Ptr;
          const layout = Layout.of(block.length * granule - step.slack, align);
          if (step.do === "release") {
            root.deallocate(ptr, layout);
            live.splice(index, 1);
            move(start, start + block.length, true);
          } else {
            const end = start + step.length;
            const added = granulesOf([[start + block.length, end]]);
            const fits = [...added].every((at) => free.has(at));
            const to = Layout.of(step.length * granule - step.slack, align);
            expect(root.resizeInPlace(ptr, layout, to)).toBe(fits);
            if (fits) {
              move(start, start + block.length, true);
              move(start, end, false);
              block.length = step.length;
            }
          }
        }
        check();
      }

      for (const { start, length } of live) root.deallocate((start * granule) as Ptr, Layout.of(length * granule));
      const whole = Layout.of((to - from) * granule, 1);
      expect(root.allocate(whole)).toBe(from * granule);
      root.deallocate((from * granule) as Ptr, whole);
    }),
    { numRuns: 30 },
  );
});
