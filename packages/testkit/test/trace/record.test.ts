import { limit } from "@alloc/combinators";
import { type Allocator, type Capability, can, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { tinyHeap } from "@alloc/global";
import { parseTrace, RELEASE, record, replay, type Trace, writeTrace } from "@alloc/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../../checks/support/thrown.ts";
import { traceOf } from "../trace-text.ts";
import { collect } from "./programs.ts";

const memory = Memory.linear({ maximum: 64 * 2 ** 20 });
const parent = pages(memory);
const heap = () => record(tinyHeap({ parent }));
const take = (allocator: Allocator, layout: Layout) => orThrow(allocator.allocate(layout), layout);
const [empty, small, large] = [Layout.of(0), Layout.of(40), Layout.of(400)];
/** The events of a trace, as text. */
const linesOf = async (trace: Trace) =>
  new TextDecoder()
    .decode(await collect(writeTrace(trace)))
    .split("\n")
    .filter((line) => /^[acrf] /.test(line));

describe("a recorder records", () => {
  test("requests, resizes and releases, in their order", async () => {
    const recorded = heap();
    const first = take(recorded, small);
    const second = orThrow(recorded.allocateZeroed(large), large);
    const grown = orThrow(recorded.grow(first, small, large), large);
    const shrunk = orThrow(recorded.shrink(second, large, small), small);
    const zeroed = orThrow(recorded.growZeroed(shrunk, small, large), large);
    recorded.deallocate(grown, large);
    recorded.deallocate(zeroed, large);
    expect(await linesOf(recorded.trace())).toEqual([
      "a 0 40",
      "c 1 400",
      "r 0 400",
      "r 1 40",
      "r 1 400",
      "f 0",
      "f 1",
    ]);
  });

  test("a resize in place that succeeds, and not one that does not", async () => {
    const recorded = record(freeList(64, { parent }));
    const ptr = take(recorded, small);
    expect(recorded.resizeInPlace(ptr, small, Layout.of(64))).toBe(true);
    expect(recorded.resizeInPlace(ptr, Layout.of(64), Layout.of(65))).toBe(false);
    expect(await linesOf(recorded.trace())).toEqual(["a 0 40", "r 0 64", "f 0"]);
  });

  test("a reset as the release of all blocks, in order of ids", async () => {
    const recorded = heap();
    const first = take(recorded, small);
    const second = take(recorded, small);
    recorded.grow(first, small, large);
    recorded.reset();
    const again = [take(recorded, small), take(recorded, small)];
    expect(again).toContain(second);
    expect(await linesOf(recorded.trace())).toEqual([
      "a 0 40",
      "a 1 40",
      "r 0 400",
      "f 0",
      "f 1",
      "a 2 40",
      "a 3 40",
      "f 2",
      "f 3",
    ]);
  });

  test("aligns of more than 16", async () => {
    const recorded = heap();
    for (const align of [1, 16, 32, 4096]) take(recorded, Layout.of(8, align));
    expect((await linesOf(recorded.trace())).slice(0, 4)).toEqual(["a 0 8", "a 1 8", "a 2 8 32", "a 3 8 4096"]);
  });

  test("a resize that changes such an align as a release and an allocation", async () => {
    const recorded = heap();
    const ptr = take(recorded, Layout.of(40, 8));
    const moved = orThrow(recorded.grow(ptr, Layout.of(40, 8), Layout.of(80, 64)), large);
    recorded.shrink(moved, Layout.of(80, 64), Layout.of(60, 64));
    expect(await linesOf(recorded.trace())).toEqual(["a 0 40", "f 0", "a 1 80 64", "r 1 60", "f 1"]);
  });

  test("a resize from size 0 as an allocation and one to size 0 as a release", async () => {
    const recorded = heap();
    const ptr = orThrow(recorded.grow(empty.dangling, empty, small), small);
    const zeroed = orThrow(recorded.growZeroed(empty.dangling, empty, small), small);
    recorded.shrink(ptr, small, empty);
    recorded.deallocate(zeroed, small);
    expect(await linesOf(recorded.trace())).toEqual(["a 0 40", "c 1 40", "f 0", "f 1"]);
  });

  test("no request of size 0", () => {
    const recorded = heap();
    const ptr = take(recorded, empty);
    recorded.grow(ptr, empty, empty);
    recorded.deallocate(ptr, empty);
    expect(recorded.trace().length).toBe(0);
  });

  test("no request that found no room", async () => {
    const recorded = record(limit(tinyHeap({ parent }), 100));
    const ptr = take(recorded, small);
    expect([recorded.allocate(large), recorded.allocateZeroed(large), recorded.grow(ptr, small, large)]).toEqual([
      NULL,
      NULL,
      NULL,
    ]);
    expect(await linesOf(recorded.trace())).toEqual(["a 0 40", "f 0"]);
  });

  test("no detected misuse", async () => {
    const recorded = heap();
    const ptr = take(recorded, small);
    expect(codeThrown(() => recorded.deallocate(ptr, large))).toBe("wrong-layout");
    const grown = orThrow(recorded.grow(ptr, small, large), large);
    recorded.deallocate(grown, large);
    expect(codeThrown(() => recorded.deallocate(grown, large))).toBe("double-free");
    expect(codeThrown(() => recorded.grow(grown, large, large))).toBe("double-free");
    expect(await linesOf(recorded.trace())).toEqual(["a 0 40", "r 0 400", "f 0"]);
  });

  test("the release of a block by the size that sizeAt returns", async () => {
    const recorded = heap();
    const ptr = take(recorded, Layout.of(8, 64));
    recorded.deallocate(ptr, Layout.of(recorded.sizeAt(ptr), 1));
    take(recorded, small);
    expect((await linesOf(recorded.trace())).slice(0, 3)).toEqual(["a 0 8 64", "f 0", "a 1 40"]);
  });

  test("a block released without the recorder, when its address is handed out again", async () => {
    const inner = freeList(64, { blocks: 1, parent });
    const recorded = record(inner);
    inner.deallocate(take(recorded, small), small);
    take(recorded, small);
    expect(await linesOf(recorded.trace())).toEqual(["a 0 40", "f 0", "a 1 40", "f 1"]);
  });

  test("a block handed out without the recorder, from its first resize on", async () => {
    const inner = tinyHeap({ parent });
    const recorded = record(inner);
    const [first, second] = [take(inner, small), take(inner, small)];
    recorded.deallocate(first, small);
    recorded.grow(second, small, large);
    expect(await linesOf(recorded.trace())).toEqual(["a 0 400", "f 0"]);
  });
});

describe("the trace of a recorder", () => {
  test("has the given fields and the counts in its header", () => {
    const recorded = record(tinyHeap({ parent }), { name: "tiny", ids: "wrong" });
    recorded.deallocate(take(recorded, small), small);
    take(recorded, large);
    const counted = { ids: 2, ops: 4, peak: 400, maxlive: 1 };
    const fields = { name: "tiny", ids: "2", ops: "4", peak: "400", maxlive: "1" };
    expect(recorded.trace().header).toEqual({ ...counted, fields });
  });

  test("is a copy: neither changes the other", async () => {
    const recorded = heap();
    const ptr = take(recorded, small);
    const trace = recorded.trace();
    recorded.grow(ptr, small, large);
    expect(await linesOf(trace)).toEqual(["a 0 40", "f 0"]);
    expect(await linesOf(recorded.trace())).toEqual(["a 0 40", "r 0 400", "f 0"]);
  });

  test("of a replayed trace is that trace", async () => {
    const size = fc.integer({ min: 1, max: 70_000 });
    const step = fc.record({ what: fc.constantFrom("a", "a", "c", "r", "f"), size, log: fc.nat(12), block: fc.nat() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const live: number[] = [];
        const lines: string[] = [];
        let ids = 0;
        for (const { what, size, log, block } of steps) {
          const at = block % Math.max(1, live.length);
          if (what === "a" || what === "c") lines.push(`${what} ${ids} ${size}${log > 4 ? ` ${2 ** log}` : ""}`);
          else if (live.length > 0) lines.push(what === "r" ? `r ${live[at]} ${size}` : `f ${live.splice(at, 1)[0]}`);
          if (what === "a" || what === "c") live.push(ids++);
        }
        const trace = await parseTrace(traceOf([...lines, ...live.map((id) => `f ${id}`)]));
        using recorded = heap();
        await replay(trace, recorded);
        expect(recorded.trace()).toEqual(trace);
      }),
    );
  });
});

