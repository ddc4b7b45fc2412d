import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SizeOptions, sizesOf } from "../src/sets/sizes.ts";

const said = (message: string) => expect.objectContaining({ message });

test("the unit is the largest power of two that divides all sizes", () => {
  expect(sizesOf({ from: 48, to: 240, step: 96 })).toEqual({ sizes: [48, 144, 240], unit: 16 });
  expect(sizesOf({ from: 8, to: 11, step: 8 }).unit).toBe(1);
  const octaves = Array.from({ length: 8 }, (_, power) => 2 ** (24 + power));
  expect(sizesOf({ from: 2 ** 24, to: 2 ** 31, factor: 2 })).toEqual({ sizes: octaves, unit: 2 ** 24 });
});

test("by factors each size is the one before times the factor, rounded up to 8, and none exceeds the last", () => {
  const numbers = fc.record({
    from: fc.integer({ min: 1, max: 500 }),
    more: fc.nat(4000),
    factor: fc.double({ min: 1, minExcluded: true, max: 9, noNaN: true }),
  });
  fc.assert(
    fc.property(numbers, ({ from, more, factor }) => {
      const { sizes } = sizesOf({ from, to: from + more, factor });
      for (let at = 1; at < sizes.length - 1; at++)
        expect(sizes[at]).toBe(Math.ceil((sizes[at - 1]! * factor) / 8) * 8);
      expect(sizes.at(-1)).toBe(from + more);
    }),
  );
});

describe("a table", () => {
  test("of 65,536 entries is the longest", () => {
    expect(sizesOf({ from: 1, to: 65_535, step: 65_534 }).sizes).toEqual([1, 65_535]);
    expect(sizesOf({ from: 2, to: 131_070, step: 2 }).sizes).toHaveLength(65_535);
  });

  test.each<[about: string, classes: SizeOptions]>([
    ["65537", { from: 1, to: 65_536, step: 65_535 }],
    ["65538", { from: 1, to: 65_537, step: 1 }],
    ["268435457", { from: 8, to: 2 ** 31, step: 8 }],
  ])("that is longer, of %s entries, is refused, and the error says what to choose", (about, classes) => {
    const most = "and at most 65536 are allowed; choose sizes divisible by a larger power of two";
    const message = `bucketize needs a table of ${about} entries for these classes, ${most}`;
    expect(() => sizesOf(classes)).toThrow(expect.objectContaining({ message }));
  });
});

describe("the message of an error", () => {
  test.each<[message: string, classes: SizeOptions]>([
    ["from must be an integer from 1 to 4294967295 bytes, got 0", { from: 0, to: 8, step: 8 }],
    ["from must be an integer from 1 to 4294967295 bytes, got 1.5", { from: 1.5, to: 8, step: 8 }],
    ["to must be an integer from 16 to 4294967295 bytes, got 8", { from: 16, to: 8, step: 8 }],
    ["to must be an integer from 16 to 4294967295 bytes, got 4294967296", { from: 16, to: 2 ** 32, step: 8 }],
    ["step must be an integer from 1 to 4294967295 bytes, got 0", { from: 8, to: 16, step: 0 }],
    ["factor must be more than 1, got 1", { from: 8, to: 16, factor: 1 }],
  ])("%s", (message, classes) => {
    expect(() => sizesOf(classes)).toThrow(said(message));
  });
});
