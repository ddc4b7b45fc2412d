import { createHash } from "node:crypto";
import { Memory, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { parseTrace, RELEASE, replay, type Trace, WORKLOADS } from "@alloc/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf } from "../trace-text.ts";

/** The text of a trace, as docs/traces.md has it. */
function textOf(trace: Trace): string {
  const header = Object.entries(trace.header.fields).map(([key, value]) => `# ${key}: ${value}\n`);
  return `${header.join("")}${eventsOf(trace)}`;
}

function eventsOf({ length, kinds, ids, sizes, aligns }: Trace): string {
  let text = "";
  for (let index = 0; index < length; index++) {
    const size = kinds[index] === RELEASE ? "" : ` ${sizes[index]}`;
    const align = aligns[index] === 0 ? "" : ` ${aligns[index]}`;
    text += `${"acrf"[kinds[index]!]} ${ids[index]}${size}${align}\n`;
  }
  return text;
}

/** Workloads that do not look at the seed. */
const WITHOUT_CHANCE = ["glibc-simple", "sh6bench", "binary", "binary2", "robson"];
const options = fc.record({
  seed: fc.maxSafeInteger(),
  operations: fc.integer({ min: 2, max: 3000 }),
  live: fc.integer({ min: 8, max: 400 }),
});

test("each workload stands under its name", () => {
  for (const [key, { name }] of Object.entries(WORKLOADS)) expect(name).toBe(key);
});

describe.each(Object.values(WORKLOADS))("$name", (workload) => {
  test("names its source and what it stresses, in one line each", () => {
    expect(workload.source).toMatch(/^[^\n]*\b(19|20)\d\d\b|^.*Bryant/);
    expect(workload.stresses).toMatch(/^[^\n]{20,}$/);
  });

  test("has exactly the requested number of events, one less if that is odd", () => {
    fc.assert(
      fc.property(options, (asked) => {
        expect(workload.make(asked).length).toBe(asked.operations - (asked.operations % 2));
      }),
      { numRuns: 20 },
    );
  });

  test("is a trace in the format: its text is read as the same events and the same header", async () => {
    await fc.assert(
      fc.asyncProperty(options, async (asked) => {
        const made = workload.make(asked);
        const read = await parseTrace(bytesOf(textOf(made)));
        expect(read.header).toEqual(made.header);
        expect(textOf(read)).toBe(textOf(made));
      }),
      { numRuns: 20 },
    );
  });

  test("never has more blocks live than requested", () => {
    fc.assert(
      fc.property(options, (asked) => {
        expect(workload.make(asked).header.maxlive).toBeLessThanOrEqual(asked.live);
      }),
      { numRuns: 20 },
    );
  });

  test("gets past its beginning in 400 events: most blocks are released before the end", () => {
    const { kinds, header } = workload.make({ operations: 400 });
    const last = kinds.lastIndexOf(0);
    const before = kinds.subarray(0, last).filter((kind) => kind === RELEASE).length;
    expect(before).toBeGreaterThan(50);
    expect(header.maxlive).toBeLessThanOrEqual(100);
  });

  test("is the same for the same seed, byte for byte", () => {
    const [one, other] = [workload.make({ seed: 5, operations: 2000 }), workload.make({ seed: 5, operations: 2000 })];
    expect(textOf(one)).toBe(textOf(other));
  });

  test(`is ${WITHOUT_CHANCE.includes(workload.name) ? "the same" : "another one"} for another seed`, () => {
    const [one, other] = [5, 6].map((seed) => eventsOf(workload.make({ seed, operations: 2000 })));
    expect(one === other).toBe(WITHOUT_CHANCE.includes(workload.name));
  });

  test("has 100,000 events by default, and describes itself in the header", () => {
    const { header } = workload.make();
    expect(header.ops).toBe(100_000);
    expect(header.fields).toMatchObject({
      name: workload.name,
      program: workload.stresses,
      source: workload.source,
      seed: "1",
    });
    expect(Number(header.fields.live)).toBeGreaterThanOrEqual(header.maxlive);
  });

  test("comes out clean through system()", async () => {
    const heap = system({ parent: pages(Memory.linear()) });
    const report = await replay(bytesOf(textOf(workload.make({ operations: 20_000 }))), heap);
    expect(report).toMatchObject({ operations: 20_000, verified: 10_000, leaks: 0 });
    heap.check();
  });

  test.each([
    ["seed", 1.5, "seed must be an integer from -9007199254740991 to 9007199254740991, got 1.5"],
    ["operations", 1, "operations must be an integer from 2 to 1073741824, got 1"],
    ["operations", Infinity, "operations must be an integer from 2 to 1073741824, got Infinity"],
    ["live", 7, "live must be an integer from 8 to 16777216, got 7"],
    ["live", NaN, "live must be an integer from 8 to 16777216, got NaN"],
  ])("refuses %s %d", (option, value, message) => {
    expect(() => workload.make({ [option]: value })).toThrow(expect.objectContaining({ code: "argument", message }));
  });
});

// Published measurements hold only while a workload stays the same: a change here is a change for users.
test("a seed always gives the same events", () => {
  const digests = Object.values(WORKLOADS).map((workload) => {
    const events = eventsOf(workload.make({ seed: 1, operations: 10_000, live: 1000 }));
    return `${workload.name} ${createHash("sha256").update(events).digest("hex").slice(0, 16)}`;
  });
  expect(digests).toMatchInlineSnapshot(`
    [
      "larson a1c1ed4b447721a2",
      "alloc-test a431e7cc15b45b83",
      "glibc-simple 253c59c837b46feb",
      "sh6bench ee75cdc7b05eb5c2",
      "rptest-fixed fe5dd45d4d92c296",
      "rptest-linear a2233641f4a10ba6",
      "rptest-exponential eb711c4136f80f06",
      "mstress 9748954a8b48a61a",
      "binary 6f9d7923139d12d9",
      "binary2 88e9a13199d8b3d2",
      "robson fb3d069bc7f5bb13",
      "turns 62370b6e17bc7ae2",
      "half-turns e298ae55f05e503c",
      "sawtooth a8d6b82d0baec760",
      "uniforms 8f4f1401dfc808c2",
    ]
  `);
});
