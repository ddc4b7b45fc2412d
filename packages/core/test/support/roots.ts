/**
 * Roots: the granules of the root of a memory, read through its description.
 *
 * @module
 */
import type { ArrayView, Pages } from "@alloc/core";
import { expect } from "vitest";

/** The bytes of a granule in a memory of 16 MiB or more. */
export const GRANULE = 4096;
/** The first granule that may be handed out: the first 16 bytes never are. */
export const FIRST = 1;
/** The granule of 4 KiB after the last one that may be handed out. */
export const LAST = 2 ** 20 - 16;

/** The bytes of a granule of a root. */
export function granuleOf(root: Pages): number {
  return root.describeSelf().options.granule as number;
}

export type Range = readonly [start: number, end: number];

/** The ranges of a root's words, which are sorted, apart, and ended by the largest i32. */
function rangesIn(words: ArrayView | undefined, granule: number): Range[] {
  const at = (index: number) => Number(words![index]);
  // Of the two lists that alternate in the words, the one that counts.
  const which = at(0);
  const list = Array.from({ length: at(1 + which) }, (_, index) => at(3 + 2 * index + which));
  expect(list.pop(), "what stands behind the last range").toBe(0x7fffffff);
  const ranges = Array.from({ length: list.length / 2 }, (_, index): Range => [list[2 * index]!, list[2 * index + 1]!]);
  let end = FIRST - 1;
  for (const range of ranges) {
    expect(range[0], "ranges are sorted and do not touch").toBeGreaterThan(end);
    expect(range[1], "no range is empty").toBeGreaterThan(range[0]);
    end = range[1];
  }
  expect(end, "no range reaches the last 64 KiB").toBeLessThanOrEqual((2 ** 32 - 65536) / granule);
  return ranges;
}

/** The admitted granules, and the free ones. Checks the words, and the held bytes. */
export function rangesOf(root: Pages): { admitted: Range[]; free: Range[] } {
  const { nodes, root: id } = root.describe();
  const { state } = nodes[id]!;
  const granule = granuleOf(root);
  const admitted = rangesIn(state.admitted, granule);
  const free = rangesIn(state.free, granule);
  for (const [start, end] of free) {
    expect(
      admitted.some((range) => range[0] <= start && end <= range[1]),
      "what is free was admitted",
    ).toBe(true);
  }
  const { held, bookkeeping } = root.footprint();
  expect(held).toBe((lengthOf(admitted) - lengthOf(free)) * granule);
  expect(bookkeeping).toBe(8 * (1 + admitted.length) + 8 * (1 + free.length) + state.counters!.byteLength);
  return { admitted, free };
}

function lengthOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [start, end]) => sum + end - start, 0);
}

/** The granules of some ranges. */
export function granulesOf(ranges: readonly Range[]): Set<number> {
  const granules = new Set<number>();
  for (const [start, end] of ranges) for (let granule = start; granule < end; granule++) granules.add(granule);
  return granules;
}

/** The ranges of some granules. */
export function rangesOfGranules(granules: Iterable<number>): Range[] {
  const ranges: [number, number][] = [];
  for (const granule of [...granules].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.[1] === granule) last[1]++;
    else ranges.push([granule, granule + 1]);
  }
  return ranges;
}
