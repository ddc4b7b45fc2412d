/**
 * Malicious traces: whatever they contain, the reader ends with a one-line error after a bounded amount of work.
 */

import { Memory, pages } from "@alloc/core";
import { minimiseTrace, parseRep, parseTrace, readTrace, replay, type TraceBytes, writeTrace } from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { bytesOf, gzip, traceOf } from "../trace-text.ts";

const MiB = 2 ** 20;

/** A text from a decompressor: as long as the reader reads, and no longer. Counts the bytes taken. */
function endless(head: string, line: (index: number) => string) {
  const counted = { bytes: 0, ended: false };
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield bytesOf(head);
      for (let index = 0; ; ) {
        let text = "";
        while (text.length < 60_000) text += line(index++);
        counted.bytes += text.length;
        yield bytesOf(text);
      }
    } finally {
      counted.ended = true;
    }
  }
  return { counted, source: source() };
}

async function messageOf(source: TraceBytes, options = {}): Promise<string> {
  try {
    for await (const _ of readTrace(source, options));
    return "no error";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("an endless header is read up to 64 KiB", () => {
  test.each([
    ["of many fields", (index: number) => `# key ${index}: value\n`],
    ["of one field again and again", () => "# name: again\n"],
    ["of lines without a key", () => "# comment\n"],
    ["of empty comments", () => "#\n"],
  ])("%s", async (_what, line) => {
    const { counted, source } = endless("", line);
    expect(await messageOf(source)).toMatch(/^trace line \d+: the header must have at most 65536 characters$/);
    expect(counted.bytes).toBeLessThan(MiB);
    expect(counted.ended).toBe(true);
  });

  test("compressed, of 64 MB in little gzip", async () => {
    const header = `# name: ${"x".repeat(60_000)}\n`.repeat(1000);
    expect(await messageOf(gzip(bytesOf(header)))).toBe("trace line 2: the header must have at most 65536 characters");
  });
});

test("a header that is too long is not written either", async () => {
  const trace = await parseTrace(traceOf(["a 0 8", "f 0"]));
  const { header } = trace;
  const long = { ...trace, header: { ...header, fields: { ...header.fields, name: "n".repeat(65536) } } };
  await expect(writeTrace(long).next()).rejects.toThrow("the header must have at most 65536 characters");
});

describe("reading stops at the allowed number of bytes", () => {
  const HEAD = "# ids: 999999999\n# ops: 999999999\n# peak: 8\n# maxlive: 1\n";
  const pairs = (index: number) => `a ${index} 8\nf ${index}\n`;

  test.each([MiB, 4 * MiB])("read, of %i bytes", async (maxBytes) => {
    const { counted, source } = endless(HEAD, pairs);
    expect(await messageOf(source, { maxBytes })).toMatch(
      `cannot read the file: it has more than ${maxBytes} bytes uncompressed; raise maxBytes to allow more`,
    );
    expect(counted.bytes).toBeLessThan(maxBytes + MiB);
  });

  test("of a gzip bomb, which is not unpacked further", async () => {
    const bomb = gzip(bytesOf(`${HEAD}a 0 8\n${"r 0 8\n".repeat(10 * MiB)}`));
    expect(bomb.length).toBeLessThan(MiB);
    expect(await messageOf(bomb, { maxBytes: MiB })).toMatch(/it has more than 1048576 bytes uncompressed/);
  });

  test.each([Number.NaN, -1, 0])("also with a bound of %s", async (maxBytes) => {
    expect(await messageOf(traceOf(["a 0 8", "f 0"]), { maxBytes })).toMatch("it has more than");
  });

  const maxBytes = 100_000;
  const long = () => gzip(bytesOf(`${HEAD}${Array.from({ length: 20_000 }, (_, index) => pairs(index)).join("")}`));
  const lab = () => bytesOf(`20000\n1\n900000\n1\n${"a 0 8\nf 0\n".repeat(20_000)}`);
  async function written(): Promise<void> {
    for await (const _ of writeTrace(long(), { maxBytes }));
  }
  test.each<[string, () => Promise<unknown>]>([
    ["parsed", () => parseTrace(long(), undefined, { maxBytes })],
    ["replayed", () => replay(long(), pages(Memory.virtual(MiB)), { maxBytes })],
    ["written", written],
    ["minimised", () => minimiseTrace(long(), () => true, { maxBytes })],
    ["of the malloc lab", () => parseRep(lab(), {}, { maxBytes })],
  ])("%s", async (_what, read) => {
    await expect(read()).rejects.toThrow("it has more than 100000 bytes uncompressed");
  });

  test("but not at exactly the limit", async () => {
    const bytes = traceOf(["a 0 8", "f 0"]);
    expect(await messageOf(bytes, { maxBytes: bytes.length })).toBe("no error");
  });
});

describe("an error about a trace is one line of bounded length without control characters", () => {
  const ESCAPES = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e";
  test.each([
    ["an event", traceOf([`a 0 8${ESCAPES}`])],
    ["an event of 60,000 characters", traceOf([`${ESCAPES.repeat(2000)}`])],
    ["a number of the header", traceOf(["a 0 8"], { peak: ESCAPES.repeat(100) })],
    ["a number of the header of 60,000 characters", traceOf(["a 0 8"], { peak: "9".repeat(60_000) })],
  ])("in %s", async (_what, bytes) => {
    const message = await messageOf(bytes);
    expect(message).toMatch(/^trace line \d: /);
    expect(message).not.toMatch(/\p{Cc}|\p{Cf}/u);
    expect(message.length).toBeLessThan(400);
  });

  test("if the source throws 100 MB", { tags: ["thorough"] }, async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield traceOf(["a 0 8"]).slice(0, 20);
      throw new Error(ESCAPES + "e".repeat(100_000_000));
    }
    const message = await messageOf(source());
    expect(message).toMatch(/… \d+ more$/);
    expect(message.length).toBeLessThan(2200);
    expect(message).not.toMatch(/\p{Cc}|\p{Cf}/u);
  });

  test("if an allocator throws 100 MB", { tags: ["thorough"] }, async () => {
    const allocator = pages(Memory.virtual(MiB));
    allocator.allocate = () => {
      throw new Error(ESCAPES + "e".repeat(100_000_000));
    };
    const error = await replay(traceOf(["a 0 8", "f 0"]), allocator).catch((thrown: Error) => thrown);
    expect((error as Error).message.length).toBeLessThan(2200);
    expect((error as Error).message).not.toMatch(/\p{Cc}|\p{Cf}/u);
  });
});
