import { Layout, Memory } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gatedMemory } from "../../../checks/support/gated.ts";
import { Segments } from "../src/regions/segments.ts";

const memory = Memory.linear();

interface Segment {
  start: number;
  length: number;
  align: number;
}

/** Segments as the records of a model, by address. */
const listed = (segments: Segments): Segment[] =>
  Array.from({ length: segments.count }, (_, index) => ({
    start: segments.start(index),
    length: segments.end(index) - segments.start(index),
    align: segments.layout(index).align,
  }));

const step = fc.record({
  what: fc.constantFrom("add", "add", "resize", "remove"),
  start: fc.integer({ min: 1, max: 99 }),
  length: fc.integer({ min: 1, max: 8 }),
  power: fc.integer({ min: 3, max: 31 }),
  block: fc.nat(),
});

test("they equal a sorted list, after any changes, and the top is the youngest remaining one", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const segments = new Segments(memory, 100);
      let model: Segment[] = [];
      let top: Segment | undefined;
      for (const { what, start, length, power, block } of steps) {
        const touched = model[block % Math.max(1, model.length)];
        const isFree = model.every((it) => start + length <= it.start || it.start + it.length <= start);
        if (what === "add" && isFree) {
          top = { start, length, align: 2 ** power };
          model = [...model, top].sort((one, other) => one.start - other.start);
          segments.add(start, length, top.align);
        } else if (what === "resize" && touched !== undefined) {
          touched.length = Math.min(length, touched.length);
          segments.resize(model.indexOf(touched), touched.length);
        } else if (what === "remove" && touched !== undefined) {
          segments.remove(model.indexOf(touched));
          model = model.filter((it) => it !== touched);
          if (top === touched) top = undefined;
        }
        expect(listed(segments)).toEqual(model);
        expect(segments.top()).toBe(top === undefined ? -1 : model.indexOf(top));
        expect(segments.bytes).toBe(8 + 12 * model.length);
        for (let granule = 1; granule < 110; granule++) {
          const holder = model.findIndex((it) => it.start <= granule && granule < it.start + it.length);
          expect(segments.find(granule)).toBe(holder);
        }
      }
      segments.clear();
      expect([segments.count, segments.top(), segments.find(50)]).toEqual([0, -1, -1]);
    }),
  );
});

describe("a segment", () => {
  test("has the address and the layout of its block", () => {
    const segments = new Segments(memory, 1);
    segments.add(9000, 5, 4096);
    expect([segments.ptr(0), String(segments.layout(0))]).toEqual([72_000, String(Layout.of(40, 4096))]);
  });

  test("beyond the capacity of words that threads share has no room", () => {
    const segments = new Segments(gatedMemory(), 2);
    const isFull = [segments.isFull];
    for (const at of [10, 20]) {
      segments.add(at, 5, 8);
      isFull.push(segments.isFull);
    }
    segments.remove(0);
    expect([...isFull, segments.isFull]).toEqual([false, false, true, false]);
  });

  test("beyond the capacity of the words gets longer words", () => {
    const segments = new Segments(memory, 1);
    for (let at = 0; at < 50; at++) segments.add(1000 - 10 * at, 10, 8);
    expect([segments.count, segments.start(0), segments.end(49)]).toEqual([50, 510, 1010]);
  });
});

test("in a shared memory there are words for the maximum number from the start", () => {
  const segments = new Segments(Memory.linear({ maximum: 65536, shared: true }), 10);
  const { words } = segments;
  for (let at = 1; at <= 10; at++) segments.add(100 * at, 10, 8);
  expect([segments.words, words.length, segments.count]).toEqual([words, 2 + 3 * 10, 10]);
});
