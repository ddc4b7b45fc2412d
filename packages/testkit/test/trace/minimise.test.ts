import { type Allocator, type Layout, Memory, type Null, type Ptr, pages } from "@alloc/core";
import { minimiseTrace, parseTrace, replay, type Trace, writeTrace } from "@alloc/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Reference } from "../reference.ts";
import { bytesOf, traceOf } from "../trace-text.ts";
import { collect, events } from "./programs.ts";

const memory = Memory.linear({ maximum: 16 * 2 ** 20 });
const linesOf = async (trace: Trace) =>
  new TextDecoder()
    .decode(await collect(writeTrace(trace)))
    .split("\n")
    .filter((line) => /^[acrf] /.test(line));
/** Returns whether an allocator fails a trace. */
const failsIn = (Faulty: new (parent: Allocator) => Allocator) => async (trace: Trace) => {
  const allocator = new Faulty(pages(memory));
  const verdict = await replay(trace, allocator).then(
    () => false,
    ({ name }: Error) => name === "ReplayError",
  );
  allocator.dispose();
  return verdict;
};

/** A long deterministic program: `count` blocks of up to 200 bytes, some resized, few live at once. */
function program(count: number, extra: (id: number) => string[]): string[] {
  const lines: string[] = [];
  for (let id = 0; id < count; id++) {
    lines.push(`${id % 3 === 0 ? "c" : "a"} ${id} ${25 + ((id * 73) % 150)}${id % 7 === 0 ? " 64" : ""}`, ...extra(id));
    if (id % 4 === 1) lines.push(`r ${id} ${30 + ((id * 31) % 300)}`);
    if (id >= 10) lines.push(`f ${id - 10}`);
  }
  for (let id = Math.max(0, count - 10); id < count; id++) lines.push(`f ${id}`);
  return lines;
}

/** Breaks the block of 24 bytes if another one is resized to 1000 bytes or more while it is live. */
class Planted extends Reference {
  victim = 0;
  override allocate(layout: Layout): Ptr | Null {
    const ptr = super.allocate(layout);
    if (layout.size === 24) this.victim = ptr;
    return ptr;
  }
  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    if (to.size >= 1000 && this.victim !== 0 && this.victim !== ptr) this.memory.u8[this.victim]! ^= 0xff;
    return super.grow(ptr, from, to);
  }
  override deallocate(ptr: Ptr, layout: Layout): void {
    if (ptr === this.victim) this.victim = 0;
    super.deallocate(ptr, layout);
  }
}

describe("a planted fault is reduced to the fewest calls", () => {
  test("with two blocks, one of an exact size, one resized beyond a bound", async () => {
    const lines = program(400, (id) => (id === 293 ? ["r 289 4321"] : []));
    const planted = lines.map((line) => (line.startsWith("a 292 ") ? "a 292 24" : line));
    let tries = 0;
    const least = await minimiseTrace(traceOf(planted), failsIn(Planted), { onProgress: () => tries++ });
    expect(await linesOf(least)).toEqual(["a 0 0", "a 1 24", "r 0 1000", "f 0", "f 1"]);
    expect(tries).toBeLessThan(100);
  });

  test("with one zeroed block of an align", async () => {
    class Stale extends Reference {
      override allocateZeroed(layout: Layout): Ptr | Null {
        const ptr = super.allocateZeroed(layout);
        if (layout.align >= 64 && layout.size >= 100) this.memory.u8[ptr + 99] = 1;
        return ptr;
      }
    }
    const lines = program(200, () => []);
    const least = await minimiseTrace(traceOf(lines), failsIn(Stale));
    expect(await linesOf(least)).toEqual(["c 0 100 64", "f 0"]);
  });

  test("with a size that only a resize had", async () => {
    const fails = ({ sizes }: Trace) => sizes.includes(777);
    const least = await minimiseTrace(traceOf(program(50, (id) => (id === 30 ? ["r 25 777"] : []))), fails);
    expect(await linesOf(least)).toEqual(["a 0 777", "f 0"]);
  });

  test("without aligns and zeroing that it does not need", async () => {
    const fails = ({ header }: Trace) => header.ids > 1;
    const least = await minimiseTrace(traceOf(["c 0 40 64", "c 1 8", "a 2 8 32", "f 0", "f 1", "f 2"]), fails);
    expect(await linesOf(least)).toEqual(["a 0 0", "a 1 0", "f 0", "f 1"]);
  });

  test("where one block can be left out only after another one became smaller", async () => {
    const fails = ({ header, sizes }: Trace) => header.ids > 1 || (sizes[0] ?? 50) < 10;
    const least = await minimiseTrace(traceOf(["a 0 50", "a 1 50", "f 0", "f 1"]), fails);
    expect(await linesOf(least)).toEqual(["a 0 0", "f 0"]);
  });

  test("that needs many live blocks", async () => {
    const fails = ({ header }: Trace) => header.maxlive >= 9;
    const least = await minimiseTrace(traceOf(program(100, () => [])), fails);
    expect(least.header).toMatchObject({ ids: 9, ops: 18, peak: 0, maxlive: 9 });
  });
});

