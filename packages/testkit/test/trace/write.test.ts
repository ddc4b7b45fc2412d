import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parseTrace, type Trace, writeTrace } from "@alloc/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, gzip, pieces } from "../trace-text.ts";
import { canonical, collect } from "./programs.ts";

const RECORDED = new URL("../../../../benchmarks/traces/gs.trace.gz", import.meta.url);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const TINY = "# alloctrace 1\n# ids: 1\n# ops: 2\n# peak: 40\n# maxlive: 1\na 0 40\nf 0\n";
const tiny = () => parseTrace(bytesOf(TINY));
const errorOf = async (written: AsyncIterable<Uint8Array>) =>
  await collect(written).then(
    () => "no error",
    (error: Error) => `${error.name}: ${error.message}`,
  );

test("a written trace is written again byte for byte, gzip or not", async () => {
  await fc.assert(
    fc.asyncProperty(canonical, fc.boolean(), async (text, compressed) => {
      const written = await collect(writeTrace(await parseTrace(bytesOf(text)), { gzip: compressed }));
      expect(decode(compressed ? gunzipSync(written) : written)).toBe(text);
    }),
  );
});

test("a recorded trace is written again byte for byte", async () => {
  const bytes = readFileSync(RECORDED);
  const written = await collect(writeTrace(await parseTrace(bytes)));
  expect(Buffer.compare(written, gunzipSync(bytes))).toBe(0);
});

test("a written trace reads back equal", async () => {
  await fc.assert(
    fc.asyncProperty(canonical, async (text) => {
      const trace = await parseTrace(bytesOf(text));
      expect(await parseTrace(writeTrace(trace, { gzip: true }))).toEqual(trace);
    }),
  );
});

test("bytes are written as the same trace", async () => {
  expect(decode(await collect(writeTrace(pieces(gzip(bytesOf(TINY)), 7))))).toBe(TINY);
});

test("a hand-made header gets its numbers as text", async () => {
  const { header, ...events } = await tiny();
  const text = decode(await collect(writeTrace({ ...events, header: { ...header, fields: { name: "mine" } } })));
  expect(text).toBe(TINY.replace("# ids", "# name: mine\n# ids"));
});

describe("an invalid trace is a TraceError", () => {
  const wrong = async (change: Partial<Trace>) => ({ ...(await tiny()), ...change });

  test.each([false, true])("in an event, gzip: %s", async (compressed) => {
    const trace = await wrong({ ids: Uint32Array.of(0, 7) });
    expect(await errorOf(writeTrace(trace, { gzip: compressed }))).toBe(
      "TraceError: trace line 7: block 7 is not live: it was never allocated",
    );
  });

  test.each([
    ["a line feed", "name", "two\nlines"],
    ["a space at the end", "name", "tiny "],
    ["a colon in the key", "a:b", "c"],
    ["no key", "", "c"],
  ])("in a field with %s", async (_what, key, value) => {
    const trace = await wrong({ header: { ids: 1, ops: 2, peak: 40, maxlive: 1, fields: { [key]: value } } });
    expect(await errorOf(writeTrace(trace))).toMatch(
      /^TraceError: trace line 2: the header field ".*" must be one line of text/,
    );
  });
});

test("stopping to read gzip closes the source too", async () => {
  let ended = false;
  async function* endless() {
    try {
      yield bytesOf("# ids: 1000000\n# ops: 2000000\n# peak: 8\n# maxlive: 1\n");
      for (let id = 0; ; id++) yield bytesOf(`a ${id} ${id % 8}\nf ${id}\n`);
    } finally {
      ended = true;
    }
  }
  for await (const _piece of writeTrace(endless(), { gzip: true })) break;
  await expect.poll(() => ended).toBe(true);
});
