import { Layout } from "@alloc/core";
import { describe, expect, test } from "vitest";
import { FREE, KIND, LARGE } from "../src/heap/records.ts";
import { LAST } from "../src/heap/words.ts";
import { addresses, freeOf, KiB, take, withoutResize } from "./support.ts";
import { GRANULE, heldBy, large, make, row, STEP } from "./support-extents.ts";

describe("coalescing", () => {
  test.each(["012", "021", "102", "120", "201", "210"])(
    "three neighbours released in the order %s become one",
    (order) => {
      const extents = make();
      const three = row(extents, 70, 80, 90, 100);
      const start = extents.address(three[0]!);
      for (const index of order) extents.release(three[Number(index)]!);
      extents.check();
      expect(freeOf(extents)).toEqual([{ start, size: 240 }]);
    },
  );

  test("a release at the top lowers it, and so does the free extent below it", () => {
    const extents = make();
    const [below, top] = row(extents, 70, 80) as [number, number];
    extents.release(below);
    expect(heldBy(extents)).toBe(150 * GRANULE);
    extents.release(top);
    expect(heldBy(extents)).toBe(0);
    expect(freeOf(extents)).toEqual([]);
  });

  test("two extents of different chunks stay separate, even if the chunks touch", () => {
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
    expect(extents.address(large(extents, 70))).toBe(start);
    expect(heldBy(extents)).toBe(200 * GRANULE);
  });

  test("prefers the smallest of several free extents that fit", () => {
    const extents = make();
    const all = row(extents, 300, 65, 100, 65, 200, 65);
    const best = extents.address(all[2]!);
    for (const index of [0, 2, 4]) extents.release(all[index]!);
    expect(extents.address(large(extents, 90))).toBe(best);
  });

  test("leaves free ranges before and after an aligned extent", () => {
    const extents = make();
    const [odd, hole] = row(extents, 65, 300, 65) as [number, number];
    const start = extents.address(odd) + 65;
    extents.release(hole);
    const aligned = extents.address(large(extents, 70, 128));
    extents.check();
    expect(aligned % 128).toBe(0);
    expect(freeOf(extents)).toEqual([
      { start, size: aligned - start },
      { start: aligned + 70, size: start + 300 - aligned - 70 },
    ]);
  });

  test("finds room in the rest of the previous chunk", () => {
    const extents = make(withoutResize(addresses()));
    const [first] = row(extents, STEP - 100, STEP) as [number];
    const rest = extents.address(first) + STEP - 100;
    expect(extents.address(large(extents, 100))).toBe(rest);
  });

  test.each([2 ** 28, 2 ** 28 - 1, 2 ** 27])("returns 0 for %i granules aligned to 2 ** 27", (size) => {
    const extents = make(addresses(2 ** 32));
    expect(large(extents, size, 2 ** 27)).toBe(0);
    expect(heldBy(extents)).toBe(0);
  });
});

test("trim keeps a live extent of an older chunk, and releases the free range above it", () => {
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

describe("check throws", () => {
  /** Extents with a live one, a free one and a live one at the top. */
  const sound = () => {
    const extents = make();
    const three = row(extents, 70, 80, 90) as [number, number, number];
    extents.release(three[1]);
    extents.check();
    return { extents, three, words: extents.words };
  };

  test("if a used extent is not found at its address", () => {
    const { extents, three } = sound();
    extents.directory.leaveLarge(extents.address(three[0]));
    expect(() => extents.check()).toThrow(/found at its address/);
  });

  test("if more is held than the extents fill", () => {
    const { extents } = sound();
    extents.top.move(1);
    expect(() => extents.check()).toThrow(/fill/);
  });

  test("if the last extent does not end at the top", () => {
    const { extents, three } = sound();
    extents.words[LAST] = three[0];
    expect(() => extents.check()).toThrow(/the last extent/);
  });

  test("if the last extent is free", () => {
    const { extents, three } = sound();
    extents.directory.leaveLarge(extents.address(three[2]));
    extents.words[three[2] + KIND] = FREE;
    extents.words[three[1] + KIND] = LARGE;
    expect(() => extents.check()).toThrow();
  });
});
