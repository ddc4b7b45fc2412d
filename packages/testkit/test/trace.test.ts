import { ALLOCATE, ALLOCATE_ZEROED, parseTrace, RELEASE, RESIZE, readTrace, type TraceSource } from "@alloc/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, gzip, pieces, traceOf } from "./trace-text.ts";

const EVENTS = ["a 0 40", "c 1 16 64", "r 0 80", "f 1", "a 2 0", "f 0", "f 2"];
const columnsOf = async (source: TraceSource) => {
  const { kinds, ids, sizes, aligns } = await parseTrace(source);
  return { kinds: [...kinds], ids: [...ids], sizes: [...sizes], aligns: [...aligns] };
};
const messageOf = async (source: TraceSource) => {
  try {
    await parseTrace(source);
    return "no error";
  } catch (error) {
    const { name, message } = error as Error;
    return name === "TraceError" ? message : `${name}: ${message}`;
  }
};

describe("a trace in the format", () => {
  test("becomes columns of kinds, ids, sizes and aligns", async () => {
    expect(await columnsOf(traceOf(EVENTS))).toEqual({
      kinds: [ALLOCATE, ALLOCATE_ZEROED, RESIZE, RELEASE, ALLOCATE, RELEASE, RELEASE],
      ids: [0, 1, 0, 1, 2, 0, 2],
      sizes: [40, 16, 80, 0, 0, 0, 0],
      aligns: [0, 64, 0, 0, 0, 0, 0],
    });
  });

  test("has a header of four numbers and any other fields", async () => {
    const text = "# alloctrace 1\n# name: tiny\n# ids: 1\n# ops: 2\n# peak: 8\n# maxlive: 1\na 0 8\nf 0\n";
    const { header } = await parseTrace(bytesOf(text));
    expect(header).toMatchObject({ ids: 1, ops: 2, peak: 8, maxlive: 1 });
    expect(header.fields.name).toBe("tiny");
  });

  test("is the same compressed or not, whole or in pieces of any length", async () => {
    const plain = traceOf(EVENTS);
    const whole = await columnsOf(plain);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 100 }), fc.boolean(), async (length, compressed) => {
        expect(await columnsOf(pieces(compressed ? gzip(plain) : plain, length))).toEqual(whole);
      }),
    );
  });

  test("may lack the last line feed", async () => {
    expect(await columnsOf(traceOf(EVENTS).slice(0, -1))).toEqual(await columnsOf(traceOf(EVENTS)));
  });

  test("may be empty", async () => {
    expect((await parseTrace(traceOf([]))).length).toBe(0);
  });

  test("comes in batches that name the line of their first event", async () => {
    const lines: number[] = [];
    for await (const { line, length } of readTrace(pieces(traceOf(EVENTS), 40))) if (length > 0) lines.push(line);
    expect(lines[0]).toBe(5);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
  });

  test("may have a size of 4 GiB less 1", async () => {
    expect((await columnsOf(traceOf(["a 0 4294967295", "f 0"]))).sizes).toEqual([4294967295, 0]);
  });
});

