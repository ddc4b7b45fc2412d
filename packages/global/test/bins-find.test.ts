import { alignUp } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binOf } from "../src/heap/large/bins.ts";
import { ADDRESS, FREE, KIND, LARGE, PREVIOUS, SIZE } from "../src/heap/records.ts";
import { BIN_MAPS, OCTAVE_MAP } from "../src/heap/words.ts";
import { RUNS } from "./support.ts";
import { anySize, LOOKS, make } from "./support-bins.ts";

describe("fit with an align", () => {
  test("prefers a short extent that is aligned by chance to a longer one", () => {
    const { bins, insert } = make();
    const chance = insert(40, 128);
    insert(100, 129);
    expect(bins.fit(40, 64)).toBe(chance);
  });

  test("does not serve an extent that is long enough only before it is aligned", () => {
    const { bins, insert } = make();
    insert(40, 129);
    expect(bins.fit(40, 64)).toBe(0);
  });

  test("finds one that is long enough at any start, even in a higher bin", () => {
    const { bins, insert } = make();
    for (let count = 0; count < LOOKS; count++) insert(44, 129);
    const sure = insert(40 + 63, 129);
    expect(bins.fit(40, 64)).toBe(sure);
  });

  test("returns extents with room at a multiple of it, and one whenever any certainly has room", () => {
    const extent = fc.record({ address: fc.nat(4096), size: fc.integer({ min: 1, max: 500 }) });
    const align = fc.nat(8).map((power) => 2 ** power);
    fc.assert(
      fc.property(fc.array(extent, { maxLength: 12 }), fc.integer({ min: 1, max: 200 }), align, (free, size, align) => {
        const { bins, insert } = make();
        for (const { address, size } of free) insert(size, address);
        const record = bins.fit(size, align);
        if (record !== 0) {
          const [start, room] = [bins.words[record + ADDRESS]!, bins.words[record + SIZE]!];
          expect(alignUp(start, align) + size).toBeLessThanOrEqual(start + room);
        } else expect(free.filter((one) => binOf(one.size) > binOf(size + align - 1))).toEqual([]);
      }),
      { ...RUNS, numRuns: 1000 },
    );
  });
});

describe("search", () => {
  test("finds an aligned extent behind any number of others, if it may look at all", () => {
    const extent = fc.record({ address: fc.nat(4096), size: fc.integer({ min: 1, max: 500 }) });
    const align = fc.nat(8).map((power) => 2 ** power);
    fc.assert(
      fc.property(fc.array(extent, { maxLength: 40 }), fc.integer({ min: 1, max: 200 }), align, (free, size, align) => {
        const { bins, insert } = make();
        for (const { address, size } of free) insert(size, address);
        const fits = free.filter((one) => alignUp(one.address, align) + size <= one.address + one.size);
        const record = bins.search(size, align, Infinity);
        expect(record !== 0).toBe(fits.length > 0);
        if (record === 0) return;
        const [address, room] = [bins.words[record + ADDRESS], bins.words[record + SIZE]];
        expect(fits).toContainEqual({ address, size: room });
      }),
      RUNS,
    );
  });

  test("looks at as many extents as it may, and no more", () => {
    const { bins, insert } = make();
    insert(40, 128);
    for (let count = 0; count < 9; count++) insert(40, 129);
    expect([bins.search(40, 64, 9), bins.search(40, 64, 10) !== 0]).toEqual([0, true]);
  });
});

describe("longest", () => {
  test("returns none if the bins are empty, and if the longest is too short", () => {
    const { insert, longest } = make();
    expect(longest(1)).toBe(0);
    insert(40);
    expect([longest(41), longest(40)]).toEqual([0, 40]);
  });

  test("returns an extent of the highest bin that has one", () => {
    fc.assert(
      fc.property(fc.array(anySize, { minLength: 1, maxLength: LOOKS }), (sizes) => {
        const { insert, longest } = make();
        for (const size of sizes) insert(size);
        expect(binOf(longest(1))).toBe(binOf(Math.max(...sizes)));
      }),
      RUNS,
    );
  });
});

test("resize leaves an extent in the bin of its new size", () => {
  fc.assert(
    fc.property(fc.array(anySize, { minLength: 1, maxLength: 8 }), fc.nat(), anySize, (sizes, index, to) => {
      const { bins, insert, fit } = make();
      const records = sizes.map((size) => insert(size));
      bins.resize(records[index % records.length]!, to);
      bins.check();
      const now = sizes.map((size, at) => (at === index % records.length ? to : size));
      expect(fit(Math.max(...now))).toBe(Math.max(...now));
    }),
    { ...RUNS, numRuns: 300 },
  );
});

describe("check throws", () => {
  test("if a free extent is in no bin", () => {
    const { bins } = make();
    bins.make(0, 5);
    expect(() => bins.check()).toThrow(/all 1 free extents/);
  });

  test("if a used extent is in a bin", () => {
    const { bins, insert } = make();
    bins.words[insert(5) + KIND] = LARGE;
    expect(() => bins.check()).toThrow(/is free/);
  });

  test("if an extent is in the bin of another size", () => {
    const { bins, insert } = make();
    const record = insert(5);
    bins.words[record + SIZE] = 50;
    expect(bins.words[record + KIND]).toBe(FREE);
    expect(() => bins.check()).toThrow(/in the bin of its size/);
  });

  test("if the map shows a bin with an extent as empty", () => {
    const { bins, insert } = make();
    insert(5);
    bins.words[BIN_MAPS] = 0;
    expect(() => bins.check()).toThrow(/whether bin 5 is empty/);
  });

  test("if the map shows an empty bin as having an extent", () => {
    const { bins, insert } = make();
    insert(5);
    bins.words[BIN_MAPS]! |= 1 << 6;
    expect(() => bins.check()).toThrow(/whether bin 6 is empty/);
  });

  test("if the map shows an octave with an extent as empty", () => {
    const { bins, insert } = make();
    insert(5);
    bins.words[OCTAVE_MAP] = 0;
    expect(() => bins.check()).toThrow(/octave 0/);
  });

  test("if the map shows an empty octave as having an extent", () => {
    const { bins } = make();
    bins.words[OCTAVE_MAP] = 1 << 3;
    expect(() => bins.check()).toThrow(/octave 3/);
  });

  test("if an extent in a list does not link to the one before it", () => {
    const { bins, insert } = make();
    const first = insert(5);
    insert(5);
    bins.words[first + PREVIOUS] = 0;
    expect(() => bins.check()).toThrow(/before/);
  });
});
