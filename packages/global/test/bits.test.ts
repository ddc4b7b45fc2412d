import { Memory } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Bits, HEADER, MOST_BLOCKS } from "../src/heap/small/bits.ts";
import { CLASSES, classSize } from "../src/heap/small/size-classes.ts";
import { GiB, MiB, RUNS } from "./support.ts";

/** The address of the first block of every area, and the size of its blocks. */
const START = 65536;
const SIZE = 12;
const make = () => new Bits(Memory.virtual(16 * MiB));
/** Length of the words of bits. */
const lengthOf = (blocks: number) => 2 ** Math.ceil(Math.log2(Math.ceil(blocks / 32)));
const anyCount = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(31, 32, 33, 64, 1023, MOST_BLOCKS));
const upTo = (count: number) => [...Array(count).keys()];

/** Takes blocks, and returns their addresses in the order in which a magazine hands them out: the last one first. */
function addressesOf(bits: Bits, area: number, count: number, start = START, size = SIZE): number[] {
  const into = new Uint32Array(count + 2);
  bits.take(area, count, into, count, start, size);
  expect([into[0], into[count + 1]]).toEqual([0, 0]);
  return [...into.subarray(1, count + 1)].reverse();
}

/** Takes blocks, and returns their numbers. */
function take(bits: Bits, area: number, count = 1): number[] {
  return addressesOf(bits, area, count).map((ptr) => (ptr - START) / SIZE);
}

/** Frees taken blocks, as slabs do. */
function put(bits: Bits, area: number, blocks: readonly number[]): void {
  for (const block of blocks) bits.words[area + HEADER + (block >>> 5)]! |= 1 << (block & 31);
  bits.hint(area, 0);
  expect(bits.returned(area, blocks.length)).toBe(bits.count(area));
}

/** Returns the numbers of all free blocks of an area. */
function freeOf(bits: Bits, area: number): number[] {
  return upTo(bits.blocks(area)).filter((block) => bits.isFree(area, block));
}

describe("a new area", () => {
  test.each([1, 31, 32, 33, 63, 64, 1023, 1024])("of %i blocks has exactly that many free blocks", (blocks) => {
    const bits = make();
    const area = bits.make(blocks);
    expect([bits.blocks(area), bits.free(area), bits.count(area)]).toEqual([blocks, blocks, blocks]);
    expect(take(bits, area, blocks)).toEqual(upTo(blocks));
    expect([bits.free(area), bits.count(area)]).toEqual([0, 0]);
  });

  test("has no bit set after its last block", () => {
    const bits = make();
    const area = bits.make(33);
    expect([33, 34, 63].map((block) => bits.isFree(area, block))).toEqual([false, false, false]);
  });

  test("is like new in the place of one that was dropped with taken blocks", () => {
    const bits = make();
    const area = bits.make(100);
    take(bits, area, 70);
    bits.drop(area);
    expect(bits.make(97)).toBe(area);
    expect(freeOf(bits, area)).toEqual(upTo(97));
    expect(take(bits, area)).toEqual([0]);
  });
});

describe("take", () => {
  test("writes the addresses of the lowest free blocks, the lowest of all last", () => {
    const bits = make();
    const area = bits.make(200);
    take(bits, area, 150);
    put(bits, area, [40, 3]);
    expect(take(bits, area, 4)).toEqual([3, 40, 150, 151]);
  });

  test.each([
    ["across 2 GiB", 2 * GiB - 1024],
    ["above 2 GiB", 3 * GiB],
    ["below 4 GiB", 4 * GiB - 65536 - 1024 * 32],
  ])("writes unsigned addresses, in a slab %s", (_, start) => {
    for (const size of [4, 8, 32]) {
      const bits = make();
      const area = bits.make(MOST_BLOCKS);
      // In records: granules, shifted, as signed 32-bit numbers.
      const addresses = addressesOf(bits, area, MOST_BLOCKS, ((start / 16) | 0) << 4, size);
      expect(addresses).toEqual(upTo(MOST_BLOCKS).map((block) => start + block * size));
    }
  });
});

describe("the words of dropped areas", () => {
  test("are reused for areas of the same number of words, the last dropped first", () => {
    const bits = make();
    const [first, second] = [bits.make(40), bits.make(60)];
    bits.drop(first);
    bits.drop(second);
    const used = bits.used;
    expect([bits.make(33), bits.make(64)]).toEqual([second, first]);
    expect(bits.used).toBe(used);
  });

  test("are not used for an area of more words", () => {
    const bits = make();
    const short = bits.make(32);
    bits.drop(short);
    expect(bits.make(33)).not.toBe(short);
    expect(bits.make(32)).toBe(short);
  });
});

