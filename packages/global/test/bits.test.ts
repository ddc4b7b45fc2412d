import { Memory } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Bits, MOST_BLOCKS } from "../src/heap/bits.ts";
import { KiB, MiB, RUNS } from "./support.ts";

const make = () => new Bits(Memory.virtual(16 * MiB));
/** Words of bits. */
const lengthOf = (blocks: number) => 2 ** Math.ceil(Math.log2(Math.ceil(blocks / 32)));
const anyCount = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(31, 32, 33, 64, 1023, MOST_BLOCKS));

/** Every number of a block of an area that is free. */
function freeOf(bits: Bits, area: number): number[] {
  return [...Array(bits.blocks(area)).keys()].filter((block) => bits.isFree(area, block));
}

describe("a new area", () => {
  test.each([1, 31, 32, 33, 63, 64, 1023, 1024])("of %i blocks has so many free ones and no more", (blocks) => {
    const bits = make();
    const area = bits.make(blocks);
    expect([bits.blocks(area), bits.free(area), bits.count(area)]).toEqual([blocks, blocks, blocks]);
    expect(Array.from({ length: blocks }, () => bits.take(area))).toEqual([...Array(blocks).keys()]);
    expect(bits.count(area)).toBe(0);
  });

  test("has no bit set behind its last block", () => {
    const bits = make();
    const area = bits.make(33);
    expect([33, 34, 63].map((block) => bits.isFree(area, block))).toEqual([false, false, false]);
  });

  test("is as new where another was dropped with some blocks taken", () => {
    const bits = make();
    const area = bits.make(100);
    for (let count = 0; count < 70; count++) bits.take(area);
    bits.drop(area);
    expect(bits.make(97)).toBe(area);
    expect(freeOf(bits, area)).toEqual([...Array(97).keys()]);
    expect(bits.take(area)).toBe(0);
  });
});

describe("take", () => {
  test("answers the lowest free block after one in an earlier word came back", () => {
    const bits = make();
    const area = bits.make(200);
    for (let count = 0; count < 150; count++) bits.take(area);
    bits.put(area, 40);
    bits.put(area, 3);
    expect([bits.take(area), bits.take(area), bits.take(area)]).toEqual([3, 40, 150]);
  });
});

describe("the words of dropped areas", () => {
  test("are used again for areas of as many words, those dropped last first", () => {
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

test("by a set of free blocks for each area, all areas are as the steps left them", () => {
  const step = fc.oneof(
    { weight: 2, arbitrary: fc.record({ make: anyCount }) },
    { weight: 1, arbitrary: fc.record({ drop: fc.nat() }) },
    { weight: 4, arbitrary: fc.record({ take: fc.nat(), times: fc.integer({ min: 1, max: 60 }) }) },
    { weight: 3, arbitrary: fc.record({ put: fc.nat(), block: fc.nat() }) },
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
          expect(bits.used - used).toBe(known >= 0 ? 0 : 3 + lengthOf(step.make));
          expect(model.has(area)).toBe(false);
          model.set(area, new Set(Array(step.make).keys()));
        } else if ("drop" in step) {
          const area = pick(step.drop);
          if (area === undefined) continue;
          dropped.push(lengthOf(bits.blocks(area)));
          bits.drop(area);
          model.delete(area);
        } else if ("take" in step) {
          const area = pick(step.take);
          for (let time = 0; area !== undefined && time < step.times && bits.free(area) > 0; time++) {
            const lowest = Math.min(...model.get(area)!);
            expect(bits.take(area)).toBe(lowest);
            model.get(area)!.delete(lowest);
          }
        } else {
          const area = pick(step.put);
          if (area === undefined) continue;
          const taken = [...Array(bits.blocks(area)).keys()].filter((block) => !model.get(area)!.has(block));
          if (taken.length === 0) continue;
          const block = taken[step.block % taken.length]!;
          bits.put(area, block);
          model.get(area)!.add(block);
        }
        for (const [area, free] of model) expect([bits.free(area), bits.count(area)]).toEqual([free.size, free.size]);
      }
      for (const [area, free] of model) expect(freeOf(bits, area)).toEqual([...free].sort((a, b) => a - b));
    }),
    RUNS,
  );
});

test("clear forgets all areas, the dropped ones too", () => {
  const bits = make();
  const used = bits.used;
  const area = bits.make(40);
  bits.drop(bits.make(70));
  bits.clear();
  expect(bits.used).toBe(used);
  expect(bits.make(70)).toBe(area);
});

test("in a shared memory the words are never replaced, though slabs of one size after another fill it", () => {
  const bytes = 4 * MiB;
  const bits = new Bits(Memory.over(new SharedArrayBuffer(bytes)));
  const { words } = bits;
  for (let size = 8; size <= 512; size += 8) {
    // As large as slabs become: 1024 blocks or 32 KiB.
    const slab = Math.min(MOST_BLOCKS * size, 32 * KiB);
    const areas = Array.from({ length: bytes / slab }, () => bits.make(Math.floor(slab / size)));
    expect(bits.words === words, `with slabs of blocks of ${size}`).toBe(true);
    for (const area of areas) bits.drop(area);
  }
});