describe("a trace that is not in the format names line and reason", () => {
  const cases: [what: string, source: TraceSource, message: string | RegExp][] = [
    ["an unknown op", traceOf(["a 0 8", "x 0"]), /^trace line 6: expected "a <id> .*got "x 0"$/],
    ["a missing size", traceOf(["a 0"]), /^trace line 5: expected/],
    ["an extra number", traceOf(["a 0 8", "f 0 8"]), /^trace line 6: expected/],
    ["a negative size", traceOf(["a 0 -8"]), /^trace line 5: expected/],
    ["a fraction", traceOf(["a 0 8.5"], { peak: 8 }), /^trace line 5: expected/],
    ["two spaces", traceOf(["a  0 8"]), /^trace line 5: expected/],
    ["a carriage return", traceOf(["a 0 8\r"]), /^trace line 5: expected.*\\r"$/],
    ["an empty line", traceOf(["a 0 8", "", "f 0"]), /^trace line 6: expected.*got ""$/],
    ["a number of 20 digits", traceOf(["a 0 10000000000000000000"], { peak: 8 }), /^trace line 5: expected/],
    [
      "a size of 4 GiB",
      traceOf(["a 0 4294967296"]),
      "trace line 5: the size must be at most 4294967295 bytes, got 4294967296",
    ],
    [
      "an align that is not a power of two",
      traceOf(["a 0 8 24"]),
      "trace line 5: the align must be a power of two up to 2147483648, got 24",
    ],
    ["an align of 0", traceOf(["a 0 8 0"]), /^trace line 5: the align must be/],
    [
      "a second release",
      traceOf(["a 0 8", "f 0", "f 0"]),
      "trace line 7: block 0 is not live: it was already released",
    ],
    ["a release of nothing", traceOf(["f 3"]), "trace line 5: block 3 is not live: it was never allocated"],
    [
      "a resize of a released block",
      traceOf(["a 0 8", "f 0", "r 0 9"]),
      "trace line 7: block 0 is not live: it was already released",
    ],
    [
      "an id out of order",
      traceOf(["a 1 8"]),
      "trace line 5: ids count from 0 in the order of allocation: expected 0, got 1",
    ],
    [
      "an id used twice",
      traceOf(["a 0 8", "f 0", "a 0 8"]),
      "trace line 7: ids count from 0 in the order of allocation: expected 1, got 0",
    ],
    [
      "more ids than the header says",
      traceOf(["a 0 8", "a 1 8"], { ids: 1 }),
      "trace line 6: the header declares 1 ids, got id 1",
    ],
    [
      "more ops than the header says",
      traceOf(["a 0 8", "f 0"], { ops: 1 }),
      "trace line 6: the header declares 1 ops, but there is one more",
    ],
    [
      "fewer ops than the header says",
      traceOf(["a 0 8", "f 0"], { ops: 3 }),
      "trace line 7: the file ends: the header declares ops 3, the events have 2",
    ],
    [
      "another peak",
      traceOf(["a 0 8", "f 0"], { peak: 9 }),
      "trace line 7: the file ends: the header declares peak 9, the events have 8",
    ],
    [
      "another maxlive",
      traceOf(["a 0 8", "f 0"], { maxlive: 2 }),
      "trace line 7: the file ends: the header declares maxlive 2, the events have 1",
    ],
    ["a block that stays", traceOf(["a 0 8"]), "trace line 6: the file ends, but block 0 was never released"],
    [
      "a header without ops",
      bytesOf("# ids: 1\na 0 8\n"),
      'trace line 2: the header must have "# ops: <number>" before the first event',
    ],
    [
      "a header field that is not a number",
      traceOf(["a 0 8"], { peak: "much" }),
      'trace line 5: expected a number in the header for peak, got "much"',
    ],
    ["a comment among the events", traceOf(["a 0 8", "# oh", "f 0"], { ops: 2 }), /^trace line 6: expected/],
    ["nothing at all", new Uint8Array(0), /^trace line 1: the header must have/],
    ["binary noise", Uint8Array.from({ length: 4096 }, (_, index) => (index * 181) ^ 0x9c), /^trace line 1: /],
    ["gzip that was cut", gzip(traceOf(EVENTS)).slice(0, -12), /^trace line \d+: cannot read the file: /],
    ["gzip that was damaged", gzip(traceOf(EVENTS)).fill(0x55, 20, 40), /^trace line \d+: /],
  ];
  test.each(cases)("%s", async (_what, source, message) => {
    expect(await messageOf(source)).toMatch(message);
  });

  test("a failing source is reported with its reason", async () => {
    async function* failing() {
      yield traceOf(EVENTS).slice(0, 60);
      throw new Error("the disk is on fire");
    }
    expect(await messageOf(failing())).toMatch(/^trace line \d+: cannot read the file: the disk is on fire$/);
  });

  test("any text ends in a TraceError or a trace, never in another error", async () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(...EVENTS),
      fc.tuple(fc.constantFrom("a", "c", "r", "f"), fc.nat(3), fc.nat(99)).map((parts) => parts.join(" ")),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line), async (lines) => {
        expect(await messageOf(traceOf(lines))).toMatch(/^(no error$|trace line \d+: )/);
      }),
    );
  });
});
