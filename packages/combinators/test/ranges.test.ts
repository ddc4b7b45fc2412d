import { Memory } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gatedMemory } from "../../../checks/support/gated.ts";
import { Ranges } from "../src/regions/ranges.ts";

const memory = Memory.linear();

/** Returns the ranges as pairs of start and length, by address. */
const pairs = (ranges: Ranges) => ranges.list().map((record) => [ranges.start(record), ranges.length(record)]);

/** The same for a set of granules. */
function runs(free: ReadonlySet<number>): number[][] {
  const found: number[][] = [];
  for (const granule of [...free].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && last[0]! + last[1]! === granule) last[1]!++;
    else found.push([granule, 1]);
  }
  return found;
}

test("they equal a set of granules, after any changes", () => {
  const change = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 12 }));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const ranges = new Ranges(memory, 64);
      const free = new Set<number>();
      for (const [start, length] of changes) {
        const granules = Array.from({ length }, (_, index) => start + index);
        const isFree = granules.filter((granule) => free.has(granule)).length;
        expect(ranges.overlaps(start, length)).toBe(isFree > 0);
        if (isFree === length) {
          ranges.remove(ranges.at(start), start, length);
          for (const granule of granules) free.delete(granule);
        } else if (ranges.add(start, length)) for (const granule of granules) free.add(granule);
        else expect(isFree).toBeGreaterThan(0);
        ranges.check();
        const expected = runs(free);
        expect(pairs(ranges)).toEqual(expected);
        const fits = expected.filter(([, room]) => room! >= length).sort((a, b) => a[1]! - b[1]! || a[0]! - b[0]!);
        expect(ranges.start(ranges.fit(length)) || 0).toBe(fits[0]?.[0] ?? ranges.start(0));
      }
    }),
  );
});

/** Returns the depths of the trees by address and by length. */
function depths({ words }: Ranges): number[] {
  return [2, 4].map((tree) => {
    let depth = 0;
    const below: [record: number, level: number][] = [[words[tree]!, 1]];
    for (let next = below.pop(); next !== undefined; next = below.pop()) {
      const [record, level] = next;
      if (record === 0) continue;
      depth = Math.max(depth, level);
      for (const side of [0, 1]) below.push([words[record * 6 + tree + side]!, level + 1]);
    }
    return depth;
  });
}

test.each([
  ["ascending", (index: number) => index],
  ["descending", (index: number) => 9999 - index],
  ["from both ends", (index: number) => (index % 2 === 0 ? index : 9999 - index)],
])("the trees of 10,000 ranges added %s are about as deep as the logarithm", (_, order) => {
  const ranges = new Ranges(memory, 10_000);
  for (let index = 0; index < 10_000; index++)
    ranges.add(2 + 2 * 20_000 * order(index), 1 + ((order(index) * 7) % 9999));
  expect(Math.max(...depths(ranges))).toBeLessThan(4 * Math.log2(10_000));
});

test("the trees of 4,096 ranges, added in the order of the ranks of another tree, are about as deep as the logarithm", () => {
  const other = new Ranges(memory, 4096);
  const records = Array.from({ length: 4096 }, (_, index) => index + 1);
  const starts = records.toSorted((a, b) => other.rank(a) - other.rank(b));
  // In a tree with the same ranks, each range would lie below the one before it.
  const ranges = new Ranges(memory, 4096);
  const order = Array<number>(4096);
  for (const [index, record] of starts.entries()) order[record - 1] = index;
  for (const index of order) ranges.add(2 + 2 * index, 1);
  expect(Math.max(...depths(ranges))).toBeLessThan(4 * Math.log2(4096));
});

test("freed records are reused", () => {
  const ranges = new Ranges(memory, 100);
  const { bytes } = ranges;
  for (let round = 0; round < 1000; round++) {
    ranges.add(10, 1);
    ranges.add(20, 1);
    ranges.add(11, 9);
    ranges.remove(ranges.at(10), 10, 11);
  }
  expect(ranges.bytes).toBe(bytes + 2 * 24);
});

test("the words in use are those of record 0 and of the most ranges at once", () => {
  const ranges = new Ranges(memory, 100);
  expect(ranges.bytes).toBe(24);
  for (const start of [10, 20, 30]) ranges.add(start, 1);
  ranges.clear();
  expect([ranges.bytes, ranges.at(99), ranges.fit(1)]).toEqual([24, 0, 0]);
});

