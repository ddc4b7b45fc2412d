import { Memory } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Directory } from "../src/heap/large/directory.ts";
import { FREE, KIND, LARGE, Records } from "../src/heap/records.ts";
import { GiB, MiB, RUNS } from "./support.ts";

/** Granules: the span of an entry, the least large extent, and the bounds of chunks. */
const ENTRY = 32;
const LEAST_LARGE = 65;
const BASES = {
  low: 4096,
  "across 2 GiB": 2 ** 27 - 500,
  "above 2 GiB": 2 ** 27 + 4096,
  "at the upper edge": 2 ** 28 - 8192,
};
const SLAB = 1;

interface Extent {
  readonly record: number;
  readonly kind: number;
  readonly start: number;
  readonly end: number;
}

function make(memory = Memory.virtual(4 * GiB)) {
  const records = new Records(memory);
  const directory = new Directory(records);
  const enter = (kind: number, start: number, size: number): Extent => {
    const record = records.make(start, size);
    records.words[record + KIND] = kind;
    if (kind === LARGE) directory.enterLarge(record, start);
    else directory.enterSlab(record, start, size);
    return { record, kind, start, end: start + size };
  };
  const leave = ({ record, kind, start, end }: Extent) => {
    if (kind === LARGE) directory.leaveLarge(start);
    else directory.leaveSlab(record, start, end - start);
    records.drop(record);
  };
  return { records, directory, enter, leave };
}

/** The expected result of `find`, from the list of all used extents: a slab anywhere in it, a large one at its start. */
function expectFound(directory: Directory, used: readonly Extent[], from: number, to: number): void {
  for (let granule = from; granule < to; granule++) {
    const found = directory.find(granule);
    const here = used.find(({ start, end }) => granule >= start && granule < end);
    if (here !== undefined && (here.kind === SLAB || here.start === granule)) {
      if (found !== here.record) expect({ granule, found }).toEqual({ granule, found: here.record });
    } else if (found !== 0) {
      const known = used.find(({ record }) => record === found);
      expect(known?.start ?? granule, `granule ${granule}: extent ${found}`).toBeLessThan(granule);
    }
  }
}

/** Extents one after another: used ones of either kind, and free space between some of them. */
const layout = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant(SLAB), size: fc.integer({ min: ENTRY, max: 150 }) }),
    fc.record({ kind: fc.constant(LARGE), size: fc.integer({ min: LEAST_LARGE, max: 200 }) }),
    fc.record({ kind: fc.constant(FREE), size: fc.integer({ min: 1, max: 70 }) }),
  ),
  { minLength: 1, maxLength: 12 },
);

