import { TraceBuilder } from "@alloc/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ALLOCATE,
  type Columns,
  columnsOf,
  decodeColumns,
  encodeColumns,
  RELEASE,
  RESIZE,
} from "../src/bench/columns.ts";
import { untilReleased } from "../src/bench/fragmentation.ts";
import { liveAt } from "../src/bench/stage.ts";
import { churn, lifo, tiny } from "../src/bench/workloads.ts";

/** Random traces of legal calls. */
const traces = fc
  .array(fc.tuple(fc.nat(3), fc.nat(5000), fc.constantFrom(0, 32, 4096)), { maxLength: 60 })
  .map((calls) => {
    const builder = new TraceBuilder();
    const live: number[] = [];
    for (const [kind, size, align] of calls) {
      if (kind === 0 || live.length === 0) live.push(builder.allocate(size, align));
      else if (kind === 1) live.push(builder.allocateZeroed(size, align));
      else if (kind === 2) builder.resize(live[size % live.length]!, size);
      else builder.release(live.splice(size % live.length, 1)[0]!);
    }
    return builder.finish();
  });

/** Plays columns with a table of sizes. Throws if an event does not match the live blocks. */
function follow(columns: Columns): { peak: number; most: number } {
  const live = new Map<number, { size: number; align: number }>();
  let [bytes, peak, most] = [0, 0, 0];
  for (let index = 0; index < columns.length; index++) {
    const { [index]: kind } = columns.kinds;
    const [slot, size, before, align] = [columns.slot, columns.size, columns.before, columns.align].map(
      (it) => it[index]!,
    );
    const old = live.get(slot!);
    const isNew = kind !== RESIZE && kind !== RELEASE;
    expect(slot).toBeLessThan(columns.slots);
    if (isNew) expect(old).toBeUndefined();
    else expect(old).toEqual({ size: before, align });
    if (kind === RELEASE) live.delete(slot!);
    else live.set(slot!, { size: size!, align: align! });
    bytes += size! - before!;
    peak = Math.max(peak, bytes);
    most = Math.max(most, live.size);
  }
  expect(live.size).toBe(0);
  return { peak, most };
}

describe("columnsOf", () => {
  test("each event has the block's slot, previous size and align, and there are no more slots than live blocks", () => {
    fc.assert(
      fc.property(traces, (trace) => {
        const columns = columnsOf(trace);
        expect(follow(columns)).toEqual({ peak: trace.header.peak, most: trace.header.maxlive });
        expect(columns.slots).toBe(trace.header.maxlive);
        expect([...columns.kinds]).toEqual([...trace.kinds.subarray(0, trace.length)]);
        expect([...columns.size]).toEqual([...trace.sizes.subarray(0, trace.length)]);
      }),
    );
  });
});

describe("the file", () => {
  test("returns the same columns, at any offset of the bytes", () => {
    fc.assert(
      fc.property(traces, fc.nat(7), (trace, offset) => {
        const columns = { ...columnsOf(trace), begin: 1, end: 3 };
        const bytes = encodeColumns(columns);
        const elsewhere = new Uint8Array(bytes.length + offset);
        elsewhere.set(bytes, offset);
        expect(decodeColumns(elsewhere.subarray(offset))).toEqual(columns);
      }),
    );
  });

  const bytes = encodeColumns(lifo(8, 2, 1));
  test.each([
    ["an empty file", new Uint8Array()],
    ["a truncated file", bytes.subarray(0, -1)],
    ["another kind of file", bytes.map((byte, at) => (at === 0 ? 0 : byte))],
    ["a file of another version", bytes.map((byte, at) => (at === 4 ? 9 : byte))],
  ])("%s is refused", (_what, wrong) => expect(() => decodeColumns(wrong)).toThrow("expected a file of columns"));
});

describe("the loops", () => {
  test("lifo releases the last block first", () => {
    expect([...lifo(64, 3, 1).slot]).toEqual([0, 1, 2, 2, 1, 0]);
    expect(follow(lifo(64, 3, 2))).toEqual({ peak: 192, most: 3 });
  });

  test("churn times only the replacements, and keeps the number of live blocks", () => {
    const columns = churn({ live: 50, replacements: 200, least: 16, most: 1024 });
    expect([columns.begin, columns.end, columns.length]).toEqual([50, 450, 500]);
    expect(follow(columns)).toEqual({ peak: columns.peak, most: 50 });
    const sizes = [...columns.size].filter((_, index) => columns.kinds[index] === ALLOCATE);
    expect(Math.min(...sizes)).toBeGreaterThan(16);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1024);
    for (const least of [16, 32, 64, 128, 256, 512]) {
      expect(sizes.some((size) => size > least && size <= 2 * least)).toBe(true);
    }
  });

  test("tiny blocks have 8 to 12 bytes and align 4", () => {
    const columns = tiny(1000);
    expect(follow(columns)).toEqual({ peak: columns.peak, most: 1000 });
    expect([...new Set(columns.size.subarray(0, 1000))].sort((a, b) => a - b)).toEqual([8, 9, 10, 11, 12]);
    expect(new Set(columns.align)).toEqual(new Set([4]));
  });
});

test("liveAt returns the live bytes at equal distances, including the end", () => {
  expect(liveAt(lifo(10, 4, 1), 4)).toEqual([20, 40, 20, 0]);
  expect(liveAt(lifo(10, 1, 1), 4)).toEqual([10, 10, 10, 0]);
});

test("untilReleased ends the timed part after the last event that is no release", () => {
  const builder = new TraceBuilder();
  const first = builder.allocate(10);
  builder.allocate(20);
  builder.release(first);
  builder.allocate(30);
  const columns = untilReleased(columnsOf(builder.finish()));
  expect([columns.length, columns.end]).toEqual([6, 4]);
});
