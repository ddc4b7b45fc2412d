/** Recording a program: what the recorder writes, as a trace. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseTrace } from "@alloc/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { traceText } from "../src/record/events.ts";

const [ALLOCATE, ALLOCATE_ZEROED, RESIZE, RELEASE] = [0, 1, 2, 3];
type Event = { kind: number; old: number; now: number; size: number; log: number };

function bytesOf(events: readonly Event[]): Uint8Array {
  const bytes = new Uint8Array(24 * events.length);
  const view = new DataView(bytes.buffer);
  for (const [index, { kind, old, now, size, log }] of events.entries()) {
    const at = 24 * index;
    for (const [offset, value] of [old, now].entries()) {
      view.setUint32(at + 8 * offset, value % 2 ** 32, true);
      view.setUint32(at + 8 * offset + 4, Math.floor(value / 2 ** 32), true);
    }
    view.setUint32(at + 16, size % 2 ** 32, true);
    view.setUint16(at + 20, Math.floor(size / 2 ** 32), true);
    view.setUint8(at + 22, log);
    view.setUint8(at + 23, kind);
  }
  return bytes;
}

const eventsOf = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
const event = (kind: number, old: number, now: number, size = 0, log = 0): Event => ({ kind, old, now, size, log });
const HIGH = 0x7f00_0000_1000;

describe("the text of recorded events", () => {
  test("names blocks in the order of allocation, wherever they lie", () => {
    const events = [
      event(ALLOCATE, 0, HIGH, 40),
      event(ALLOCATE_ZEROED, 0, 64, 16),
      event(RESIZE, HIGH, HIGH + 4096, 80),
      event(RELEASE, 64, 0),
      event(ALLOCATE, 0, 64, 100, 6),
      event(RELEASE, HIGH + 4096, 0),
      event(RELEASE, 64, 0),
    ];
    expect(eventsOf(traceText(bytesOf(events), {}))).toEqual([
      "a 0 40",
      "c 1 16",
      "r 0 80",
      "f 1",
      "a 2 100 64",
      "f 0",
      "f 2",
    ]);
  });

  test("leaves out the release of an unknown block, and makes its resize an allocation", () => {
    const events = [event(RELEASE, 64, 0), event(RESIZE, 128, 256, 8)];
    expect(eventsOf(traceText(bytesOf(events), {}))).toEqual(["a 0 8", "f 0"]);
  });

  test("leaves out a block that no trace can name", () => {
    expect(eventsOf(traceText(bytesOf([event(ALLOCATE, 0, 64, 2 ** 33)]), {}))).toEqual([]);
  });

  test("ends after the most events, and releases the blocks that stay", () => {
    const events = [1, 2, 3, 4].map((at) => event(ALLOCATE, 0, 64 * at, 8));
    expect(eventsOf(traceText(bytesOf(events), {}, 2))).toEqual(["a 0 8", "a 1 8", "f 0", "f 1"]);
  });

  test("is a trace, whatever was recorded", async () => {
    const address = fc.nat(20).map((at) => at * 16);
    const any = fc.record({
      kind: fc.nat(3),
      old: address,
      now: address.map((at) => at + 16),
      size: fc.oneof(fc.nat(4096), fc.constant(2 ** 40)),
      log: fc.nat(12),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(any, { maxLength: 60 }), fc.nat(60), async (events, most) => {
        const { length, header } = await parseTrace(new TextEncoder().encode(traceText(bytesOf(events), {}, most)));
        expect(header.ops).toBe(length);
      }),
    );
  });
});

const hasCompiler = process.platform === "linux" && spawnSync(process.env.CC ?? "cc", ["--version"]).status === 0;

test("npm run record writes the calls of a program", { tags: ["thorough"] }, async ({ skip }) => {
  if (!hasCompiler) skip("there is no C compiler");
  const folder = mkdtempSync(join(tmpdir(), "alloc-record-"));
  try {
    const out = join(folder, "tr.trace.gz");
    const command = ["build/run.mjs", "benchmarks/src/record.ts", out, "--json", "--", "/bin/ls", "/"];
    const said = JSON.parse(
      execFileSync(process.execPath, command, { stdio: ["ignore", "pipe", "ignore"] }).toString(),
    );
    const { header, length } = await parseTrace(readFileSync(out));
    expect(said).toMatchObject({ out, ops: length, fields: { name: "tr", program: "ls /" } });
    expect(header.ids).toBeGreaterThan(10);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
