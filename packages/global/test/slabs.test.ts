import { Layout } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BITS, GRANULE, NEXT } from "../src/heap/records.ts";
import { CLASSES, classAlign, classOf, classSize } from "../src/heap/small/size-classes.ts";
import { addresses, GiB, KiB, overlaps, RUNS, slabsOver, take } from "./support.ts";

const EVERY_SIZE = Array.from({ length: CLASSES - 1 }, (_, index) => classSize(index + 1));
const make = (length?: number) => slabsOver(addresses(length));

describe("locate", () => {
  test("numbers the taken blocks of a slab by their addresses", () => {
    const { getMany, locate } = make();
    expect(getMany(24, 21).map(locate)).toEqual([...Array(21).keys()]);
  });

  test("refuses every address inside a block, and each fraction of one", () => {
    const { getMany, locate } = make();
    const [ptr] = getMany(24, 2) as [number];
    const inside = [...Array(23).keys()].map((offset) => ptr + 1 + offset);
    expect([...inside, ptr + 0.5].map(locate).filter((block) => block >= 0)).toEqual([]);
  });

  test("refuses a free block, before its slab was full and after its release", () => {
    const { getMany, put, locate } = make();
    const [first, second] = getMany(24, 2) as [number, number];
    expect(locate(second + 24)).toBe(-1);
    put(first);
    expect([locate(first), locate(second)]).toEqual([-1, 1]);
  });

  test("refuses the tail of a slab where another block would start", () => {
    const { getMany, locate, slabsOf } = make();
    const blocks = getMany(24, 21);
    expect(slabsOf(24)).toEqual([21 * 24 + 8]);
    expect(locate(blocks[20]! + 24)).toBe(-1);
  });

  test("refuses an address below a slab, and one after it", () => {
    const { extents, slabs, get } = make();
    const slab = extents.directory.find(get(64) / GRANULE);
    const start = extents.address(slab) * GRANULE;
    expect([start - 64, start + 512].map((ptr) => slabs.locate(slab, ptr))).toEqual([-1, -1]);
  });
});

test("classAt is the class of a taken block at its start, and 0 anywhere else", () => {
  const { extents, slabs, getMany, put } = make();
  const [first, second] = getMany(40, 2) as [number, number];
  put(second);
  const large = extents.allocate(100, 1, -1, 100);
  const others = [first + 8, second, extents.address(large) * GRANULE, 4];
  expect([first, ...others].map((ptr) => slabs.classAt(ptr))).toEqual([classOf(40), 0, 0, 0, 0]);
});

describe("a batch frees its blocks, and no others", () => {
  const orders: [string, (blocks: number[]) => number[]][] = [
    ["in the order of addresses", (blocks) => blocks],
    ["from the last address down", (blocks) => [...blocks].reverse()],
    ["from both ends in turn", (blocks) => blocks.map((_, i) => blocks.at(i % 2 === 0 ? i >> 1 : -1 - (i >> 1))!)],
    ["with the blocks of a slab apart", (blocks) => blocks.map((_, i) => blocks[(i * 5) % blocks.length]!)],
  ];
  test.each(orders)("%s", (_, order) => {
    for (const size of EVERY_SIZE) {
      const { slabs, getMany, putMany, check } = make();
      const blocks = getMany(size, 101);
      const isGone = (ptr: number) => blocks.indexOf(ptr) % 3 === 0;
      putMany(size, order(blocks).filter(isGone));
      check();
      expect(blocks.filter((ptr) => slabs.classAt(ptr) === 0)).toEqual(blocks.filter(isGone));
      putMany(
        size,
        order(blocks).filter((ptr) => !isGone(ptr)),
      );
      check();
      expect(slabs.partial[classOf(size)]).toBe(0);
    }
  });
});

describe("a batch leaves out", () => {
  /** Two full slabs of 24 and 40 bytes; the addresses put, and the number of free blocks of 24 afterwards. */
  const after = (put: (blocks: number[], others: number[]) => number[]) => {
    const { slabs, getMany, putMany, check } = make();
    const blocks = getMany(24, 21);
    putMany(24, put(blocks, getMany(40, 12)));
    check();
    const again = getMany(24, 21 - blocks.filter((ptr) => slabs.classAt(ptr) !== 0).length);
    check();
    expect(new Set(again).size).toBe(again.length);
    return again;
  };

  test("a block that occurs twice, adjacent or apart", () => {
    expect(after(([a, b]) => [a!, a!, b!, a!])).toHaveLength(2);
  });

  test("a block that is free already", () => {
    const { getMany, putMany, check } = make();
    const [first, second] = getMany(24, 2) as [number, number];
    putMany(24, [first]);
    putMany(24, [first, second + 24, second]);
    check();
    expect(new Set(getMany(24, 21)).size).toBe(21);
  });

  test("an address inside a block, and one in the tail of the slab", () => {
    expect(after((blocks) => [blocks[3]! + 4, blocks[20]! + 24, blocks[5]!])).toHaveLength(1);
  });

  test("a block of another class, and an address in no slab", () => {
    expect(after((blocks, others) => [others[0]!, others[1]!, 4, 2 ** 30, blocks[0]!])).toHaveLength(1);
  });

  test("blocks of a slab that the same batch emptied", () => {
    expect(after((blocks) => [...blocks, 4, ...blocks])).toHaveLength(21);
  });
});

