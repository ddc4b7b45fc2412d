import type { Allocator } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BASE, CAPACITY, LIMIT, STRIDE, TOP } from "../src/heap/small/magazines.ts";
import { CLASSES, classSize } from "../src/heap/small/size-classes.ts";
import { addresses, KiB, magazinesOver, overlaps, RUNS } from "./support.ts";

const make = (root: Allocator = addresses()) => magazinesOver(root);
const times = <T>(count: number, call: () => T): T[] => Array.from({ length: count }, call);

test("no block is handed out twice, and each block is live, in a magazine or free in its slab", () => {
  const sizeClass = fc.constantFrom(1, 2, 6, 20, 69, CLASSES - 1);
  const count = fc.integer({ min: 1, max: 150 });
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ get: sizeClass, times: count }) },
    { weight: 5, arbitrary: fc.record({ put: sizeClass, times: count, from: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("flushAll", "trim", "reset") }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const { heap, magazines, slabs, get, put, inside, taken } = make(addresses(512 * KiB));
      const live = new Map<number, number>();
      const of = (sizeClass: number) => [...live].filter(([, its]) => its === sizeClass).map(([ptr]) => ptr);
      for (const step of steps) {
        if ("get" in step) {
          for (let time = 0; time < step.times; time++) {
            const ptr = get(step.get);
            if (ptr === 0) break;
            if (live.has(ptr)) expect(`${ptr} is live`).toBe("handed out");
            live.set(ptr, step.get);
          }
        } else if ("put" in step) {
          const all = of(step.put);
          for (const ptr of all.slice(step.from % Math.max(all.length, 1)).slice(0, step.times)) {
            live.delete(ptr);
            put(step.put, ptr);
          }
        } else if (step.do === "flushAll") magazines.flushAll();
        else if (step.do === "trim") heap.trim();
        else {
          heap.reset();
          live.clear();
        }
        heap.check();
        for (const sizeClass of [1, 2, 6, 20, 69, CLASSES - 1]) {
          const here = inside(sizeClass);
          expect(here.filter((ptr) => live.has(ptr))).toEqual([]);
          expect(taken(sizeClass)).toBe(of(sizeClass).length + here.length);
        }
      }
      expect(overlaps([...live].map(([ptr, sizeClass]) => [ptr, ptr + classSize(sizeClass)] as const))).toBe(0);
      expect([...live].filter(([ptr, sizeClass]) => slabs.classAt(ptr) !== sizeClass)).toEqual([]);
    }),
    RUNS,
  );
});

describe("check throws", () => {
  /** A magazine of class 6, with some blocks of 24 bytes in it and others live. */
  const sound = () => {
    const all = make();
    const blocks = times(30, () => all.get(6));
    for (const ptr of blocks.slice(0, 4)) all.put(6, ptr);
    all.magazines.check();
    const set = (which: number, value: number) =>
      all.magazines.words.fill(value, 6 * STRIDE + which, 6 * STRIDE + which + 1);
    return { ...all, blocks, set };
  };

  test("if a block is in a magazine twice", () => {
    const { magazines, blocks, put } = sound();
    put(6, blocks[0]!);
    expect(() => magazines.check()).toThrow(/once/);
  });

  test("if a block is in two magazines", () => {
    const { magazines, blocks, get, put } = sound();
    get(7);
    put(7, blocks[0]!);
    expect(() => magazines.check()).toThrow(/once|class 7/);
  });

  test("if a block is in the magazine of another class", () => {
    const { magazines, blocks, get, put } = sound();
    get(7);
    put(7, blocks[20]!);
    expect(() => magazines.check()).toThrow(/class 7/);
  });

  test("if an address in a magazine is not a block", () => {
    const { magazines, blocks, put } = sound();
    put(6, blocks[20]! + 4);
    expect(() => magazines.check()).toThrow(/taken block/);
  });

  test("if a block in a magazine is free in its slab", () => {
    const { magazines, slabs, blocks } = sound();
    slabs.put(6, Uint32Array.of(0, blocks[0]!), 0, 1);
    expect(() => magazines.check()).toThrow(/taken block/);
  });

  test("if the 0 below a magazine is missing", () => {
    const { magazines, word } = sound();
    magazines.words[word(6, BASE)] = 4;
    expect(() => magazines.check()).toThrow(/is a 0/);
  });

  test("if a magazine extends beyond its words", () => {
    const { magazines, word, set } = sound();
    set(CAPACITY, word(6, TOP) - word(6, BASE) - 1);
    expect(() => magazines.check()).toThrow(/ends in its words/);
  });

  test("if the limit lies beyond the words", () => {
    const { magazines, word, set } = sound();
    set(LIMIT, word(6, BASE) + word(6, CAPACITY) + 1);
    expect(() => magazines.check()).toThrow(/words/);
  });

  test("if the top lies below the 0", () => {
    const { magazines, word, set } = sound();
    set(TOP, word(6, BASE) - 1);
    expect(() => magazines.check()).toThrow(/words/);
  });
});
