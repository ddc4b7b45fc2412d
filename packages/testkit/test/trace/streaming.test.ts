import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Memory, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { readTrace, replay, writeTrace } from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { bytesOf, gzip, traceOf } from "../trace-text.ts";

const MiB = 2 ** 20;
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes in use, without garbage. */
function inUse(): number {
  collectGarbage();
  // Buffers are swept in the background; the second collection waits for that.
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const LIVE = 1000;
const SIZE = 24;
/** Blocks per piece of text. */
const PIECE = 2000;

/** The text of a trace of many blocks, of which 1000 are live at once; `onPiece` is called before each piece. */
async function* longTrace(blocks: number, onPiece: () => void): AsyncGenerator<Uint8Array> {
  yield bytesOf(`# ids: ${blocks}\n# ops: ${2 * blocks}\n# peak: ${LIVE * SIZE}\n# maxlive: ${LIVE}\n`);
  for (let start = 0; start < blocks; start += PIECE) {
    onPiece();
    let text = "";
    for (let id = start; id < start + PIECE; id++) {
      if (id >= LIVE) text += `f ${id - LIVE}\n`;
      text += `a ${id} ${SIZE}\n`;
    }
    yield bytesOf(text);
  }
  let text = "";
  for (let id = blocks - LIVE; id < blocks; id++) text += `f ${id}\n`;
  yield bytesOf(text);
}

/** Runs a trace that is generated while it is read, and returns the growth of the bytes in use between two points. */
async function bytesVaried(
  blocks: number,
  run: (source: AsyncIterable<Uint8Array>) => Promise<unknown>,
): Promise<number> {
  let pieces = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  const onPiece = () => {
    if (pieces++ % 50 !== 0) return;
    const bytes = inUse();
    least = Math.min(least, bytes);
    most = Math.max(most, bytes);
  };
  await run(longTrace(blocks, onPiece));
  expect(pieces).toBe(blocks / PIECE);
  return most - least;
}

describe("a trace generated while it is read needs no more memory than its live blocks", () => {
  test("replayed, of 2 million events, which are 26 MB", { tags: ["thorough"] }, async () => {
    const heap = system({ parent: pages(Memory.linear()) });
    const bytes = await bytesVaried(1_000_000, async (source) => {
      expect(await replay(source, heap)).toMatchObject({ operations: 2_000_000, verified: 1_000_000, leaks: 0 });
    });
    expect(bytes).toBeLessThan(8 * MiB);
  });

  test("written, compressed and read again, of 800,000 events, which are 10 MB", async () => {
    const bytes = await bytesVaried(400_000, async (source) => {
      let events = 0;
      for await (const { length } of readTrace(writeTrace(source, { gzip: true }))) events += length;
      expect(events).toBe(800_000);
    });
    expect(bytes).toBeLessThan(4 * MiB);
  });
});

test("64 MB of noise without a line end, in a small gzip file, are refused at once", {
  tags: ["thorough"],
}, async () => {
  const zeros = gzip(new Uint8Array(64 * MiB));
  const before = inUse();
  let most = 0;
  const source = (async function* () {
    for (let start = 0; start < zeros.length; start += 1024) {
      yield zeros.subarray(start, start + 1024);
      most = Math.max(most, inUse());
    }
  })();
  await expect(readTrace(source).next()).rejects.toThrow(
    "trace line 1: cannot read the file: a line is longer than 65536 bytes",
  );
  expect(most - before).toBeLessThan(16 * MiB);
});

describe("a source is closed if the reading ends at an invalid line", () => {
  test.each([false, true])("gzip: %s", async (compressed) => {
    let ended = false;
    const bytes = traceOf(["a 0 8", "nonsense", ...Array.from({ length: 500 }, (_, id) => `a ${id * 7919}`)]);
    const all = compressed ? gzip(bytes) : bytes;
    async function* source() {
      try {
        for (let start = 0; ; start = (start + 100) % all.length) yield all.subarray(start, start + 100);
      } finally {
        ended = true;
      }
    }
    await expect(readTrace(source()).next()).rejects.toThrow("trace line 6: expected");
    await expect.poll(() => ended).toBe(true);
  });
});
