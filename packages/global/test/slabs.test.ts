import { describe, expect, test } from "vitest";
import { LARGE } from "../src/heap/records.ts";
import { classOf } from "../src/heap/size-classes.ts";
import { addresses, KiB, MiB, slabsOver } from "./support.ts";

const GRANULE = 16;

const make = (length?: number) => slabsOver(addresses(length));
const times = <T>(count: number, call: () => T): T[] => Array.from({ length: count }, call);

describe("the bytes of a slab", () => {
  test.each([
    [8, 512],
    [24, 512],
    [128, 512],
    [136, 544],
    [200, 800],
    [1024, 4096],
  ])("of blocks of %i are %i at first: 512, or those of 4 blocks", (size, bytes) => {
    const { get, slabsOf } = make();
    get(size);
    expect(slabsOf(size)).toEqual([bytes]);
  });

  test("are a sixteenth of those that the class has, up to 32 KiB", () => {
    const { get, slabsOf } = make();
    times(MiB / 64, () => get(64));
    const lengths = slabsOf(64);
    let had = 0;
    for (const length of lengths) {
      expect(length).toBe(Math.max(512, Math.min(Math.floor(had / 16 / 64) * 64, 32 * KiB)));
      had += length;
    }
    expect(Math.max(...lengths)).toBe(32 * KiB);
  });

  test("are those of 1024 blocks at most", () => {
    const { get, slabsOf } = make();
    times(MiB / 8, () => get(8));
    expect(Math.max(...slabsOf(8))).toBe(8 * KiB);
  });
});

describe("a slab that becomes empty", () => {
  test("is kept, so that a block that comes and goes makes no other", () => {
    const { get, put, slabsOf, check } = make();
    const first = get(40);
    for (let round = 0; round < 5; round++) {
      put(first);
      check();
      expect(slabsOf(40)).toEqual([512]);
      expect(get(40)).toBe(first);
    }
  });

  test("goes back for another size where one of its class is kept already", () => {
    const { extents, get, put, slabsOf } = make();
    const blocks = times(8, () => get(256));
    times(2, () => get(1000));
    expect(slabsOf(256)).toEqual([1024, 1024]);
    for (const ptr of blocks) put(ptr);
    expect(slabsOf(256)).toEqual([1024]);
    const held = extents.held;
    get(136);
    expect(extents.held).toBe(held);
  });

  test("is kept once for each of several classes", () => {
    const { slabs, get, put, slabsOf, check } = make();
    const sizes = [8, 64, 512, 1024];
    for (const ptr of sizes.flatMap((size) => times(100, () => get(size)))) put(ptr);
    check();
    expect(sizes.map((size) => slabsOf(size).length)).toEqual([1, 1, 1, 1]);
    expect(slabs.spare[0]).toBe(4);
  });

  test("goes back before the heap grows for a block of another size", () => {
    const { extents, get, put, slabsOf } = make();
    const spare = get(128);
    get(136);
    put(spare);
    const held = extents.held;
    expect(get(8)).toBe(spare);
    expect(extents.held).toBe(held);
    expect(slabsOf(128)).toEqual([]);
  });

  test("goes back before the heap grows for a large block", () => {
    const { extents, get, put } = make();
    const spare = get(1024);
    get(136);
    put(spare);
    const record = extents.allocate(200, 1, LARGE);
    expect(extents.address(record) * GRANULE).toBe(spare);
  });
});

test("releaseSpares answers false where the one that was kept is in use again", () => {
  const { slabs, get, put } = make();
  put(get(64));
  get(64);
  expect(slabs.releaseSpares()).toBe(false);
});

test("releaseSpares answers whether there was one, and leaves none", () => {
  const { extents, slabs, get, put, check } = make();
  put(get(64));
  expect([slabs.releaseSpares(), slabs.releaseSpares()]).toEqual([true, false]);
  expect(extents.held).toBe(0);
  check();
});

test("add answers false where the memory is full, and the class has no block more", () => {
  const { slabs, get, check } = make(128 * KiB);
  const count = times(200, () => get(1024)).filter((ptr) => ptr !== 0).length;
  expect(count).toBeLessThanOrEqual(64);
  expect(slabs.add(classOf(1024))).toBe(false);
  expect(slabs.population[classOf(1024)]).toBe(count);
  check();
});

test("reset forgets all blocks", () => {
  const { extents, slabs, get, check } = make();
  for (const size of [8, 64, 64, 1024]) get(size);
  slabs.reset();
  extents.reset();
  check();
  expect(slabs.population.every((count) => count === 0)).toBe(true);
  expect(extents.held).toBe(0);
});
