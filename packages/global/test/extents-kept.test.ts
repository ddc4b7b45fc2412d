import type { Allocator } from "@alloc/core";
import { describe, expect, test } from "vitest";
import type { Extents, Hoard } from "../src/heap/large/extents.ts";
import { addresses, freeOf, KiB, upTo, withoutResize } from "./support.ts";
import { heldBy, large, make, row, STEP } from "./support-extents.ts";

describe("a slab", () => {
  const SLAB = 1;

  test("includes a remainder of less than 32 granules, and no longer one", () => {
    const extents = make();
    const [first, , second] = row(extents, 100, 65, 100, 65) as [number, number, number];
    for (const record of [first, second]) extents.release(record);
    expect(extents.size(extents.allocate(69, 1, SLAB, 32))).toBe(100);
    expect(extents.size(large(extents, 69))).toBe(69);
    extents.check();
  });

  test("leaves 32 granules or more to others", () => {
    const extents = make();
    extents.release(row(extents, 100, 65)[0]!);
    expect(extents.size(extents.allocate(68, 1, SLAB, 32))).toBe(68);
    expect(freeOf(extents).map(({ size }) => size)).toEqual([32]);
  });

  test("is as short as the longest free extent before the heap grows, and no shorter than its minimum", () => {
    const extents = make();
    const [first, , second] = row(extents, 70, 65, 80, 65) as [number, number, number];
    for (const record of [first, second]) extents.release(record);
    const held = heldBy(extents);
    expect(extents.size(extents.allocate(200, 1, SLAB, 32))).toBe(80);
    expect(heldBy(extents)).toBe(held);
    expect(extents.size(extents.allocate(200, 1, SLAB, 71))).toBe(200);
    extents.check();
  });

  test("is as short if the heap cannot grow", () => {
    const extents = make(upTo(64 * KiB, withoutResize(addresses(64 * KiB + 16))));
    const [hole] = row(extents, 70, STEP - 70) as [number];
    extents.release(hole);
    // Up to the high-water mark, the heap grows without asking the caches.
    expect(extents.size(extents.allocate(200, 1, SLAB, 32))).toBe(70);
  });
});

describe("a cache", () => {
  /** Caches two extents, one of which a search uses; records which call was made. */
  class Kept implements Hoard {
    readonly calls: string[] = [];
    readonly extents: Extents;
    near = 0;
    far = 0;

    constructor(parent: Allocator = addresses()) {
      this.extents = make(parent, this);
    }

    /** Caches extents of these sizes, with a live one of 65 granules above each. */
    keep(near: number, far: number): void {
      [this.near, , this.far] = row(this.extents, near, 65, far, 65) as [number, number, number, number];
      this.calls.length = 0;
    }

    release(): boolean {
      this.calls.push("release");
      const { near } = this;
      if (near !== 0) this.extents.release(near);
      this.near = 0;
      return near !== 0;
    }

    kept(): number {
      return 0;
    }

    releaseAll(): void {
      this.calls.push("releaseAll");
      if (this.near !== 0) this.extents.release(this.near);
      if (this.far !== 0) this.extents.release(this.far);
      this.near = 0;
      this.far = 0;
    }
  }

  test("is not emptied if a free extent fits", () => {
    const kept = new Kept();
    kept.keep(100, 200);
    kept.extents.release(row(kept.extents, 90, 65)[0]!);
    kept.calls.length = 0;
    large(kept.extents, 80);
    expect(kept.calls).toEqual([]);
  });

  test("is emptied before the heap grows, nearest first, and serves", () => {
    const kept = new Kept();
    kept.keep(100, 200);
    const start = kept.extents.address(kept.near);
    expect(kept.extents.address(large(kept.extents, 80))).toBe(start);
    expect(kept.calls).toEqual(["release"]);
  });

  test("is emptied completely if that is not enough, once for each growth of the heap by a 32nd part", () => {
    const kept = new Kept();
    kept.keep(100, 200);
    const start = kept.extents.address(kept.far);
    expect(kept.extents.address(large(kept.extents, 180))).toBe(start);
    expect(kept.calls).toEqual(["release", "releaseAll"]);
    row(kept.extents, ...Array(64).fill(100));
    const looked = kept.calls.filter((call) => call === "releaseAll").length;
    // From 430 granules to 6830: ln(6830 / 430) / ln(32 / 31) is 87.
    expect(looked).toBeGreaterThan(20);
    expect(looked).toBeLessThan(64);
  });

  test("is not emptied below the high-water mark", () => {
    const kept = new Kept();
    kept.keep(100, 200);
    kept.extents.release(row(kept.extents, 500)[0]!);
    kept.calls.length = 0;
    large(kept.extents, 500);
    expect(kept.calls).toEqual([]);
  });

  test("serves if the heap cannot grow, however often that was tried before", () => {
    const kept = new Kept(upTo(64 * KiB, withoutResize(addresses(64 * KiB + 16))));
    row(kept.extents, STEP - 430);
    kept.keep(100, 200);
    for (let round = 0; round < 3; round++) {
      const start = kept.extents.address(kept.far);
      const record = large(kept.extents, 180);
      expect(kept.extents.address(record)).toBe(start);
      expect(large(kept.extents, 300)).toBe(0);
      kept.far = record;
    }
    kept.extents.check();
  });
});