describe("the result", () => {
  const count = (trace: Trace, kind: number) => trace.kinds.reduce((sum, its) => sum + (its === kind ? 1 : 0), 0);
  const faults: fc.Arbitrary<(trace: Trace) => boolean> = fc.oneof(
    fc.nat(200).map((size) => (trace: Trace) => trace.sizes.some((its) => its > size)),
    fc.nat(4).map((resizes) => (trace: Trace) => count(trace, 2) >= resizes),
    fc.nat(6).map((blocks) => (trace: Trace) => trace.header.maxlive >= blocks),
    fc.nat(100_000).map((bytes) => (trace: Trace) => trace.header.peak > bytes),
    fc.nat(9).map((log) => (trace: Trace) => trace.aligns.includes(2 ** log) && trace.header.ids > 1),
  );

  test("is a trace that fails, and so is every attempt that was kept", async () => {
    await fc.assert(
      fc.asyncProperty(events, faults, async (lines, fault) => {
        const trace = await parseTrace(traceOf(lines));
        fc.pre(fault(trace));
        const fails = async (some: Trace) => {
          expect(await parseTrace(some)).toEqual(some);
          return fault(some);
        };
        expect(fault(await parseTrace(await minimiseTrace(trace, fails)))).toBe(true);
      }),
    );
  });

  test("passes if any one of its blocks is left out", async () => {
    await fc.assert(
      fc.asyncProperty(events, faults, async (lines, fault) => {
        const trace = await parseTrace(traceOf(lines));
        fc.pre(fault(trace));
        const least = await minimiseTrace(trace, fault);
        const text = await linesOf(least);
        for (let id = 0; id < least.header.ids; id++) {
          const others = text.filter((line) => line.split(" ")[1] !== `${id}`);
          const again = others.map((line) =>
            line.replace(/(?<= )\d+/, (its) => `${Number(its) - (Number(its) > id ? 1 : 0)}`),
          );
          expect(fault(await parseTrace(traceOf(again)))).toBe(false);
        }
      }),
    );
  });

  test("passes with any one of its sizes lowered by 1", async () => {
    await fc.assert(
      fc.asyncProperty(events, faults, async (lines, fault) => {
        const trace = await parseTrace(traceOf(lines));
        fc.pre(fault(trace));
        const text = await linesOf(await minimiseTrace(trace, fault));
        for (let index = 0; index < text.length; index++) {
          const [what, id, size, align = ""] = text[index]!.split(" ");
          if (what === "f" || size === "0") continue;
          const less = text.with(index, `${what} ${id} ${Number(size) - 1} ${align}`.trimEnd());
          expect(fault(await parseTrace(traceOf(less)))).toBe(false);
        }
      }),
    );
  });

  test("is the same each time", async () => {
    const fails = ({ header }: Trace) => header.peak > 1200 && header.maxlive > 5;
    const source = traceOf(program(100, () => []));
    expect(await minimiseTrace(source, fails)).toEqual(await minimiseTrace(source, fails));
  });

  test("keeps the fields of the header", async () => {
    const text = new TextDecoder().decode(traceOf(["a 0 8", "f 0", "a 1 9", "f 1"]));
    const least = await minimiseTrace(bytesOf(`# name: tiny\n${text}`), ({ ids }) => ids.length > 0);
    expect(least.header).toEqual({
      ids: 1,
      ops: 2,
      peak: 0,
      maxlive: 1,
      fields: { name: "tiny", ids: "1", ops: "2", peak: "0", maxlive: "1" },
    });
  });
});

test("with few tries the result still fails, and the limit is kept", async () => {
  const told: [tries: number, events: number][] = [];
  let asked = 0;
  const fails = ({ header }: Trace) => {
    asked++;
    return header.maxlive > 5;
  };
  const source = await parseTrace(traceOf(program(100, () => [])));
  const least = await minimiseTrace(source, fails, { tries: 7, onProgress: (...its) => told.push(its) });
  expect(fails(least)).toBe(true);
  expect(asked).toBe(1 + 7 + 1);
  expect(told.map(([tries]) => tries)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(told.at(-1)![1]).toBe(least.length);
  expect(least.length).toBeLessThan(source.length);
});

test("a trace that does not fail is refused", async () => {
  const source = traceOf(["a 0 8", "f 0"]);
  await expect(minimiseTrace(source, () => false)).rejects.toThrow("minimiseTrace expects a trace that fails");
});

test("errors of `fails` are rethrown", async () => {
  const source = traceOf(["a 0 8", "f 0"]);
  const fails = () => Promise.reject(new Error("no such allocator"));
  await expect(minimiseTrace(source, fails)).rejects.toThrow("no such allocator");
});
