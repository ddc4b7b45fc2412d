import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CLASSES, classAlign, classFor, classOf, classSize, largeSize, SMALL } from "../src/heap/small/size-classes.ts";
import { RUNS } from "./support.ts";

/** The sizes of all classes, listed rather than computed. */
const SIZES: number[] = [];
for (let size = 4; size < 32; size += 4) SIZES.push(size);
for (let size = 32; size <= 512; size += 8) SIZES.push(size);
for (let size = 576; size <= 1024; size += 64) SIZES.push(size);

const EVERY_SIZE = Array.from({ length: SMALL }, (_, index) => index + 1);
const mostSlack = (least: number, most: number) =>
  Math.max(...EVERY_SIZE.slice(least - 1, most).map((size) => classSize(classOf(size)) - size));

describe("small sizes", () => {
  test("have classes numbered from 1 to 76, in the order of their sizes", () => {
    expect(SIZES.map((_, index) => classSize(index + 1))).toEqual(SIZES);
    expect(CLASSES).toBe(SIZES.length + 1);
  });

  test("have the last class at 1024 bytes", () => {
    expect(SMALL).toBe(1024);
    expect(classSize(CLASSES - 1)).toBe(1024);
  });

  test("have the smallest class that holds them", () => {
    const smallest = (size: number) => 1 + SIZES.findIndex((room) => room >= size);
    expect(EVERY_SIZE.map(classOf)).toEqual(EVERY_SIZE.map(smallest));
  });

  test("have their own class if it has their size", () => {
    expect(SIZES.map(classOf)).toEqual(SIZES.map((_, index) => index + 1));
  });

  test("of 0 have class 0, which means none and has no bytes", () => {
    expect([classOf(0), classSize(0)]).toEqual([0, 0]);
  });

  test("end at 1024: above it is class 0", () => {
    expect([1025, 2048, 2 ** 32 - 1].map(classOf)).toEqual([0, 0, 0]);
  });

  test.each([
    [1, 32, 3],
    [33, 512, 7],
    [513, 1024, 63],
  ])("from %i to %i have at most %i bytes of slack", (least, most, slack) => {
    expect(mostSlack(least, most)).toBe(slack);
  });
});

describe("the class of a layout", () => {
  test.each([1, 2, 4, 8, 16])("of align %i is the smallest that holds it and is a multiple of the align", (align) => {
    const smallest = (size: number) => 1 + SIZES.findIndex((room) => room >= size && room % align === 0);
    expect(EVERY_SIZE.map((size) => classFor(size, align))).toEqual(EVERY_SIZE.map(smallest));
  });

  test.each([32, 64])("of align %i is the smallest that holds it and is a multiple of 64", (align) => {
    const smallest = (size: number) => 1 + SIZES.findIndex((room) => room >= size && room % 64 === 0);
    expect(EVERY_SIZE.map((size) => classFor(size, align))).toEqual(EVERY_SIZE.map(smallest));
  });

  test("is 0, which means none, for size 0, sizes above 1024 and aligns above 256", () => {
    expect([1, 16, 64].map((align) => classFor(0, align))).toEqual([0, 0, 0]);
    expect([1, 16, 64, 128, 2 ** 31].map((align) => classFor(1025, align))).toEqual([0, 0, 0, 0, 0]);
    expect([512, 1024, 2 ** 31].map((align) => classFor(8, align))).toEqual([0, 0, 0]);
  });

  test.each([128, 256])("of align %i is the smallest that holds it and is a multiple of it", (align) => {
    const smallest = (size: number) => 1 + SIZES.findIndex((room) => room >= size && room % align === 0);
    expect(EVERY_SIZE.map((size) => classFor(size, align))).toEqual(EVERY_SIZE.map(smallest));
  });

  test.each([1, 2, 4, 8, 16, 32, 64, 128, 256])(
    "of align %i has blocks at multiples of it in an aligned slab",
    (align) => {
      const sizes = EVERY_SIZE.map((size) => classSize(classFor(size, align)));
      expect(sizes.filter((bytes) => bytes % align !== 0 || classAlign(bytes) % align !== 0)).toEqual([]);
    },
  );
});

describe("large sizes", () => {
  const largest = 2 ** 32 - 1;
  const anySize = fc.oneof(
    fc.integer({ min: 1, max: 5000 }),
    fc.integer({ min: 1, max: largest }),
    fc
      .tuple(fc.integer({ min: 10, max: 32 }), fc.integer({ min: -70, max: 70 }))
      .map(([power, by]) => Math.min(2 ** power + by, largest)),
  );
  const MANY = { ...RUNS, numRuns: 5000 };

  test("are at least 1040, which no small block has", () => {
    expect([1, 1024, 1025, 1040].map(largeSize)).toEqual([1040, 1040, 1040, 1040]);
  });

  test("are rounded up to a multiple of 16", () => {
    fc.assert(
      fc.property(anySize, (size) => {
        expect(largeSize(size)).toBeGreaterThanOrEqual(size);
        expect(largeSize(size) % 16).toBe(0);
      }),
      MANY,
    );
  });

  test("have less than 16 bytes of slack below 2 KiB, and less than a 64th of the size above", () => {
    fc.assert(
      fc.property(anySize, (size) => {
        const least = Math.max(size, 1040);
        expect(largeSize(size) - least).toBeLessThan(Math.max(16, least / 64));
      }),
      MANY,
    );
  });

  test("do not change when they are rounded up again", () => {
    fc.assert(
      fc.property(anySize, (size) => {
        const once = largeSize(size);
        if (once <= largest) expect(largeSize(once)).toBe(once);
      }),
      MANY,
    );
  });

  test("are monotone: a larger one has no smaller block", () => {
    fc.assert(
      fc.property(anySize, anySize, (a, b) => {
        expect(largeSize(Math.min(a, b))).toBeLessThanOrEqual(largeSize(Math.max(a, b)));
      }),
      MANY,
    );
    let least = 0;
    for (let size = 1; size <= 20_000; size++) {
      expect(largeSize(size)).toBeGreaterThanOrEqual(least);
      least = largeSize(size);
    }
  });

  test("come in 64 to an octave from 2 KiB on", () => {
    for (let octave = 2048; octave < 2 ** 20; octave *= 2) {
      const blocks = new Set<number>();
      for (let size = octave + 1; size <= 2 * octave; size += 16) blocks.add(largeSize(size));
      expect(blocks.size).toBe(64);
    }
  });
});
