import { Memory } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Spans } from "../src/pages/spans.ts";
import { granulesOf, type Range, rangesOfGranules } from "./support/roots.ts";

const MOST = 96;
const AFTER = 0x7fffffff;

/** Granules above 2 GiB of addresses, and at the end of them. */
const origins = fc.constantFrom(0, 2 ** 19 - 48, 2 ** 20 - MOST);
const range = fc.tuple(fc.nat(MOST - 1), fc.integer({ min: 1, max: 12 })).map(([start, length]): Range => {
  return [start, Math.min(start + length, MOST)];
});
const step = fc.record({ add: fc.boolean(), range });

function spansIn(shared: boolean): Spans {
  return new Spans(shared ? Memory.over(new SharedArrayBuffer(8), { owner: true }) : Memory.virtual(8), MOST / 2);
}

/** The ranges in the words, and the sentinel after them. */
function rangesOf(spans: Spans): Range[] {
  expect(spans.list.at(2 * spans.count)).toBe(AFTER);
  return Array.from({ length: spans.count }, (_, index): Range => [spans.start(index), spans.end(index)]);
}

/** Runs random steps on spans and on a set of numbers, and compares them after each. */
function compare(check: (spans: Spans, granules: Set<number>, origin: number) => void): void {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), origins, fc.boolean(), (steps, origin, shared) => {
      const spans = spansIn(shared);
      const granules = new Set<number>();
      for (const { add, range } of steps) {
        const [start, end] = [range[0] + origin, range[1] + origin];
        const named = [...granulesOf([[start, end]])];
        const taken = named.filter((granule) => granules.has(granule)).length;
        if (add) {
          expect(spans.add(start, end)).toBe(taken === 0);
          if (taken === 0) for (const granule of named) granules.add(granule);
        } else if (taken === named.length) {
          spans.remove(start, end);
          for (const granule of named) granules.delete(granule);
        }
        check(spans, granules, origin);
      }
    }),
    { numRuns: 40 },
  );
}

