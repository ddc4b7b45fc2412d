import { type Allocator, Layout, Memory, pages } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { BASE, FULL, LEFT, PLACES, STRIDE } from "../src/heap/small/magazines.ts";
import { CLASSES, classFor, classOf, classSize, SMALL, STEPS } from "../src/heap/small/size-classes.ts";
import { addresses, GiB, KiB, MiB, magazinesOver, overlaps, RUNS } from "./support.ts";

const make = (root: Allocator = addresses()) => magazinesOver(root);
const times = <T>(count: number, call: () => T): T[] => Array.from({ length: count }, call);
const EVERY_CLASS = Array.from({ length: CLASSES - 1 }, (_, index) => index + 1);

describe("a magazine", () => {
  test("hands out the block released last first", () => {
    const { get, put } = make();
    const blocks = times(5, () => get(3));
    for (const ptr of blocks) put(3, ptr);
    expect(times(5, () => get(3))).toEqual([...blocks].reverse());
  });

  test("is filled to half its limit, at most, when it is empty", () => {
    const { get, room, inside } = make();
    for (let block = 0; block < 5000; block++) {
      const wasEmpty = inside(6).length === 0;
      get(6);
      if (wasEmpty) expect(inside(6).length + 1).toBeLessThanOrEqual(Math.ceil(room(6) / 2));
    }
  });

  test("that is full is emptied into the slabs, and then holds the released block", () => {
    const { get, put, room, inside, taken } = make();
    const blocks = times(1000, () => get(6));
    while (inside(6).length < room(6)) put(6, blocks.pop()!);
    const ptr = blocks.pop()!;
    put(6, ptr);
    expect(inside(6)).toEqual([ptr]);
    expect(taken(6)).toBe(blocks.length + 1);
  });

  test("is emptied by flushAll, whatever its class", () => {
    const { heap, magazines, get, put, inside, taken } = make();
    for (const sizeClass of EVERY_CLASS) {
      for (const ptr of times(7, () => get(sizeClass))) put(sizeClass, ptr);
      expect(inside(sizeClass).length).toBeGreaterThan(0);
    }
    magazines.flushAll();
    heap.check();
    expect(EVERY_CLASS.filter((sizeClass) => inside(sizeClass).length + taken(sizeClass) > 0)).toEqual([]);
  });

  test("keeps its contents when its words move", () => {
    const { magazines, slabs, get, put, word, room, inside } = make();
    const blocks = times(20, () => get(6));
    for (const ptr of blocks.slice(0, 4)) put(6, ptr);
    const before = inside(6);
    const base = word(6, BASE);
    slabs.population[6] = 2 ** 20;
    magazines.adjust(6);
    expect(word(6, BASE)).toBeGreaterThan(base);
    expect(room(6)).toBe(1024);
    expect(inside(6)).toEqual(before);
    expect(magazines.words[word(6, BASE)]).toBe(0);
  });

  test("has unsigned addresses above 2 GiB", () => {
    const root = addresses(4 * GiB);
    root.allocate(Layout.of(2 * GiB, 4096));
    const { get, put } = make(root);
    const blocks = times(100, () => get(6));
    for (const ptr of blocks) put(6, ptr);
    expect(blocks.filter((ptr) => ptr < 2 * GiB)).toEqual([]);
    expect(times(10, () => get(6)).filter((ptr) => !blocks.includes(ptr))).toEqual([]);
  });
});

