/**
 * Randomly damaged traces. The result is a trace or a TraceError, never anything else and never nothing.
 */
import { gunzipSync } from "node:zlib";
import { parseRep, parseTrace, type Trace } from "@alloc/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesOf, gzip, pieces } from "../trace-text.ts";
import { canonical, events } from "./programs.ts";

type Read = (source: AsyncIterable<Uint8Array>) => Promise<Trace>;

/** One piece of damage: the part cut out, as fractions from 0 to 1, and the text inserted there. */
const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat(12),
  put: fc.oneof(
    fc.constantFrom("", "\n", " ", "0", "9", "-", "a", "f", "r 0 8\n", "f 0\n", "# x: y\n", "4294967296", "#"),
    fc.string({ maxLength: 6 }),
  ),
});
const rep = events.map((lines) => {
  const theirs = lines.map((line) => line.replace("c ", "a ").split(" ").slice(0, 3).join(" "));
  return ["0", "60", `${theirs.length}`, "1", ...theirs, ""].join("\n");
});
const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

function damaged(bytes: Uint8Array, damages: readonly { at: number; cut: number; put: string }[]): Uint8Array {
  return damages.reduce((before, { at, cut, put }) => {
    const start = Math.floor(at * before.length);
    return new Uint8Array([...before.subarray(0, start), ...latin1(put), ...before.subarray(start + cut)]);
  }, bytes);
}

/** Reads, and checks that the result is a trace or a TraceError. */
async function expectTraceOrError(read: Read, bytes: Uint8Array, length: number): Promise<Trace | undefined> {
  try {
    const trace = await read(pieces(bytes, length));
    expect(await parseTrace(trace)).toEqual(trace);
    return trace;
  } catch (error) {
    expect(error).toMatchObject({ name: "TraceError", line: expect.any(Number), reason: expect.any(String) });
    expect((error as { line: number }).line).toBeGreaterThan(0);
    return undefined;
  }
}

const FORMATS: [name: string, texts: fc.Arbitrary<string>, read: Read][] = [
  ["our format", canonical, parseTrace],
  ["the malloc lab", rep, parseRep],
];

test.each(FORMATS)("damaged text of %s", async (_name, texts, read) => {
  const damages = fc.array(damage, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(texts, damages, fc.integer({ min: 1, max: 200 }), async (text, damages, length) => {
      await expectTraceOrError(read, damaged(bytesOf(text), damages), length);
    }),
    { numRuns: 300 },
  );
});

test.each(FORMATS)("damaged gzip of %s", async (_name, texts, read) => {
  const damages = fc.array(damage, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(texts, damages, fc.integer({ min: 1, max: 200 }), async (text, damages, length) => {
      await expectTraceOrError(read, damaged(gzip(bytesOf(text)), damages), length);
    }),
  );
});

test.each(FORMATS)("gzip of %s, cut anywhere, is an error", async (_name, texts, read) => {
  const at = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  await fc.assert(
    fc.asyncProperty(texts, at, async (text, at) => {
      const whole = gzip(bytesOf(text));
      const bytes = whole.slice(0, Math.floor(at * whole.length));
      expect(() => gunzipSync(bytes)).toThrow();
      expect(await expectTraceOrError(read, bytes, 100)).toBeUndefined();
    }),
  );
});

test.each(FORMATS)("binary noise for %s", async (_name, _texts, read) => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (noise, compressed) => {
      await expectTraceOrError(read, compressed ? gzip(noise) : noise, 50);
    }),
  );
});

test("columns of a trace in memory, damaged in any value", async () => {
  const value = fc.oneof(fc.nat(9), fc.constantFrom(16, 64, 2 ** 31, 2 ** 32 - 1));
  const change = fc.record({ column: fc.constantFrom("kinds", "ids", "sizes", "aligns"), at: fc.nat(), value });
  await fc.assert(
    fc.asyncProperty(canonical, fc.array(change, { minLength: 1, maxLength: 3 }), async (text, changes) => {
      const trace = await parseTrace(bytesOf(text));
      for (const { column, at, value } of changes) trace[column][at % Math.max(1, trace.length)] = value;
      await expectTraceOrError(() => parseTrace(trace), new Uint8Array(0), 1);
    }),
    { numRuns: 300 },
  );
});
