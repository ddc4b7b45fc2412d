import { parseRep, parseTrace, type TraceSource, writeTrace } from "@alloc/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, gzip, pieces } from "../trace-text.ts";
import { collect } from "./programs.ts";

type RepSource = Parameters<typeof parseRep>[0];
/** The example in the README of the lab. */
const EXAMPLE = "20000\n3\n8\n1\na 0 512\na 1 128\nr 0 640\na 2 128\nf 1\nr 0 768\nf 0\nf 2\n";
const linesOf = async (source: TraceSource) =>
  new TextDecoder()
    .decode(await collect(writeTrace(source)))
    .split("\n")
    .filter((line) => /^[acrf] /.test(line));
const messageOf = async (source: RepSource) => {
  try {
    await parseRep(source);
    return "no error";
  } catch (error) {
    const { name, message } = error as Error;
    return name === "TraceError" ? message : `${name}: ${message}`;
  }
};

describe("a trace of the malloc lab", () => {
  test("is converted to the trace format, with its header", async () => {
    const trace = await parseRep(bytesOf(EXAMPLE), { name: "example" });
    expect(await linesOf(trace)).toEqual(EXAMPLE.trimEnd().split("\n").slice(4));
    expect(trace.header).toEqual({
      ids: 3,
      ops: 8,
      peak: 896,
      maxlive: 3,
      fields: { name: "example", heapsize: "20000", weight: "1", ids: "3", ops: "8", peak: "896", maxlive: "3" },
    });
  });

  test("may have ids in any order: they are renumbered in order of allocation", async () => {
    const text = "0\n9\n6\n1\na 8 10\na 3 20\nr 8 30\nf 3\na 0 40\nf 0\n";
    expect(await linesOf(await parseRep(bytesOf(text)))).toEqual([
      "a 0 10",
      "a 1 20",
      "r 0 30",
      "f 1",
      "a 2 40",
      "f 2",
      "f 0",
    ]);
  });

  test("may leak blocks: they are released at the end, in order of allocation", async () => {
    const trace = await parseRep(bytesOf("0\n3\n3\n1\na 2 1\na 0 2\na 1 3\n"));
    expect(await linesOf(trace)).toEqual(["a 0 1", "a 1 2", "a 2 3", "f 0", "f 1", "f 2"]);
  });

  test("may allocate an id again after its release: that is another block", async () => {
    const trace = await parseRep(bytesOf("0\n1\n4\n1\na 0 1\nf 0\na 0 2\nf 0\n"));
    expect(await linesOf(trace)).toEqual(["a 0 1", "f 0", "a 1 2", "f 1"]);
  });

  test("may come with carriage returns, tabs, spaces, empty lines and without the last line feed", async () => {
    const loose = `\n${EXAMPLE.replaceAll("\n", " \r\n").replaceAll("a ", "  a\t ")}\n\n`.trimEnd();
    expect(await parseRep(bytesOf(loose))).toEqual(await parseRep(bytesOf(EXAMPLE)));
  });

  test("is the same compressed or not, whole or in pieces of any length", async () => {
    const whole = await parseRep(bytesOf(EXAMPLE));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 80 }), fc.boolean(), async (length, compressed) => {
        const bytes = compressed ? gzip(bytesOf(EXAMPLE)) : bytesOf(EXAMPLE);
        expect(await parseRep(pieces(bytes, length))).toEqual(whole);
      }),
    );
  });

  test("of any program is a trace, and all of its events come first", async () => {
    const step = fc.record({ what: fc.constantFrom("a", "r", "f"), id: fc.nat(20), size: fc.nat(2 ** 32 - 1) });
    await fc.assert(
      fc.asyncProperty(fc.array(step), async (steps) => {
        const live = new Set<number>();
        const lines: string[] = [];
        for (const { what, id, size } of steps) {
          if (live.has(id) === (what === "a")) continue;
          lines.push(what === "f" ? `f ${id}` : `${what} ${id} ${size}`);
          if (what === "a") live.add(id);
          else if (what === "f") live.delete(id);
        }
        const trace = await parseRep(bytesOf(`0\n21\n${lines.length}\n1\n${lines.join("\n")}\n`));
        expect(await parseTrace(trace)).toEqual(trace);
        const shape = (line: string) => line.replace(/ \d+/, "");
        const ours = await linesOf(trace);
        expect(ours.map(shape)).toEqual([...lines.map(shape), ...Array(live.size).fill("f")]);
      }),
    );
  });
});

