import { Memory } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ABOVE, ADDRESS, BELOW, FREE, KIND, LARGE, NEXT, PREVIOUS, Records, SIZE } from "../src/heap/records.ts";
import { FIRST } from "../src/heap/words.ts";
import { MiB, RUNS } from "./support.ts";

const make = () => new Records(Memory.virtual(16 * MiB));

function all(records: Records): number[] {
  const found: number[] = [];
  records.each((record) => found.push(record));
  return found;
}

/** A list of `records` forwards from its first, and backwards from its last. */
function listed({ words }: Records, head: number): { there: number[]; back: number[] } {
  const there: number[] = [];
  for (let record = head; record !== 0; record = words[record + NEXT]!) there.push(record);
  const back: number[] = [];
  for (let record = there.at(-1) ?? 0; record !== 0; record = words[record + PREVIOUS]!) back.unshift(record);
  return { there, back };
}

/** Three extents that touch: used, free, used. */
function threeInARow(): { records: Records; three: [number, number, number] } {
  const records = make();
  const three: [number, number, number] = [records.make(100, 40), records.make(140, 10), records.make(150, 70)];
  records.words[three[0] + KIND] = LARGE;
  records.words[three[2] + KIND] = LARGE;
  records.join(three[0], three[1]);
  records.join(three[1], three[2]);
  return { records, three };
}

describe("a record", () => {
  test("is never 0, which means none", () => {
    expect(make().make(0, 1)).toBeGreaterThan(0);
  });

  test("takes 8 words", () => {
    const records = make();
    const before = records.used;
    records.make(0, 1);
    records.make(1, 1);
    expect(records.used - before).toBe(16);
  });

  test("is free and has no neighbours, even if its number was used before", () => {
    const { records, three } = threeInARow();
    records.drop(three[2]);
    const again = records.make(7, 8);
    expect(again).toBe(three[2]);
    expect([ADDRESS, SIZE, BELOW, ABOVE, KIND].map((word) => records.words[again + word])).toEqual([7, 8, 0, 0, FREE]);
  });
});

test("every record keeps its address and size, and dropped ones are reused before new ones", () => {
  const step = fc.oneof(fc.record({ make: fc.integer({ min: 1, max: 2 ** 28 - 1 }) }), fc.record({ drop: fc.nat() }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const records = make();
      const live = new Map<number, number>();
      let most = 0;
      for (const [index, step] of steps.entries()) {
        if ("make" in step) {
          const record = records.make(index, step.make);
          expect(live.has(record)).toBe(false);
          live.set(record, step.make);
        } else if (live.size > 0) {
          const record = [...live.keys()][step.drop % live.size]!;
          records.drop(record);
          live.delete(record);
        }
        most = Math.max(most, live.size);
        expect(records.used).toBe(FIRST + 8 * most);
        expect(all(records)).toEqual([...live.keys()].sort((a, b) => a - b));
        for (const [record, size] of live) expect(records.words[record + SIZE]).toBe(size);
      }
    }),
    RUNS,
  );
});

test("lists keep their order, forwards and backwards", () => {
  const step = fc.record({ list: fc.nat(2), record: fc.nat(11), link: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const records = make();
      const every = Array.from({ length: 12 }, (_, index) => records.make(index, 1));
      const heads = [0, 0, 0];
      const model: number[][] = [[], [], []];
      for (const { list, record: index, link } of steps) {
        const record = every[index]!;
        const at = model.findIndex((members) => members.includes(record));
        if (link && at < 0) {
          heads[list] = records.link(record, heads[list]!);
          model[list]!.unshift(record);
        } else if (!link && at >= 0) {
          heads[at] = records.unlink(record, heads[at]!);
          model[at] = model[at]!.filter((member) => member !== record);
        }
        for (const [which, members] of model.entries()) {
          expect(listed(records, heads[which]!)).toEqual({ there: members, back: members });
        }
      }
    }),
    RUNS,
  );
});

test("clear forgets all records", () => {
  const { records } = threeInARow();
  records.clear();
  expect(all(records)).toEqual([]);
  expect(records.used).toBe(FIRST);
});

describe("check", () => {
  test("finds nothing wrong with used extents and a free one between them", () => {
    expect(() => threeInARow().records.check()).not.toThrow();
  });

  test("throws if two free extents touch", () => {
    const { records, three } = threeInARow();
    records.words[three[2] + KIND] = FREE;
    expect(() => records.check()).toThrow(/are one/);
  });

  test("throws if a granule between neighbours is lost", () => {
    const { records, three } = threeInARow();
    records.words[three[1] + SIZE]!--;
    expect(() => records.check()).toThrow(/begins where/);
  });

  test("throws if a neighbour does not link to the one below it", () => {
    const { records, three } = threeInARow();
    records.words[three[2] + BELOW] = 0;
    expect(() => records.check()).toThrow(/knows extent/);
  });

  test("throws if an extent has a negative number of granules", () => {
    const { records, three } = threeInARow();
    records.words[three[2] + SIZE] = -1;
    expect(() => records.check()).toThrow(/has a size/);
  });
});
