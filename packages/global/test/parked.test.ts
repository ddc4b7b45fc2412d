import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Extents, type Hoard } from "../src/heap/large/extents.ts";
import { headOf, Parked } from "../src/heap/large/parked.ts";
import { GRANULE, KIND, LARGE, NEXT, SIZE } from "../src/heap/records.ts";
import { PARKED_HEADS, PARKED_SUM } from "../src/heap/words.ts";
import { addresses, KiB, MiB, NOTHING_KEPT, RUNS } from "./support.ts";

/** Granules: 128 KiB. */
const LONG = 8192;

/** Parked blocks and their extents, with the cache that the extents empty before they grow. */
function make(hoard: Hoard = NOTHING_KEPT) {
  const root = addresses();
  const extents = new Extents(root.memory, root, hoard);
  const parked = new Parked(extents);
  const large = (size: number) => extents.allocate(size, 1, LARGE, size);
  const put = (record: number) => parked.put(record, extents.size(record));
  const total = () => extents.words[PARKED_SUM]!;
  const check = () => {
    extents.check();
    parked.check();
  };
  return { extents, parked, large, put, total, check };
}

describe("take", () => {
  test("returns none while nothing is parked", () => {
    expect(make().parked.take(100)).toBe(0);
  });

  test("returns the block of that size parked last", () => {
    const { parked, large, put, check } = make();
    const [first, second] = [large(100), large(100)];
    put(first);
    put(second);
    expect([parked.take(100), parked.take(100), parked.take(100)]).toEqual([second, first, 0]);
    check();
  });

  test("returns no block that is longer or shorter, by a granule or much", () => {
    const { parked, large, put, check } = make();
    put(large(100));
    const sizes = Array.from({ length: 300 }, (_, index) => 1 + index).filter((size) => size !== 100);
    expect(sizes.filter((size) => parked.take(size) !== 0)).toEqual([]);
    expect(parked.take(100)).not.toBe(0);
    check();
  });

  test("makes the block live again: it is large, and at its old address", () => {
    const { extents, parked, large, put } = make();
    const record = large(100);
    const address = extents.address(record);
    put(record);
    parked.take(100);
    expect([extents.words[record + KIND], extents.address(record), extents.size(record)]).toEqual([
      LARGE,
      address,
      100,
    ]);
  });
});

test("up to 128 KiB no two sizes of an octave share a list", () => {
  for (let least = 64; least < 2 ** 13; least *= 2) {
    const sizes = Array.from({ length: 64 }, (_, part) => least + (part * least) / 64);
    expect(new Set(sizes.map(headOf)).size).toBe(64);
    expect(Math.min(...sizes.map(headOf))).toBe(PARKED_HEADS);
  }
});

test("from lists shared by several sizes, each block is taken once, and the rest stays", () => {
  const { parked, large, put, check } = make();
  // So large that all later blocks are a small share of it.
  large((8 * MiB) / GRANULE);
  const sizes = Array.from({ length: 60 }, (_, index) => 65 + index);
  const parkedAs = new Map(sizes.map((size) => [size, large(size)]));
  large(65);
  for (const record of parkedAs.values()) put(record);
  let served = 0;
  for (const [size, record] of parkedAs) {
    const found = parked.take(size);
    check();
    // A list is not searched to its end.
    expect([0, record]).toContain(found);
    if (found !== 0) served++;
  }
  expect(served).toBeGreaterThan(sizes.length / 2);
});

describe("put", () => {
  test("keeps a block apart from its free neighbours", () => {
    const { extents, large, put, check } = make();
    const [low, middle] = [large(100), large(100), large(100)] as const;
    extents.release(low!);
    put(middle!);
    check();
    expect([extents.size(low!), extents.size(middle!)]).toEqual([100, 100]);
  });

  test("releases all if more than the share would be parked, and they coalesce", () => {
    const { extents, large, put, total, check } = make();
    const blocks = Array.from({ length: 40 }, () => large(LONG));
    let most = 0;
    for (const record of blocks.slice(0, 20)) {
      const before = total();
      const size = extents.size(record);
      put(record);
      check();
      expect([0, before + size]).toContain(total());
      most = Math.max(most, total());
      expect(total()).toBeLessThanOrEqual((64 * KiB) / GRANULE + extents.top.held / 8);
    }
    expect(most).toBeLessThan(20 * LONG);
  });

  test("releases a block at once that alone exceeds the share", () => {
    const { extents, large, put, total, check } = make();
    const record = large(MiB / GRANULE);
    large(100);
    put(record);
    expect(total()).toBe(0);
    expect(extents.isFree(record)).toBe(true);
    check();
  });
});

test("release returns whether anything was parked, and leaves nothing", () => {
  const { extents, parked, large, put, total, check } = make();
  const blocks = [65, 70, 100].map(large);
  for (const record of blocks) put(record);
  expect([parked.release(), parked.release(), total()]).toEqual([true, false, 0]);
  expect(extents.top.held).toBe(0);
  check();
});

test("reset drops the parked blocks", () => {
  const { extents, parked, large, put, total, check } = make();
  put(large(100));
  parked.reset();
  extents.reset();
  expect([total(), parked.take(100)]).toEqual([0, 0]);
  check();
});

test("each parked block is served once, to a request of its size, and none is lost", () => {
  const size = fc.constantFrom(65, 66, 80, 81, 96, 128, 250);
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ get: size }) },
    { weight: 4, arbitrary: fc.record({ put: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ release: fc.constant(true) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const { extents, parked, large, put, total, check } = make();
      const live: number[] = [];
      let model = new Map<number, number>();
      for (const step of steps) {
        if ("get" in step) {
          const found = parked.take(step.get);
          if (found !== 0) {
            expect(model.get(found)).toBe(step.get);
            model.delete(found);
          } else if (model.size <= 4) expect([...model.values()]).not.toContain(step.get);
          live.push(found || large(step.get));
        } else if ("put" in step) {
          if (live.length === 0) continue;
          const [record] = live.splice(step.put % live.length, 1);
          const size = extents.size(record!);
          put(record!);
          if (total() === 0) model = new Map();
          else model.set(record!, size);
        } else {
          expect(parked.release()).toBe(model.size > 0);
          model = new Map();
        }
        check();
        expect(total()).toBe([...model.values()].reduce((sum, size) => sum + size, 0));
        expect(live.filter((record) => extents.words[record + KIND] !== LARGE)).toEqual([]);
      }
    }),
    RUNS,
  );
});

describe("check throws", () => {
  /** Two parked blocks of 100 granules between live ones. */
  const sound = () => {
    const all = make();
    const [first, , second] = [all.large(100), all.large(65), all.large(100), all.large(65)] as const;
    all.put(first!);
    all.put(second!);
    all.check();
    return { ...all, first: first!, second: second!, words: all.extents.words };
  };

  test("if a block in a list is live", () => {
    const { parked, words, first } = sound();
    words[first + KIND] = LARGE;
    expect(() => parked.check()).toThrow(/is parked/);
  });

  test("if a block is in the list of another size", () => {
    const { parked, words, first } = sound();
    words[first + SIZE] = 101;
    expect(() => parked.check()).toThrow(/list of its size/);
  });

  test("if a parked block is in no list", () => {
    const { parked, words, second } = sound();
    words[second + NEXT] = 0;
    expect(() => parked.check()).toThrow(/granules are parked/);
  });

  test("if the sum is too large", () => {
    const { parked, words } = sound();
    words[PARKED_SUM]!++;
    expect(() => parked.check()).toThrow(/granules are parked/);
  });
});
