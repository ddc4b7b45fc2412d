import { describe, expect, test } from "vitest";
import { LARGE } from "../src/heap/records.ts";
import { CLASSES, classOf, classSize, SMALL } from "../src/heap/small/size-classes.ts";
import { slabBytes } from "../src/heap/small/slabs.ts";
import { addresses, KiB, MiB, slabsOver } from "./support.ts";

const GRANULE = 16;
const make = (length?: number) => slabsOver(addresses(length));

describe("the bytes of a slab", () => {
  test.each([
    [4, 512],
    [24, 512],
    [128, 512],
    [136, 544],
    [200, 800],
    [1024, 4096],
  ])("for blocks of %i are %i at first: 512, or those of 4 blocks", (size, bytes) => {
    const { get, slabsOf } = make();
    get(size);
    expect(slabsOf(size)).toEqual([bytes]);
  });

  test("are a sixteenth of the bytes of the class, up to 32 KiB", () => {
    const { getMany, slabsOf } = make();
    getMany(64, MiB / 64);
    const lengths = slabsOf(64);
    let had = 0;
    for (const length of lengths) {
      expect(length).toBe(Math.max(512, Math.min(Math.floor(had / 16 / 64) * 64, 32 * KiB)));
      had += length;
    }
    expect(Math.max(...lengths)).toBe(32 * KiB);
  });

  test("are at most those of 1024 blocks", () => {
    const { getMany, slabsOf } = make();
    getMany(4, MiB / 4);
    expect(Math.max(...slabsOf(4))).toBe(4 * KiB);
  });

  test("are at least 512, or those of a block, if there is no room for more", () => {
    for (let sizeClass = 1; sizeClass < CLASSES; sizeClass++) {
      const size = classSize(sizeClass);
      const { extents, getMany, slabsOf, check } = make();
      // A hole for the smallest slab of these blocks, which is all that remains when the rest of the memory is full.
      const granules = Math.ceil(slabBytes(size, 512) / GRANULE);
      const step = Math.max(1, (size & -size) / GRANULE);
      const hole = extents.allocate(granules, step, LARGE, granules);
      extents.allocate(100, 1, LARGE, 100);
      for (let most = 2 ** 20; most >= 1; most = Math.floor(most / 2)) {
        while (extents.allocate(Math.max(most, 65), 1, LARGE, Math.max(most, 65)) !== 0);
      }
      extents.release(hole);
      expect(getMany(size, 3).length).toBeGreaterThanOrEqual(1);
      expect(slabsOf(size)[0]).toBeLessThan(slabBytes(size, 512) + 512);
      check();
    }
  });
});

test("slabBytes is 512, or a block in whole granules", () => {
  expect([4, 512, 520, SMALL].map((size) => slabBytes(size, 512))).toEqual([512, 512, 528, 1024]);
});

describe("a slab that becomes empty", () => {
  test("is kept, so that repeated use of a single block makes no other slab", () => {
    const { get, put, slabsOf, check } = make();
    const first = get(40);
    for (let round = 0; round < 5; round++) {
      put(first);
      check();
      expect(slabsOf(40)).toEqual([512]);
      expect(get(40)).toBe(first);
    }
  });

  test("is cached with others up to a few bytes in total, or up to a share of the held bytes", () => {
    const { extents, slabs, getMany, putMany, slabsOf, held, check } = make();
    const kept = () => slabs.spare[0]! * GRANULE;
    const blocks = getMany(256, (4 * MiB) / 256);
    getMany(1000, 1);
    const before = held();
    putMany(256, blocks);
    check();
    expect(slabsOf(256).reduce((sum, bytes) => sum + bytes, 0)).toBe(kept());
    expect(kept()).toBeGreaterThan(16 * KiB);
    expect(kept()).toBeLessThan(before / 2);
    extents.check();
  });

  test("is released before the heap grows for a block of another size", () => {
    const { get, put, slabsOf, held } = make();
    const spare = get(128);
    get(136);
    put(spare);
    const before = held();
    expect(get(8)).toBe(spare);
    expect(held()).toBe(before);
    expect(slabsOf(128)).toEqual([]);
  });

  test("is released before the heap grows for a large block", () => {
    const { extents, get, put } = make();
    const spare = get(1024);
    get(136);
    put(spare);
    const record = extents.allocate(200, 1, LARGE, 200);
    expect(extents.address(record) * GRANULE).toBe(spare);
  });
});

test("releaseSpares returns false if the cached slab is in use again", () => {
  const { slabs, get, put } = make();
  put(get(64));
  get(64);
  expect(slabs.releaseSpares()).toBe(false);
});

test("releaseSpares returns whether there was one, and leaves none", () => {
  const { slabs, get, put, held, check } = make();
  put(get(64));
  expect([slabs.releaseSpares(), slabs.releaseSpares()]).toEqual([true, false]);
  expect(held()).toBe(0);
  check();
});

test("add returns false if the memory is full, and the class gets no more blocks", () => {
  const { slabs, getMany, check } = make(128 * KiB);
  const count = getMany(1024, 200).length;
  expect(count).toBe(127);
  expect(slabs.add(classOf(1024))).toBe(false);
  expect(slabs.population[classOf(1024)]).toBe(count);
  check();
});

test("reset forgets all blocks", () => {
  const { extents, slabs, get, held, check } = make();
  for (const size of [8, 64, 64, 1024]) get(size);
  slabs.reset();
  extents.reset();
  check();
  expect(slabs.population.every((count) => count === 0)).toBe(true);
  expect(held()).toBe(0);
});