test("after any program the trace is valid and has the live blocks", async () => {
  const layout = fc
    .tuple(fc.oneof(fc.constant(0), fc.nat(100), fc.nat(5000)), fc.constantFrom(1, 8, 16, 64))
    .map(([size, align]) => Layout.of(size, align));
  const step = fc.record({
    what: fc.constantFrom("allocate", "allocateZeroed", "resize", "resize", "inPlace", "release", "release", "reset"),
    layout,
    block: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      using recorded = record(limit(tinyHeap({ parent }), 20_000));
      let live: { ptr: Ptr; layout: Layout }[] = [];
      for (const { what, layout: to, block } of steps) {
        const old = live[block % Math.max(1, live.length)];
        if (what === "reset" && block % 3 === 0) {
          recorded.reset();
          live = [];
        } else if (what === "allocate" || what === "allocateZeroed") {
          const ptr = recorded[what](to);
          if (ptr !== NULL) live.push({ ptr, layout: to });
        } else if (old !== undefined && what === "release") {
          live.splice(live.indexOf(old), 1);
          recorded.deallocate(old.ptr, old.layout);
        } else if (old !== undefined && what === "resize") {
          const how = to.size < old.layout.size ? "shrink" : block % 2 === 0 ? "grow" : "growZeroed";
          const ptr = recorded[how](old.ptr, old.layout, to);
          if (ptr !== NULL) Object.assign(old, { ptr, layout: to });
        } else if (old !== undefined && what === "inPlace") {
          if (recorded.resizeInPlace(old.ptr, old.layout, to)) old.layout = to;
        }
      }
      const trace = await parseTrace(recorded.trace());
      const expected = live.filter(({ layout }) => layout.size > 0).map(({ layout }) => textOf(layout));
      expect(liveAfter(trace.length - expected.length, trace)).toEqual(expected.sort());
    }),
  );
});

