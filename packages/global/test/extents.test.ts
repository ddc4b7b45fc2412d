import { type Allocator, Layout } from "@alloc/core";
import { describe, expect, test } from "vitest";
import { Extents } from "../src/heap/extents.ts";
import { LARGE } from "../src/heap/records.ts";
import { addresses, freeOf, KiB, take, withoutResize } from "./support.ts";

const GRANULE = 16;
/** Granules of a chunk where less is needed. */
const STEP = 4096;

const make = (parent: Allocator = addresses(), reclaim = () => false) => new Extents(parent.memory, parent, reclaim);

/** Large extents one after another, of which the last keeps the others from the top. */
function row(extents: Extents, ...sizes: number[]): number[] {
  return sizes.map((size) => extents.allocate(size, 1, LARGE));
}

describe("coalescing", () => {
  test.each(["012", "021", "102", "120", "201", "210"])(
    "three neighbours released in the order %s are one",
    (order) => {
      const extents = make();
      const three = row(extents, 70, 80, 90, 100);
      const start = extents.address(three[0]!);
      for (const index of order) extents.release(three[Number(index)]!);
      extents.check();
      expect(freeOf(extents)).toEqual([{ start, size: 240 }]);
    },
  );

  test("what is released at the top lowers it, and the free extent below it does so too", () => {
    const extents = make();
    const [below, top] = row(extents, 70, 80) as [number, number];
    extents.release(below);
    expect(extents.held).toBe(150 * GRANULE);
    extents.release(top);
    expect(extents.held).toBe(0);
    expect(freeOf(extents)).toEqual([]);
  });

  test("two extents of different chunks are not one, even where the chunks touch", () => {
    const extents = make(withoutResize(addresses()));
    const [first, second] = row(extents, STEP, STEP) as [number, number];
    expect(extents.address(second)).toBe(extents.address(first) + STEP);
    row(extents, STEP);
    extents.release(first);
    extents.release(second);
    extents.check();
    expect(freeOf(extents).map(({ size }) => size)).toEqual([STEP, STEP]);
  });
});

describe("allocate", () => {
  test("prefers a free extent to the top", () => {
    const extents = make();
    const [first] = row(extents, 100, 100) as [number];
    const start = extents.address(first);
    extents.release(first);
    expect(extents.address(extents.allocate(70, 1, LARGE))).toBe(start);
    expect(extents.held).toBe(200 * GRANULE);
  });

  test("prefers the smallest of several free extents that hold it", () => {
    const extents = make();
    const all = row(extents, 300, 65, 100, 65, 200, 65);
    const best = extents.address(all[2]!);
    for (const index of [0, 2, 4]) extents.release(all[index]!);
    expect(extents.address(extents.allocate(90, 1, LARGE))).toBe(best);
  });

  test("leaves what is in front of an aligned extent and behind it free", () => {
    const extents = make();
    const [odd, hole] = row(extents, 65, 300, 65) as [number, number];
    const start = extents.address(odd) + 65;
    extents.release(hole);
    const aligned = extents.address(extents.allocate(70, 128, LARGE));
    extents.check();
    expect(aligned % 128).toBe(0);
    expect(freeOf(extents)).toEqual([
      { start, size: aligned - start },
      { start: aligned + 70, size: start + 300 - aligned - 70 },
    ]);
  });

  test("finds room in what a new chunk left of the one before", () => {
    const extents = make(withoutResize(addresses()));
    const [first] = row(extents, STEP - 100, STEP) as [number];
    const rest = extents.address(first) + STEP - 100;
    expect(extents.address(extents.allocate(100, 1, LARGE))).toBe(rest);
  });

  test("asks for what is kept empty only where no free extent fits, and then before the heap grows", () => {
    let kept = 0;
    let asked = 0;
    const extents = make(addresses(), () => {
      asked++;
      if (kept !== 0) extents.release(kept);
      kept = 0;
      return true;
    });
    kept = row(extents, 100, 65)[0]!;
    const start = extents.address(kept);
    asked = 0;
    expect(extents.address(extents.allocate(80, 1, LARGE))).toBe(start);
    expect(asked).toBe(1);
    row(extents, 20);
    expect(asked).toBe(1);
  });

  test.each([2 ** 28, 2 ** 28 - 1, 2 ** 27])("answers 0 for %i granules aligned to 2 ** 27", (size) => {
    const extents = make(addresses(2 ** 32));
    expect(extents.allocate(size, 2 ** 27, LARGE)).toBe(0);
    expect(extents.held).toBe(0);
  });
});

test("trim keeps a live extent of an older chunk, and gives back what is free above it", () => {
  const root = addresses();
  const extents = make(root);
  const [low] = row(extents, 100) as [number];
  take(root, Layout.of(4 * KiB));
  const [high] = row(extents, STEP) as [number];
  extents.release(high);
  extents.trim();
  extents.check();
  expect(extents.size(low)).toBe(100);
  expect(root.footprint().held).toBe(8 * KiB);
});