describe("an invalid trace of the malloc lab names line and reason", () => {
  const withEvents = (...events: string[]) => bytesOf(["0", "4", `${events.length}`, "1", ...events].join("\n"));
  const cases: [what: string, source: RepSource, message: string | RegExp][] = [
    [
      "an unknown op",
      withEvents("a 0 8", "m 0 8"),
      'line 6: expected "a <id> <size>", "r <id> <size>" or "f <id>", got "m 0 8"',
    ],
    ["a missing size", withEvents("a 0"), /^line 5: expected "a <id>.*got "a 0"$/],
    ["a size of a release", withEvents("a 0 8", "f 0 8"), /^line 6: expected/],
    ["an extra number", withEvents("a 0 8 16"), /^line 5: expected/],
    ["a negative id", withEvents("f -1"), /^line 5: expected .*got "f -1"$/],
    ["an id out of range", withEvents("a 4 8"), "line 5: the header declares 4 ids, from 0, got id 4"],
    [
      "a size of 4 GiB",
      withEvents("a 0 4294967296"),
      "line 5: the size must be at most 4294967295 bytes, got 4294967296",
    ],
    [
      "a second release",
      withEvents("a 0 8", "f 0", "f 0"),
      "line 7: block 0 is not live: it was never allocated, or already released",
    ],
    ["a resize of nothing", withEvents("r 3 8"), /^line 5: block 3 is not live/],
    [
      "an id allocated twice",
      withEvents("a 0 8", "a 0 8"),
      "line 6: block 0 is live: it must be released before it is allocated again",
    ],
    [
      "more ops than the header says",
      bytesOf("0\n1\n1\n1\na 0 8\nf 0\n"),
      "line 6: the header declares 1 ops, but there is one more",
    ],
    [
      "fewer ops than the header says",
      bytesOf("0\n1\n3\n1\na 0 8\nf 0\n"),
      "line 7: the file ends: the header declares ops 3, the events have 2",
    ],
    [
      "a header that is too short",
      bytesOf("0\n1\na 0 8\n"),
      'line 3: expected the number of ops on a line of its own, got "a 0 8"',
    ],
    ["nothing at all", new Uint8Array(0), "line 1: the file ends: expected the heap size on a line of its own"],
    ["a trace of ours", bytesOf("# ids: 0\n# ops: 0\n# peak: 0\n# maxlive: 0\n"), /^line 1: expected the heap size/],
    ["binary noise", Uint8Array.from({ length: 4096 }, (_, index) => (index * 181) ^ 0x9c), /^line 1: expected/],
    ["noise without end", new Uint8Array(2 ** 20).fill(0x41), /^line 1: cannot read the file: a line is longer/],
    ["gzip that was cut", gzip(bytesOf(EXAMPLE)).slice(0, -12), /^line \d+: cannot read the file: /],
  ];
  test.each(cases)("%s", async (_what, source, message) => {
    const expected = typeof message === "string" ? `trace ${message}` : message;
    const came = await messageOf(source);
    expect(typeof message === "string" ? came : came.replace(/^trace /, "")).toMatch(expected);
  });

  test("and is not in the trace format", async () => {
    await expect(parseTrace(bytesOf(EXAMPLE))).rejects.toThrow("trace line 1: the header must have");
  });
});