test("all areas agree with a set of free blocks for each, after any steps", () => {
  const step = fc.oneof(
    { weight: 2, arbitrary: fc.record({ make: anyCount }) },
    { weight: 1, arbitrary: fc.record({ drop: fc.nat() }) },
    { weight: 4, arbitrary: fc.record({ take: fc.nat(), times: fc.integer({ min: 1, max: 60 }) }) },
    { weight: 3, arbitrary: fc.record({ put: fc.nat(), block: fc.nat(), times: fc.integer({ min: 1, max: 60 }) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const bits = make();
      const model = new Map<number, Set<number>>();
      const dropped: number[] = [];
      const pick = (index: number) => [...model.keys()][index % Math.max(model.size, 1)];
      for (const step of steps) {
        if ("make" in step) {
          const used = bits.used;
          const area = bits.make(step.make);
          const known = dropped.lastIndexOf(lengthOf(step.make));
          if (known >= 0) dropped.splice(known, 1);
          expect(bits.used - used).toBe(known >= 0 ? 0 : HEADER + lengthOf(step.make));
          expect(model.has(area)).toBe(false);
          model.set(area, new Set(upTo(step.make)));
        } else if ("drop" in step) {
          const area = pick(step.drop);
          if (area === undefined) continue;
          dropped.push(lengthOf(bits.blocks(area)));
          bits.drop(area);
          model.delete(area);
        } else if ("take" in step) {
          const area = pick(step.take);
          if (area === undefined) continue;
          const count = Math.min(step.times, bits.free(area));
          if (count === 0) continue;
          const lowest = [...model.get(area)!].sort((a, b) => a - b).slice(0, count);
          expect(take(bits, area, count)).toEqual(lowest);
          for (const block of lowest) model.get(area)!.delete(block);
        } else {
          const area = pick(step.put);
          if (area === undefined) continue;
          const taken = upTo(bits.blocks(area)).filter((block) => !model.get(area)!.has(block));
          const blocks = taken.slice(step.block % Math.max(taken.length, 1)).slice(0, step.times);
          put(bits, area, blocks);
          for (const block of blocks) model.get(area)!.add(block);
        }
        for (const [area, free] of model) expect([bits.free(area), bits.count(area)]).toEqual([free.size, free.size]);
      }
      for (const [area, free] of model) expect(freeOf(bits, area)).toEqual([...free].sort((a, b) => a - b));
    }),
    RUNS,
  );
});

test("clear forgets all areas, also dropped ones", () => {
  const bits = make();
  const used = bits.used;
  const area = bits.make(40);
  bits.drop(bits.make(70));
  bits.clear();
  expect(bits.used).toBe(used);
  expect(bits.make(70)).toBe(area);
});

describe("in a shared memory the words are never replaced", () => {
  const bytes = 4 * MiB;
  /** Fills the memory with slabs of one kind after another, as short as `bytesOf` allows. */
  function expectEnough(kinds: readonly { blocks: number; size: number }[]): void {
    const bits = new Bits(Memory.over(new SharedArrayBuffer(bytes), { owner: true }));
    const { words } = bits;
    for (const { blocks, size } of kinds) {
      // Slabs are whole granules, and at least 512 bytes.
      const slab = Math.max(512, Math.ceil((blocks * size) / 16) * 16);
      const areas = Array.from({ length: Math.floor(bytes / slab) }, () => bits.make(blocks));
      expect(bits.words === words, `with slabs of ${blocks} blocks of ${size}`).toBe(true);
      for (const area of areas) bits.drop(area);
    }
  }

  test("even if slabs of one class after another fill it, each of the largest size", () => {
    const sizes = Array.from({ length: CLASSES - 1 }, (_, index) => classSize(index + 1));
    const blocks = (size: number) => Math.min(MOST_BLOCKS, Math.floor(32768 / size));
    expectEnough(sizes.map((size) => ({ size, blocks: blocks(size) })));
  });

  test("even if slabs with that many words of bits fill it, for each number of words", () => {
    const kinds = [
      { size: 16, blocks: 32 },
      { size: 8, blocks: 64 },
      ...[128, 129, 257, 513].map((blocks) => ({ size: 4, blocks })),
    ];
    expectEnough(kinds);
  });
});