describe.each(Object.entries(BASES))("in a chunk %s", (_, base) => {
  test("each extent of a list is found, also after others were removed and added", () => {
    fc.assert(
      fc.property(
        layout,
        layout,
        fc.integer({ min: 0, max: 40 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (first, next, shift, gone) => {
          const { directory, enter, leave } = make();
          directory.cover(base, base + 4096);
          const used: Extent[] = [];
          let top = base + shift;
          const append = (parts: typeof first) => {
            for (const { kind, size } of parts) {
              if (kind !== FREE) used.push(enter(kind, top, size));
              top += size;
            }
          };
          append(first);
          expectFound(directory, used, base, top + ENTRY);
          for (const index of gone) {
            const [extent] = used.splice(index % Math.max(used.length, 1), 1);
            if (extent === undefined) continue;
            leave(extent);
            expectFound(directory, used, base, top + ENTRY);
            if (index % 2 === 0) used.push(enter(SLAB, extent.start, extent.end - extent.start));
          }
          expectFound(directory, used, base, top + ENTRY);
          // The highest used extent is released first, as at the top of a heap.
          top = Math.max(base, ...used.map(({ end }) => end));
          append(next);
          expectFound(directory, used, base, top + ENTRY);
        },
      ),
      { ...RUNS, numRuns: 60 },
    );
  });

  test("two extents that share an entry are distinguished at the granule where the upper one starts", () => {
    const { directory, enter } = make();
    directory.cover(base, base + 4096);
    const lower = enter(SLAB, base, ENTRY + 10);
    const upper = enter(SLAB, base + ENTRY + 10, ENTRY);
    expect([9, 10].map((granule) => directory.find(base + ENTRY + granule))).toEqual([lower.record, upper.record]);
  });

  test("an extent added below another leaves it their shared entry", () => {
    const { directory, enter } = make();
    directory.cover(base, base + 4096);
    const upper = enter(LARGE, base + ENTRY + 10, LEAST_LARGE);
    const lower = enter(SLAB, base, ENTRY + 10);
    expect([9, 10].map((granule) => directory.find(base + ENTRY + granule))).toEqual([lower.record, upper.record]);
  });

  test("the lower of two that share an entry is still found there after the upper one was removed", () => {
    const { directory, enter, leave } = make();
    directory.cover(base, base + 4096);
    const lower = enter(SLAB, base, 2 * ENTRY + 10);
    leave(enter(LARGE, base + 2 * ENTRY + 10, LEAST_LARGE));
    expect(directory.find(base + 2 * ENTRY + 9)).toBe(lower.record);
  });

  test("the upper of two that share an entry is still found after the lower one was removed", () => {
    const { directory, enter, leave } = make();
    directory.cover(base, base + 4096);
    const lower = enter(SLAB, base, ENTRY + 10);
    const upper = enter(LARGE, base + ENTRY + 10, LEAST_LARGE);
    leave(lower);
    expect([directory.find(base), directory.find(upper.start)]).toEqual([0, upper.record]);
  });
});

describe("when a lower chunk comes later", () => {
  test("earlier entries and new ones are found", () => {
    const { directory, enter } = make();
    directory.cover(9000, 9400);
    const upper = enter(SLAB, 9010, 100);
    directory.cover(4096, 9400);
    const lower = enter(LARGE, 4100, LEAST_LARGE);
    expectFound(directory, [lower, upper], 4096, 9400);
  });

  test("an extent at the end of a higher chunk is found, however long the chunk", () => {
    const { directory, enter } = make();
    directory.cover(2 ** 27, 2 ** 27 + 2 ** 16);
    const last = enter(SLAB, 2 ** 27 + 2 ** 16 - ENTRY, ENTRY);
    directory.cover(2 ** 27 - 2 ** 14, 2 ** 27 + 2 ** 16);
    expectFound(directory, [last], 2 ** 27 + 2 ** 16 - 2 * ENTRY, 2 ** 27 + 2 ** 16);
  });
});

test("the bytes in use are two per entry up to the highest so far, whatever was entered below", () => {
  const { directory, enter } = make();
  directory.cover(4096, 8192);
  expect(directory.bookkeeping).toBe(0);
  enter(SLAB, 4096 + 10 * ENTRY, ENTRY);
  expect(directory.bookkeeping).toBe(2 * 11);
  directory.cover(4096 - 5 * ENTRY, 8192);
  enter(SLAB, 4096 - 5 * ENTRY, ENTRY);
  expect(directory.bookkeeping).toBe(2 * 16);
});

test("chunks that come from the top down take one entry for every 512 bytes they span, and at most as many spare ones", () => {
  const { directory } = make();
  for (let start = 2 ** 20 - ENTRY; start > 2 ** 19; start -= ENTRY) {
    directory.cover(start, 2 ** 20);
    expect(directory.entries.length).toBeLessThanOrEqual(2 * ((2 ** 20 - start) / ENTRY + 1));
  }
});

describe("with more records than 16 bits can number", () => {
  /** Makes records that are not extents, until the next one has this number. */
  const upTo = (records: Records, number: number) => {
    for (let next = records.used / 8; next < number; next++) records.make(0, 1);
  };

  test.each([
    ["a slab", SLAB],
    ["a large block", LARGE],
  ])("%s is found, and so are earlier entries above and below", (_, kind) => {
    const { records, directory, enter } = make();
    directory.cover(4096, 8192);
    const first = enter(SLAB, 4096, ENTRY);
    upTo(records, 2 ** 16 - 1);
    const last = enter(kind, 4096 + 4 * ENTRY, LEAST_LARGE);
    const wide = enter(kind, 4096 + 8 * ENTRY, LEAST_LARGE);
    expect([last.record, wide.record]).toEqual([8 * (2 ** 16 - 1), 8 * 2 ** 16]);
    directory.cover(1024, 8192);
    const below = enter(kind, 1024, LEAST_LARGE);
    expectFound(directory, [below, first, last, wide], 1024, 8192);
  });

  test("an entry takes four bytes", () => {
    const { records, directory, enter } = make();
    directory.cover(4096, 8192);
    upTo(records, 2 ** 16);
    enter(LARGE, 4096, LEAST_LARGE);
    expect(directory.bookkeeping).toBe(4);
  });
});

test.each([16, 32, 64, 96])("a first chunk at granule %i is still known after others come above it", (base) => {
  const { directory, enter } = make();
  directory.cover(base, base + 100);
  const low = enter(SLAB, base, ENTRY);
  directory.cover(base, 9400);
  const high = enter(LARGE, 9000, LEAST_LARGE);
  expect([directory.find(base), directory.find(9000)]).toEqual([low.record, high.record]);
});

test("in a shared memory the entries are never replaced, wherever its chunks lie", () => {
  const length = 4 * MiB;
  const { directory, enter } = make(Memory.over(new SharedArrayBuffer(length), { owner: true }));
  const { entries } = directory;
  const end = length / 16;
  directory.cover(end / 2, end / 2 + 100);
  directory.cover(end / 2, end);
  directory.cover(4096, end);
  const used = [4096, end / 2, end - ENTRY].map((start) => enter(SLAB, start, ENTRY));
  expect(directory.entries === entries).toBe(true);
  expect(used.map(({ start }) => directory.find(start))).toEqual(used.map(({ record }) => record));
});

describe("nothing is found", () => {
  test("before there is a chunk", () => {
    expect(make().directory.find(4096)).toBe(0);
  });

  test("after the last entry", () => {
    const { directory, enter } = make();
    directory.cover(4096, 4224);
    enter(LARGE, 4096, LEAST_LARGE);
    expect(directory.find(2 ** 28 - 1)).toBe(0);
  });

  test("below the first entry, wherever the last extent lies", () => {
    for (let blocks = 1; blocks <= 40; blocks++) {
      const { directory, enter } = make();
      directory.cover(4096, 8192);
      for (let block = 0; block < blocks; block++) enter(SLAB, 4096 + block * ENTRY, ENTRY);
      const below = Array.from({ length: 4 * ENTRY }, (_, granule) => directory.find(4096 - 1 - granule));
      expect(below.filter((found) => found !== 0)).toEqual([]);
    }
  });

  test("after clear", () => {
    const { directory, enter } = make();
    directory.cover(4096, 8192);
    enter(SLAB, 4096, 100);
    directory.clear();
    expect(directory.find(4100)).toBe(0);
  });
});
