import { ALLOCATE, ALLOCATE_ZEROED, parseTrace, RELEASE, RESIZE, TraceBuilder } from "@alloc/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { traceOf } from "../trace-text.ts";

/** The next step of a program: allocate, or resize or release one of the live blocks. */
const step = fc.record({
  kind: fc.constantFrom(ALLOCATE, ALLOCATE_ZEROED, RESIZE, RELEASE),
  size: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  align: fc.constantFrom(0, 32, 4096, 2 ** 31),
  which: fc.nat(),
});

describe("a built trace", () => {
  test("has the events in order of the calls, then the releases of the live blocks in order of allocation", () => {
    const builder = new TraceBuilder();
    const first = builder.allocate(40);
    const second = builder.allocateZeroed(16, 64);
    const third = builder.allocate(0);
    builder.release(second);
    builder.resize(first, 80);
    const { kinds, ids, sizes, aligns } = builder.finish();
    expect([first, second, third]).toEqual([0, 1, 2]);
    expect([...kinds]).toEqual([ALLOCATE, ALLOCATE_ZEROED, ALLOCATE, RELEASE, RESIZE, RELEASE, RELEASE]);
    expect([...ids]).toEqual([0, 1, 2, 1, 0, 0, 2]);
    expect([...sizes]).toEqual([40, 16, 0, 0, 80, 0, 0]);
    expect([...aligns]).toEqual([0, 64, 0, 0, 0, 0, 0]);
  });

  test("equals a trace read from text with the same events, for every program", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const builder = new TraceBuilder();
        const events: string[] = [];
        const live: number[] = [];
        for (const { kind, size, align, which } of steps) {
          if (kind === ALLOCATE || kind === ALLOCATE_ZEROED) {
            const id = kind === ALLOCATE ? builder.allocate(size, align) : builder.allocateZeroed(size, align);
            live.push(id);
            events.push(`${kind === ALLOCATE ? "a" : "c"} ${id} ${size}${align === 0 ? "" : ` ${align}`}`);
          } else if (live.length > 0) {
            const id = kind === RESIZE ? live[which % live.length]! : live.splice(which % live.length, 1)[0]!;
            if (kind === RESIZE) builder.resize(id, size);
            else builder.release(id);
            events.push(kind === RESIZE ? `r ${id} ${size}` : `f ${id}`);
          }
        }
        const read = await parseTrace(traceOf([...events, ...live.map((id) => `f ${id}`)]));
        const built = builder.finish();
        expect({ ...built }).toEqual({ ...read, header: built.header });
        expect(built.header).toEqual({ ...read.header, fields: built.header.fields });
      }),
    );
  });

  test("has the given fields and the counts, as text", () => {
    const builder = new TraceBuilder();
    builder.allocate(8);
    expect(builder.finish({ name: "tiny" }).header.fields).toEqual({
      name: "tiny",
      ids: "1",
      ops: "2",
      peak: "8",
      maxlive: "1",
    });
  });

  test("may be empty", () => {
    expect(new TraceBuilder().finish().header).toMatchObject({ ids: 0, ops: 0, peak: 0, maxlive: 0 });
  });

  test("does not change when the builder is used further", () => {
    const builder = new TraceBuilder();
    builder.allocate(8);
    const trace = builder.finish();
    builder.allocate(16);
    expect([trace.length, trace.header.ops, [...trace.sizes]]).toEqual([2, 2, [8, 0]]);
  });

  test("may exceed the initial capacity", () => {
    const builder = new TraceBuilder();
    for (let size = 0; size < 10_000; size++) builder.allocate(size);
    const { length, ids, sizes } = builder.finish();
    expect([length, ids[9999], sizes[9999], ids[10_000], ids[19_999]]).toEqual([20_000, 9999, 9999, 0, 9999]);
  });
});

describe("an invalid event is refused and changes nothing", () => {
  const builder = new TraceBuilder();
  const dead = builder.allocate(8);
  builder.release(dead);
  const live = builder.allocate(8);
  const cases: [what: string, call: () => void, message: string][] = [
    ["a negative size", () => builder.allocate(-1), "the size must be an integer from 0 to 4294967295 bytes, got -1"],
    [
      "a fraction",
      () => builder.allocateZeroed(1.5),
      "the size must be an integer from 0 to 4294967295 bytes, got 1.5",
    ],
    ["no number", () => builder.resize(live, NaN), "the size must be an integer from 0 to 4294967295 bytes, got NaN"],
    [
      "4 GiB",
      () => builder.allocate(2 ** 32),
      "the size must be an integer from 0 to 4294967295 bytes, got 4294967296",
    ],
    [
      "an align of 24",
      () => builder.allocate(8, 24),
      "the align must be a power of two up to 2147483648, or 0 for none, got 24",
    ],
    [
      "an align of 4 GiB",
      () => builder.allocate(8, 2 ** 32),
      "the align must be a power of two up to 2147483648, or 0 for none, got 4294967296",
    ],
    ["a second release", () => builder.release(dead), "expected the id of a live block, got 0: already released"],
    [
      "the resize of a dead block",
      () => builder.resize(dead, 8),
      "expected the id of a live block, got 0: already released",
    ],
    [
      "an id that was never allocated",
      () => builder.release(7),
      "expected the id of a live block, got 7: never allocated",
    ],
  ];

  test.each(cases)("%s", (_, call, message) => {
    expect(call).toThrow(expect.objectContaining({ code: "argument", message }));
    expect([builder.ids, builder.events.length, builder.census.bytes]).toEqual([2, 3, 8]);
  });
});