test("a recorder has the capabilities of its inner allocator", () => {
  const capabilities: Capability[] = ["owns", "reset", "resizeInPlace", "defer", "sizeAt", "check", "trim"];
  const inner = [tinyHeap({ parent }), freeList(64, { parent }), tinyHeap({ parent }).byRef()];
  for (const allocator of inner) {
    const of = (some: Allocator) => capabilities.filter((capability) => can(some, capability));
    expect(of(record(allocator))).toEqual(of(allocator));
  }
});

test("a disposed recorder returns no trace", () => {
  const recorded = heap();
  recorded.dispose();
  expect(codeThrown(() => recorded.trace())).toBe("disposed");
});

function textOf({ size, align }: Layout): string {
  return `${size} ${align > 16 ? align : 0}`;
}

/** The blocks that are live after some events of a trace. */
function liveAfter(events: number, { kinds, ids, sizes, aligns }: Trace): string[] {
  const live = new Map<number, { size: number; align: number }>();
  for (let index = 0; index < events; index++) {
    const id = ids[index]!;
    if (kinds[index] === RELEASE) live.delete(id);
    else live.set(id, { size: sizes[index]!, align: live.get(id)?.align ?? aligns[index]! });
  }
  return [...live.values()].map(({ size, align }) => `${size} ${align}`).sort();
}