test("in a shared memory there are words for the maximum number from the start", () => {
  const ranges = new Ranges(Memory.linear({ maximum: 65536, shared: true }), 20);
  const { words } = ranges;
  for (let at = 1; at <= 20; at++) ranges.add(10 * at, 1);
  ranges.check();
  expect([ranges.words, words.length, pairs(ranges).length]).toEqual([words, 6 * 21, 20]);
});

const found: [what: string, damage: number[][]][] = [
  ["ranges are sorted, and do not touch", [[7, 20]]],
  ["lengths are sorted", [[7, 8]]],
  ["both trees hold the same ranges", [[4, 0]]],
  ["no range is empty", [[7, 0]]],
  [
    "a parent has the higher rank",
    [
      [2, 1],
      [8, 1],
    ],
  ],
];
test.each(found)("check says that %s", (what, damage) => {
  const ranges = new Ranges(memory, 100);
  for (const start of [40, 60, 80]) ranges.add(start, start / 10 + 1);
  for (const [word, value] of damage) ranges.words[word!] = value!;
  expect(() => ranges.check()).toThrow(new Error(`broken invariant: free tree: ${what}`));
});

test.each([
  ["a length that differs from the one it was sorted by", [[7, 99]]],
  [
    "a range that overlaps the next",
    [
      [6, 41],
      [7, 30],
    ],
  ],
  ["a tree that lost its ranges", [[4, 0]]],
])("check finds %s", (_, damage) => {
  const ranges = new Ranges(memory, 100);
  for (const start of [40, 60, 80]) ranges.add(start, start / 10 + 1);
  ranges.check();
  for (const [word, value] of damage) ranges.words[word!] = value!;
  expect(() => ranges.check()).toThrow(/^broken invariant: free tree/);
});

describe("if there is no room for another range, in words that threads share,", () => {
  /** Ranges with room for three: those from 10 with 1 granule, from 20 with 2, from 30 with 3. */
  function full() {
    const ranges = new Ranges(gatedMemory(), 3);
    for (const length of [1, 2, 3]) ranges.add(10 * length, length);
    return ranges;
  }

  test.each([
    [
      "the new one is lost if none is shorter",
      40,
      1,
      [
        [10, 1],
        [20, 2],
        [30, 3],
      ],
    ],
    [
      "the shortest is lost if the new one is longer",
      40,
      2,
      [
        [20, 2],
        [30, 3],
        [40, 2],
      ],
    ],
    [
      "a range that touches another one needs none",
      13,
      7,
      [
        [10, 1],
        [13, 9],
        [30, 3],
      ],
    ],
  ])("%s", (_, start, length, left) => {
    const ranges = full();
    expect(ranges.add(start, length)).toBe(true);
    ranges.check();
    expect(pairs(ranges)).toEqual(left);
  });

  test("the rest of a range that is taken from its middle may be lost", () => {
    const ranges = full();
    ranges.remove(ranges.at(30), 31, 1);
    ranges.check();
    expect(pairs(ranges)).toEqual([
      [10, 1],
      [20, 2],
      [30, 1],
    ]);
  });

  test("a record that is free is used", () => {
    const ranges = full();
    ranges.remove(ranges.at(20), 20, 2);
    ranges.add(50, 1);
    expect(pairs(ranges)).toEqual([
      [10, 1],
      [30, 3],
      [50, 1],
    ]);
  });

  test("no granule is free that was not given, after any changes, and the words stay", () => {
    const change = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 6 }));
    const program = (changes: [number, number][]) => {
      const ranges = new Ranges(gatedMemory(), 5);
      const { words } = ranges;
      const free = new Set<number>();
      for (const [start, length] of changes) {
        const granules = Array.from({ length }, (_, index) => start + index);
        const range = ranges.at(start);
        if (range !== 0 && start + length <= ranges.end(range)) {
          ranges.remove(range, start, length);
          for (const granule of granules) free.delete(granule);
        } else if (ranges.add(start, length)) for (const granule of granules) free.add(granule);
        ranges.check();
        const found = pairs(ranges).flatMap(([at, many]) => Array.from({ length: many! }, (_, index) => at! + index));
        expect(found.filter((granule) => !free.has(granule))).toEqual([]);
        expect([ranges.words === words, ranges.bytes <= 4 * 6 * 6]).toEqual([true, true]);
      }
    };
    fc.assert(fc.property(fc.array(change, { maxLength: 60 }), program));
  });
});
