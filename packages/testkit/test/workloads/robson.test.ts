import { RELEASE, type Trace, WORKLOADS } from "@alloc/testkit";
import { describe, expect, test } from "vitest";

const UNIT = 16;

type Place = (gaps: readonly { start: number; size: number }[], size: number) => number;
const firstFit: Place = (gaps, size) => gaps.findIndex((gap) => gap.size >= size);
const bestFit: Place = (gaps, size) =>
  gaps.reduce(
    (best, gap, index) => (gap.size >= size && !(gaps[best]!.size <= gap.size) ? index : best),
    gaps.length - 1,
  );

/** Units from 0 to the highest that a policy ever uses to serve a trace. */
function heapOf({ length, kinds, ids, sizes }: Trace, place: Place): number {
  let blocks: { id: number; start: number; size: number }[] = [];
  let top = 0;
  for (let index = 0; index < length; index++) {
    const id = ids[index]!;
    if (kinds[index] === RELEASE) {
      blocks = blocks.filter((block) => block.id !== id);
      continue;
    }
    const size = sizes[index]! / UNIT;
    const ends = [0, ...blocks.map((block) => block.start + block.size)];
    const gaps = ends.map((start, at) => ({ start, size: (blocks[at]?.start ?? Infinity) - start }));
    const at = place(gaps, size);
    blocks.splice(at, 0, { id, start: gaps[at]!.start, size });
    top = Math.max(top, gaps[at]!.start + size);
  }
  return top;
}

describe.each([8, 16, 64, 256, 512])("robson with %i units live", (most) => {
  const trace = WORKLOADS.robson.make({ operations: 4 * most, live: most });

  test("never has more than that live, neither blocks nor units", () => {
    expect(trace.header.maxlive).toBe(most);
    expect(trace.header.peak).toBe(most * UNIT);
  });

  test("drives first fit to Robson's bound, to the unit", () => {
    const largest = most / 2;
    const bound = most * (Math.log2(largest) / 2 + 1) - largest + 1;
    expect(bound).toBe((most * Math.log2(most)) / 2 + 1);
    expect(heapOf(trace, firstFit)).toBe(bound);
  });

  test("doubles its sizes from 1 unit to half of the live units", () => {
    const sizes = [...new Set([...trace.sizes].filter((size) => size > 0))];
    expect(sizes).toEqual(Array.from({ length: Math.log2(most) }, (_, phase) => UNIT * 2 ** phase));
  });

  test("takes less than 4 operations per unit for a round, and starts again", () => {
    const twice = WORKLOADS.robson.make({ operations: 8 * most, live: most });
    const live = new Set<number>();
    const ends: number[] = [];
    twice.ids.forEach((id, index) => {
      if (twice.kinds[index] === RELEASE) live.delete(id);
      else live.add(id);
      if (live.size === 0) ends.push(index + 1);
    });
    const [first, second] = [ends[0]!, ends[1]!];
    expect(first).toBeLessThan(4 * most);
    expect(twice.sizes.subarray(first, second)).toEqual(twice.sizes.subarray(0, first));
  });
});

test("robson rounds live down to a power of two", () => {
  expect(WORKLOADS.robson.make({ live: 1023 }).header.maxlive).toBe(512);
});

test("robson is as bad for best fit, which places like first fit if all holes are too small", () => {
  const trace = WORKLOADS.robson.make({ operations: 1024, live: 256 });
  expect(heapOf(trace, bestFit)).toBe(heapOf(trace, firstFit));
});