describe("spans", () => {
  test("hold the granules added and not removed, in the fewest sorted ranges", () => {
    compare((spans, granules) => {
      expect(rangesOf(spans)).toEqual(rangesOfGranules(granules));
    });
  });

  test("find the first range that ends after a granule, and return the count if none does", () => {
    compare((spans, granules, origin) => {
      const ranges = rangesOfGranules(granules);
      const asked = Array.from({ length: MOST + 1 }, (_, index) => origin + index);
      const expected = asked.map((granule) => {
        const index = ranges.findIndex(([, end]) => end > granule);
        return index < 0 ? ranges.length : index;
      });
      expect(asked.map((granule) => spans.find(granule))).toEqual(expected);
    });
  });

  test("cover a range if they have every granule of it, and overlap it if they have any", () => {
    compare((spans, granules, origin) => {
      const asked = Array.from({ length: MOST / 3 }, (_, index) => origin + 3 * index).flatMap((start) => {
        return [1, 2, 7].map((length): Range => [start, start + length]);
      });
      const expected = asked.map((range) => {
        const named = [...granulesOf([range])].filter((granule) => granules.has(granule)).length;
        return [named === range[1] - range[0], named > 0];
      });
      expect(asked.map((range) => [spans.covers(...range), spans.overlaps(...range)])).toEqual(expected);
    });
  });

  test("of a shared memory never replace their words", () => {
    compare((spans) => {
      const { words } = spans.list;
      if (words.buffer instanceof SharedArrayBuffer) expect(words.length).toBe(3 + 2 * (1 + MOST));
    });
  });

  test("refuse to add granules they have, and are unchanged", () => {
    const spans = spansIn(false);
    spans.add(10, 20);
    spans.add(30, 40);
    for (const [start, end] of [
      [10, 20],
      [19, 21],
      [5, 11],
      [5, 50],
      [20, 31],
      [12, 13],
    ] as const) {
      expect(spans.add(start, end)).toBe(false);
      expect(rangesOf(spans)).toEqual([
        [10, 20],
        [30, 40],
      ]);
    }
  });

  test("close the gap between two ranges", () => {
    const spans = spansIn(false);
    spans.add(10, 20);
    spans.add(30, 40);
    spans.add(20, 30);
    expect(rangesOf(spans)).toEqual([[10, 40]]);
  });

  test("that are empty cover and overlap nothing, not even the largest granule", () => {
    const spans = spansIn(false);
    expect(spans.find(0)).toBe(0);
    expect([spans.covers(0, 1), spans.overlaps(0, 2 ** 20)]).toEqual([false, false]);
  });

  test("take words as needed: 2 ranges fit into the first 16, and 100 after doublings", () => {
    const spans = new Spans(Memory.virtual(8), 1000);
    for (let index = 0; index < 2; index++) spans.add(4 * index, 4 * index + 2);
    expect(spans.list.words.length).toBe(16);
    for (let index = 2; index < 100; index++) spans.add(4 * index, 4 * index + 2);
    expect(spans.list.words.length).toBe(512);
    expect(spans.count).toBe(100);
  });

  test("whose change ends at any store have the granules from before, or from after it", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const granules = new Set<number>();
        let [fails, stores] = [Infinity, 0];
        const words = new Proxy(new Int32Array(3 + 2 * (1 + MOST)), {
          get: (target, key) => Reflect.get(target, key),
          set(target, key, value) {
            if (++stores >= fails) throw new RangeError("ended");
            return Reflect.set(target, key, value);
          },
        });
        const spans = new Spans({ words: () => words, widen: () => words } as never, MOST / 2);
        for (const { add, range } of steps) {
          const named = [...granulesOf([range])];
          const taken = named.filter((granule) => granules.has(granule)).length;
          if (add ? taken > 0 : taken < named.length) continue;
          const before = rangesOfGranules(granules);
          for (const granule of named) add ? granules.add(granule) : granules.delete(granule);
          const after = rangesOfGranules(granules);
          // Each try changes a list that is whole, so it can be tried again.
          for (let k = 1; ; k++) {
            [fails, stores] = [k, 0];
            try {
              add ? spans.add(...range) : spans.remove(...range);
              break;
            } catch (error) {
              expect(error).toEqual(new RangeError("ended"));
            }
            expect(rangesOf(spans)).toEqual(before);
            expect(spans.isSound(0, MOST)).toBe(true);
          }
          fails = Infinity;
          expect(rangesOf(spans)).toEqual(after);
        }
      }),
    );
  });

  test.each([
    ["sorted and apart", [4, 6, 8, 12, AFTER], true],
    ["none", [AFTER], true],
    ["from the least granule to the last one", [2, 20, AFTER], true],
    ["touching", [4, 8, 8, 12, AFTER], false],
    ["overlapping", [4, 9, 8, 12, AFTER], false],
    ["out of order", [8, 12, 4, 6, AFTER], false],
    ["empty", [4, 4, AFTER], false],
    ["reversed", [6, 4, AFTER], false],
    ["below the least granule", [1, 3, AFTER], false],
    ["above the last one", [4, 21, AFTER], false],
    ["without an end", [4, 6], false],
    ["with another end", [4, 6, 99], false],
  ])("are sound if their ranges are sorted, apart and in bounds: %s", (_, numbers, isSound) => {
    const words = new Int32Array(40);
    words[1] = numbers.length;
    for (const [index, number] of numbers.entries()) words[3 + 2 * index] = number;
    expect(new Spans(Memory.virtual(8), 9, words).isSound(2, 20)).toBe(isSound);
  });

  test("are sound only as one of two lists that fits in the words", () => {
    const isSound = (...words: number[]) => new Spans(Memory.virtual(8), 9, Int32Array.from(words)).isSound(2, 20);
    expect(isSound(0, 1, 0, AFTER, 0)).toBe(true);
    // A third list would be found there, and one that is longer than the words.
    expect(isSound(2, 0, 0, 1, 0, AFTER, 0)).toBe(false);
    expect(isSound(0, 3, 0, 4, 0, 6, 0, AFTER)).toBe(false);
    expect(isSound(0, 2 ** 30 + 1, 0, AFTER, 0)).toBe(false);
  });
});
