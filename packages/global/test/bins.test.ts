import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binOf } from "../src/heap/large/bins.ts";
import { RUNS } from "./support.ts";
import { anySize, LOOKS, MOST, make } from "./support-bins.ts";

const PER_OCTAVE = 16;
const LAST_BIN = 399;

describe("the bin of a size", () => {
  test("is not below that of any smaller size", () => {
    fc.assert(
      fc.property(anySize, anySize, (a, b) => {
        expect(binOf(Math.min(a, b))).toBeLessThanOrEqual(binOf(Math.max(a, b)));
      }),
      { ...RUNS, numRuns: 2000 },
    );
  });

  test("is its own up to 32 granules", () => {
    expect(Array.from({ length: 33 }, (_, size) => binOf(size))).toEqual([...Array(33).keys()]);
  });

  test("goes up by one at each sixteenth of an octave", () => {
    const starts: number[] = [];
    for (let least = 32; least <= 2 ** 27; least *= 2) {
      for (let part = 0; part < PER_OCTAVE; part++) starts.push(least + (part * least) / PER_OCTAVE);
    }
    expect(starts.map(binOf)).toEqual(starts.map((_, index) => 32 + index));
    expect(starts.map((start) => binOf(start - 1))).toEqual(starts.map((_, index) => 31 + index));
  });

  test("is the last one, 399, for 2 ** 28 - 1 granules", () => {
    expect(binOf(MOST)).toBe(LAST_BIN);
    expect([make().bins.above(MOST), make().bins.above(1)]).toEqual([0, LAST_BIN - 1]);
  });
});

describe("fit", () => {
  test("returns none while the bins are empty", () => {
    expect(make().fit(1)).toBe(0);
  });

  test("serves a request with an extent of exactly its size, even 2 ** 28 - 1", () => {
    for (const size of [1, 15, 17, 2 ** 20 + 1, MOST]) {
      const { insert, fit } = make();
      insert(size);
      expect(fit(size)).toBe(size);
    }
  });

  test("does not serve a request from an extent in its bin that is one granule smaller", () => {
    const { insert, fit } = make();
    insert(66);
    expect(binOf(66)).toBe(binOf(67));
    expect(fit(67)).toBe(0);
  });

  test("prefers the smallest extent of the bin that has room", () => {
    const { insert, fit } = make();
    for (const size of [135, 133, 128, 134]) insert(size);
    expect(binOf(128)).toBe(binOf(135));
    expect(fit(132)).toBe(133);
  });

  test("examines 8 extents of a bin, and then the bins above", () => {
    const { insert, fit } = make();
    insert(67);
    for (let count = 0; count < LOOKS - 1; count++) insert(64);
    expect(fit(67)).toBe(67);
    insert(64);
    expect(fit(67)).toBe(0);
    insert(100);
    expect(fit(67)).toBe(100);
  });

  test("leaves the extent in its bin", () => {
    const { bins, insert } = make();
    const record = insert(40);
    expect([bins.fit(40), bins.fit(40)]).toEqual([record, record]);
  });
});

test("by a list of all free extents, fit is large enough, and from the first bin that certainly has one", () => {
  const step = fc.oneof(fc.record({ insert: anySize }), fc.record({ remove: fc.nat() }), fc.record({ fit: anySize }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { bins, insert, remove, fit } = make();
      const free: { record: number; size: number }[] = [];
      for (const step of steps) {
        if ("insert" in step) free.push({ record: insert(step.insert), size: step.insert });
        else if ("remove" in step && free.length > 0) {
          remove(free.splice(step.remove % free.length, 1)[0]!.record);
        } else if ("fit" in step) {
          const room = fit(step.fit);
          const own = free.filter(({ size }) => binOf(size) === binOf(step.fit)).map(({ size }) => size);
          const above = free.filter(({ size }) => binOf(size) > binOf(step.fit)).map(({ size }) => binOf(size));
          const close = own.filter((size) => size >= step.fit);
          if (room !== 0) expect(room).toBeGreaterThanOrEqual(step.fit);
          if (own.length <= LOOKS && close.length > 0) expect(room).toBe(Math.min(...close));
          else if (own.length <= LOOKS) expect(binOf(room)).toBe(above.length > 0 ? Math.min(...above) : 0);
          else if (above.length > 0) expect(room).not.toBe(0);
        }
        bins.check();
      }
    }),
    { ...RUNS, numRuns: 300 },
  );
});

test("clear empties every bin", () => {
  const { bins, insert, fit } = make();
  for (const size of [1, 20, MOST]) insert(size);
  bins.clear();
  bins.check();
  expect(fit(1)).toBe(0);
});
