import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KIND, LARGE } from "../src/heap/records.ts";
import { CLASSES, classOf, classSize } from "../src/heap/small/size-classes.ts";
import { addresses, freeOf, GRANULE, KiB, MiB, overlaps, RUNS, slabsOver } from "./support.ts";

const EVERY_SIZE = Array.from({ length: CLASSES - 1 }, (_, index) => classSize(index + 1));

/** Slabs of one size with a large block above them, of which only some blocks stay. */
function keeping(size: number, count: number, stays: (block: number) => boolean) {
  const all = slabsOver(addresses());
  const blocks = all.getMany(size, count);
  all.extents.allocate(100, 1, LARGE, 100);
  all.putMany(
    size,
    blocks.filter((_, index) => !stays(index)),
  );
  all.slabs.releaseSpares();
  const kept = blocks.filter((_, index) => stays(index));
  const free = () => freeOf(all.extents).reduce((sum, extent) => sum + extent.size * GRANULE, 0);
  return { ...all, kept, free, bytes: () => all.slabsOf(size).reduce((sum, bytes) => sum + bytes, 0) };
}

describe("a slab that is cut", () => {
  test.each(EVERY_SIZE)(
    "of blocks of %i keeps at most 512 bytes and a block for each one that stays far from others",
    (size) => {
      const every = Math.ceil((16 * KiB) / size);
      const { slabs, kept, bytes, free, check } = keeping(
        size,
        Math.floor((256 * KiB) / size),
        (block) => block % every === 3,
      );
      const before = bytes() + free();
      slabs.cut();
      check();
      // The ends of slabs that are shorter than a run stay too.
      expect(bytes()).toBeLessThanOrEqual(kept.length * (512 + 4 * size + 1024));
      expect(bytes() + free()).toBe(before);
      expect(kept.filter((ptr) => slabs.classAt(ptr) !== classOf(size))).toEqual([]);
    },
  );

  test("serves its free blocks as before", () => {
    const { slabs, kept, getMany, putMany, check } = keeping(64, 4096, (block) => block % 256 === 3);
    slabs.cut();
    const again = getMany(64, 200);
    check();
    expect(overlaps([...kept, ...again].map((ptr) => [ptr, ptr + 64] as const))).toBe(0);
    putMany(64, [...kept, ...again]);
    check();
    expect(slabs.partial[classOf(64)]).toBe(0);
  });

  test("leaves no run of less than 1 KiB free", () => {
    const { slabs, extents } = keeping(40, 8192, (block) => block % 97 === 3 || block % 311 === 7);
    const before = new Set(freeOf(extents).map(({ start }) => start));
    slabs.cut();
    const runs = freeOf(extents).filter(({ start }) => !before.has(start));
    expect(runs.length).toBeGreaterThan(10);
    expect(runs.filter(({ size }) => size * GRANULE < KiB)).toEqual([]);
  });

  test("at the top of the heap lowers the top", () => {
    const { slabs, extents, getMany, putMany, check } = slabsOver(addresses());
    const blocks = getMany(64, 4096);
    putMany(64, blocks.slice(1));
    slabs.releaseSpares();
    slabs.cut();
    check();
    expect(extents.top.held * GRANULE).toBe(512);
  });
});

describe("a slab is left as it is", () => {
  test("if more than a quarter of its blocks stay", () => {
    const { slabs, slabsOf } = keeping(1024, 1024, (block) => block % 2 === 0);
    const before = slabsOf(1024);
    slabs.cut();
    expect(slabsOf(1024)).toEqual(before);
  });

  test("if its free runs are short", () => {
    const { slabs, slabsOf } = keeping(64, 4096, (block) => block % 14 === 0);
    const before = slabsOf(64);
    slabs.cut();
    expect(slabsOf(64)).toEqual(before);
  });
});

test("whatever stays, cutting keeps the taken blocks, and the free bytes are those of free blocks and extents", () => {
  const program = fc.record({
    size: fc.constantFrom(4, 8, 12, 20, 24, 40, 64, 104, 200, 256, 504, 512, 576, 1000, 1024),
    stays: fc.array(fc.nat({ max: 4000 }), { maxLength: 12 }),
    near: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(
      fc.array(program, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(64 * KiB, 4 * MiB),
      (parts, room) => {
        const { extents, slabs, getMany, putMany, locate, check } = slabsOver(addresses(room));
        const all = parts.map(({ size, stays, near }) => {
          const blocks = getMany(size, Math.min(4000, Math.floor((64 * KiB) / size)));
          const isKept = new Set(
            stays.flatMap((block) => Array.from({ length: near }, (_, next) => (block + next) % blocks.length)),
          );
          return { size, blocks, kept: blocks.filter((_, index) => isKept.has(index)), isKept };
        });
        for (const { size, blocks, isKept } of all)
          putMany(
            size,
            blocks.filter((_, index) => !isKept.has(index)),
          );
        slabs.releaseSpares();
        const { held } = extents.top;
        slabs.cut();
        check();
        expect(extents.top.held).toBeLessThanOrEqual(held);
        for (const { size, kept } of all) {
          expect(kept.filter((ptr) => slabs.classAt(ptr) !== classOf(size) || locate(ptr) < 0)).toEqual([]);
        }
        let shortest = Infinity;
        extents.each((record) => {
          if (extents.words[record + KIND]! > 0) shortest = Math.min(shortest, extents.size(record) * GRANULE);
        });
        expect(shortest).toBeGreaterThanOrEqual(extents.least);
        for (const { size, kept } of all) putMany(size, kept);
        slabs.releaseSpares();
        check();
        expect(slabs.partial.every((word) => word === 0)).toBe(true);
        expect(extents.top.held).toBe(0);
      },
    ),
    RUNS,
  );
});
