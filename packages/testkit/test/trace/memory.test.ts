import { parseTrace, readTrace, type Trace } from "@alloc/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, traceOf } from "../trace-text.ts";
import { canonical } from "./programs.ts";

const EVENTS = ["a 0 40", "c 1 16 64", "r 0 80", "f 1", "f 0"];
const trace = await parseTrace(bytesOf(`# alloctrace 1\n${new TextDecoder().decode(traceOf(EVENTS))}`));
const messageOf = async (change: Record<string, unknown>) => {
  try {
    await parseTrace({ ...trace, ...change } as Trace);
    return "no error";
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
};
const column = (name: "kinds" | "ids" | "sizes" | "aligns", index: number, value: number) => ({
  [name]: trace[name].with(index, value),
});
const header = (change: Record<string, unknown>) => ({ header: { ...trace.header, ...change } });

describe("a trace in memory", () => {
  test("reads like the bytes it came from", async () => {
    await fc.assert(
      fc.asyncProperty(canonical, async (text) => {
        const parsed = await parseTrace(bytesOf(text));
        expect(await parseTrace(parsed)).toEqual(parsed);
      }),
    );
  });

  test("is copied by parsing", async () => {
    const copy = await parseTrace(trace);
    expect(copy.sizes).not.toBe(trace.sizes);
    expect(copy.sizes.buffer).not.toBe(trace.sizes.buffer);
  });

  test("comes in batches that name the lines it would be written to", async () => {
    const many = 5000;
    const lines = Array.from({ length: many }, (_, id) => [`a ${id} 8`, `f ${id}`]).flat();
    const long = await parseTrace(bytesOf(`# alloctrace 1\n${new TextDecoder().decode(traceOf(lines))}`));
    const batches: [line: number, length: number][] = [];
    for await (const { line, length } of readTrace(long)) batches.push([line, length]);
    expect(batches).toEqual([
      [6, 4096],
      [6 + 4096, 4096],
      [6 + 2 * 4096, 2 * many - 2 * 4096],
    ]);
  });

  test("may have columns longer than the trace", async () => {
    const sizes = Uint32Array.of(...trace.sizes, 1, 2, 3);
    expect((await parseTrace({ ...trace, sizes })).sizes).toEqual(trace.sizes);
  });

  test("may be empty", async () => {
    expect((await parseTrace(await parseTrace(traceOf([])))).length).toBe(0);
  });
});

describe("an invalid hand-made trace names line and reason", () => {
  const cases: [what: string, change: Record<string, unknown>, message: string][] = [
    ["an unknown kind", column("kinds", 2, 7), "line 8: expected an event of kind 0, 1, 2 or 3, got 7"],
    ["a second release", column("ids", 4, 1), "line 10: block 1 is not live: it was already released"],
    [
      "an id out of order",
      column("ids", 1, 5),
      "line 7: ids count from 0 in the order of allocation: expected 1, got 5",
    ],
    [
      "an align that is not a power of two",
      column("aligns", 1, 24),
      "line 7: the align must be a power of two up to 2147483648, got 24",
    ],
    ["an align of a resize", column("aligns", 2, 64), "line 8: only an allocation has an align, got 64"],
    ["an align of a release", column("aligns", 3, 64), "line 9: only an allocation has an align, got 64"],
    ["a size of a release", column("sizes", 3, 8), "line 9: a release has size 0, got 8"],
    ["another ops", header({ ops: 6 }), "line 11: the file ends: the header declares ops 6, the events have 5"],
    [
      "ids that are not a number",
      header({ ids: Number.NaN }),
      "line 11: the file ends: the header declares ids NaN, the events have 2",
    ],
    ["another peak", header({ peak: 95 }), "line 11: the file ends: the header declares peak 95, the events have 96"],
    ["no header", { header: undefined }, "line 1: a trace in memory must have a header with fields, got undefined"],
    [
      "no fields",
      header({ fields: null }),
      "line 1: a trace in memory must have a header with fields, got [object Object]",
    ],
    [
      "a length that is not a number",
      { length: 1.5 },
      "line 1: the length of a trace in memory must be an integer of at least 0, got 1.5",
    ],
    [
      "a column too short",
      { length: 6 },
      "line 1: the column kinds must be a Uint8Array of at least 6 values, got Uint8Array of 5",
    ],
    [
      "a list instead of a column",
      { sizes: [...trace.sizes] },
      "line 1: the column sizes must be a Uint32Array of at least 5 values, got Array of 5",
    ],
    [
      "a missing column",
      { aligns: undefined },
      "line 1: the column aligns must be a Uint32Array of at least 5 values, got Undefined of none",
    ],
    [
      "a block that stays",
      { length: 4, ...header({ ops: 4 }) },
      "line 10: the file ends, but block 0 was never released",
    ],
  ];
  test.each(cases)("%s", async (_what, change, message) => {
    expect(await messageOf(change)).toBe(`TraceError: trace ${message}`);
  });
});