describe("the table of positions", () => {
  test("has for each size and align up to 16 the first word of its class, at the step that the two lines in system.ts compute", () => {
    for (const align of [1, 2, 4, 8, 16]) {
      for (let size = 1; size <= SMALL; size++) {
        expect(PLACES[~(-size & -align) >>> 2]).toBe(classFor(size, align) * STRIDE);
      }
    }
  });

  test("ends before the steps of size 0 and of large sizes, also of sizes that are rounded up to 2 ** 32", () => {
    expect(PLACES.length).toBe(STEPS);
    for (const size of [0, 1025, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
      for (const align of [1, 16, 2 ** 31]) expect(~(-size & -align) >>> 2).toBeGreaterThanOrEqual(STEPS);
    }
  });
});

describe("the limit of a magazine", () => {
  test.each([
    ["few small blocks are live", 4, 100],
    ["few large blocks are live", 1024, 20],
    ["a MiB of small blocks is live", 16, MiB / 16],
    ["a MiB of large blocks is live", 1024, KiB],
  ])("is a few blocks, or at most half of its class, if %s", (_, size, count) => {
    const { slabs, get, room } = make();
    times(count, () => get(classOf(size)));
    expect(room(classOf(size))).toBeGreaterThan(0);
    expect(room(classOf(size))).toBeLessThanOrEqual(Math.max(8, slabs.population[classOf(size)]! / 2));
  });

  test("grows with the blocks of its class, from a few to 1024", () => {
    const { magazines, slabs, room } = make();
    for (const sizeClass of EVERY_CLASS) {
      let least = 0;
      for (let blocks = 1; blocks <= 2 ** 22; blocks *= 2) {
        slabs.population[sizeClass] = blocks;
        magazines.adjust(sizeClass);
        expect(room(sizeClass)).toBeGreaterThanOrEqual(Math.max(1, least));
        least = room(sizeClass);
      }
      expect(least).toBe(1024);
    }
  });

  test("shrinks again if its class has become small", () => {
    const { magazines, slabs, room } = make();
    for (const blocks of [2 ** 20, 40]) {
      slabs.population[6] = blocks;
      magazines.adjust(6);
    }
    expect(room(6)).toBeLessThan(40);
  });
});

describe("a magazine that keeps overflowing", () => {
  const SIZE = 64;
  const of64 = classOf(SIZE);
  /** Takes this many blocks, and releases them in reverse. */
  const swing = ({ get, put }: ReturnType<typeof make>, count: number) => {
    for (const ptr of times(count, () => get(of64)).reverse()) put(of64, ptr);
  };

  test("holds all blocks of its class from then on, and no longer uses the slabs", () => {
    const all = make();
    for (let time = 0; time < 3; time++) swing(all, 1000);
    expect(all.inside(of64).length).toBeGreaterThanOrEqual(1000);
    const asked = vi.spyOn(all.slabs, "take");
    swing(all, 1000);
    expect(asked).not.toHaveBeenCalled();
    all.heap.check();
  });

  test("keeps its limit when a slab is added", () => {
    const all = make();
    for (let time = 0; time < 3; time++) swing(all, 1000);
    const limit = all.room(of64);
    all.magazines.adjust(of64);
    expect(all.room(of64)).toBeGreaterThanOrEqual(limit);
  });

  test("stays unchanged until it was full three times", () => {
    const all = make();
    const blocks = times(3000, () => all.get(of64));
    const limits = times(4, () => {
      const limit = all.room(of64);
      while (all.inside(of64).length < limit) all.put(of64, blocks.pop()!);
      all.put(of64, blocks.pop()!);
      return limit;
    });
    expect(new Set(limits.slice(0, 3)).size).toBe(1);
    expect(limits[3]).toBe(1024);
  });

  test("takes no words if all magazines would have more than 1/400 of the heap and 1/12 of the class", () => {
    const swings = fc.array(fc.tuple(fc.nat({ max: CLASSES - 2 }), fc.integer({ min: 1, max: 3000 })));
    let numRaised = 0;
    fc.assert(
      fc.property(swings, (program) => {
        const { heap, magazines, slabs, get, put } = make();
        const bare = magazines.bookkeeping;
        for (const [index, count] of [...program, ...program, ...program]) {
          const sizeClass = index + 1;
          for (const ptr of times(count, () => get(sizeClass)).filter((ptr) => ptr !== 0)) {
            const before = magazines.bookkeeping;
            put(sizeClass, ptr);
            if (magazines.bookkeeping === before) continue;
            numRaised++;
            const ofClass = slabs.population[sizeClass]! * classSize(sizeClass);
            const zero = 4;
            expect(magazines.bookkeeping - bare - zero).toBeLessThanOrEqual(
              Math.max((heap.extents.top.held * 16) / 400, ofClass / 12),
            );
          }
        }
        heap.check();
      }),
      RUNS,
    );
    expect(numRaised).toBeGreaterThan(10);
  });

  test("leaves its words to the next magazine that needs as many", () => {
    const all = make();
    swing(all, 1000);
    swing(all, 1000);
    const { bookkeeping } = all.magazines;
    const left = all.magazines.words[LEFT + Math.log2(128)]!;
    expect(left).toBeGreaterThan(0);
    const other = classOf(1024);
    all.slabs.population[other] = 256;
    all.magazines.adjust(other);
    expect([all.word(other, BASE), all.magazines.bookkeeping]).toEqual([left, bookkeeping]);
    all.slabs.population[other] = 0;
    all.magazines.check();
  });

  test("is an ordinary magazine after a reset", () => {
    const all = make();
    times(100, () => all.get(of64));
    const ordinary = all.room(of64);
    swing(all, 1000);
    swing(all, 1000);
    all.heap.reset();
    times(100, () => all.get(of64));
    expect([all.room(of64), all.word(of64, FULL)]).toEqual([ordinary, 0]);
  });
});

test("in a shared memory the words are never replaced, even if every magazine grows step by step to its highest limit", () => {
  const { magazines, slabs, word } = make(pages(Memory.over(new SharedArrayBuffer(MiB), { owner: true })));
  const { words } = magazines;
  for (let blocks = 1; blocks <= 2 ** 22; blocks = Math.ceil(blocks * 1.3)) {
    for (const sizeClass of EVERY_CLASS) {
      slabs.population[sizeClass] = blocks;
      magazines.adjust(sizeClass);
    }
  }
  expect(magazines.words === words).toBe(true);
  expect(magazines.bookkeeping).toBeLessThanOrEqual(words.byteLength);
  const ends = EVERY_CLASS.map((sizeClass) => [word(sizeClass, BASE), word(sizeClass, BASE) + 1025] as const);
  expect(overlaps(ends)).toBe(0);
});