test("released blocks are taken again before others, the lowest of a slab first", () => {
  const { getMany, putMany, check } = make();
  // All in one slab, with four words of bits.
  const blocks = getMany(4, 128);
  const back = [100, 3, 40, 41].map((block) => blocks[block]!);
  putMany(4, back);
  expect(getMany(4, 4)).toEqual([3, 40, 41, 100].map((block) => blocks[block]!));
  putMany(4, back);
  putMany(4, getMany(4, 1));
  check();
});

test("in slabs above 2 GiB, all blocks come and go", () => {
  const root = addresses(4 * GiB);
  take(root, Layout.of(2 * GiB - 128 * KiB, 4096));
  const { slabs, getMany, putMany, check } = slabsOver(root);
  const all = [4, 24, 40, 1000].map((size) => ({ size, blocks: getMany(size, 1000) }));
  expect(Math.max(...all.flatMap(({ blocks }) => blocks))).toBeGreaterThan(2 * GiB);
  for (const { size, blocks } of all) {
    expect(new Set(blocks).size).toBe(1000);
    expect(blocks.filter((ptr) => slabs.classAt(ptr) !== classOf(size))).toEqual([]);
    putMany(size, blocks);
    check();
    expect(slabs.partial[classOf(size)]).toBe(0);
  }
});

test("all taken blocks are disjoint and aligned for their class", () => {
  const count = fc.integer({ min: 1, max: 40 });
  const step = fc.oneof(
    fc.record({ get: fc.integer({ min: 1, max: CLASSES - 1 }).map(classSize), times: count }),
    fc.record({ put: fc.nat(), times: count }),
    fc.record({ spares: fc.constant(true) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { slabs, getMany, putMany, locate, check } = make(256 * KiB);
      const taken: { ptr: number; size: number }[] = [];
      for (const step of steps) {
        if ("get" in step) {
          const blocks = getMany(step.get, step.times);
          const align = Math.min(step.get & -step.get, classAlign(step.get));
          expect(blocks.filter((ptr) => ptr % align !== 0)).toEqual([]);
          taken.push(...blocks.map((ptr) => ({ ptr, size: step.get })));
        } else if ("put" in step) {
          const { size = 0 } = taken[step.put % Math.max(taken.length, 1)] ?? {};
          const gone = taken.filter((one) => one.size === size).slice(0, step.times);
          if (gone.length === 0) continue;
          putMany(
            size,
            gone.map(({ ptr }) => ptr),
          );
          for (const one of gone) taken.splice(taken.indexOf(one), 1);
        } else slabs.releaseSpares();
        check();
        expect(overlaps(taken.map(({ ptr, size }) => [ptr, ptr + size] as const))).toBe(0);
        expect(taken.filter(({ ptr, size }) => slabs.classAt(ptr) !== classOf(size))).toEqual([]);
        expect(taken.filter(({ ptr }) => locate(ptr) < 0)).toEqual([]);
      }
    }),
    RUNS,
  );
});

describe("check throws", () => {
  /** Slabs of blocks of 64: a full one, one with a free block, and an empty one. */
  const sound = () => {
    const all = make();
    const [full, partial, empty] = [0, 1, 2].map(() => all.getMany(64, 8)) as [number[], number[], number[]];
    all.putMany(64, [partial[0]!, ...empty]);
    all.check();
    const at = (blocks: number[]) => all.extents.directory.find(blocks[0]! / GRANULE);
    return { ...all, full: at(full), partial: at(partial), empty: at(empty), class64: classOf(64) };
  };

  test("if a slab counts one more free block than its bits do", () => {
    const { slabs, extents, partial } = sound();
    slabs.bits.returned(extents.words[partial + BITS]!, 1);
    expect(() => slabs.check()).toThrow(/counts its free blocks/);
  });

  test("if a slab with a free block is not listed", () => {
    const { slabs, class64 } = sound();
    slabs.partial[class64] = 0;
    expect(() => slabs.check()).toThrow(/is partial/);
  });

  test("if a full slab is listed as one with a free block", () => {
    const { slabs, extents, partial, full } = sound();
    extents.link(full, partial);
    slabs.partial[classOf(64)] = full;
    expect(() => slabs.check()).toThrow(/is partial/);
  });

  test("if an empty slab is not among the spares", () => {
    const { slabs, class64 } = sound();
    slabs.spare[class64] = 0;
    expect(() => slabs.check()).toThrow(/is a spare/);
  });

  test("if a slab that is not empty is among the spares", () => {
    const { slabs, extents, empty, full } = sound();
    extents.words[empty + NEXT] = full;
    expect(() => slabs.check()).toThrow(/is a spare/);
  });

  test.each(["partial", "spare"] as const)("if a slab is %s in another class", (list) => {
    const { slabs, class64 } = sound();
    slabs[list][class64 + 1] = slabs[list][class64]!;
    slabs[list][class64] = 0;
    expect(() => slabs.check()).toThrow(new RegExp(`${list} in its class`));
  });

  test("if the sum of the spares is wrong", () => {
    const { slabs } = sound();
    slabs.spare[0]!--;
    expect(() => slabs.check()).toThrow(/granules/);
  });

  test("if the population of a class is wrong", () => {
    const { slabs, class64 } = sound();
    slabs.population[class64]!++;
    expect(() => slabs.check()).toThrow(/population/);
  });
});
