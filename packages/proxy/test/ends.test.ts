/**
 * Ends of observers: the inner allocator ends first, its drops may use them, and if anything throws, everything still ends and is
 * reported once.
 */
import { type Allocator, type Can, type Capability, Layout, Memory, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import { guard, leaks, proxy, stats } from "@alloc/proxy";
import { type Scoped, scoped } from "@alloc/scoped";
import { beforeEach, describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { small, take } from "./support/fixtures.ts";
import { forgetRegistries } from "./support/registries.ts";

beforeEach(forgetRegistries);

type Region = Can<"defer" | "reset" | "owns" | "resizeInPlace" | "check">;

const OBSERVERS: Record<string, <A extends Allocator>(inner: A) => A> = {
  proxy: (inner) => proxy(inner, {}) as never,
  stats: (inner) => stats(inner) as never,
  leaks: (inner) => leaks(inner) as never,
  guard: (inner) => guard(inner) as never,
  "stats(leaks(proxy))": (inner) => stats(leaks(proxy(inner, {}))) as never,
  "guard(stats(guard))": (inner) => guard(stats(guard(inner))) as never,
};

const root = () => pages(Memory.linear({ maximum: 2 ** 20 }));

/** Returns the errors of a call in order. */
function errorsOf(call: () => void): unknown[] {
  try {
    call();
    return [];
  } catch (error) {
    return (error as Partial<AggregateError>).errors ?? [error];
  }
}

const boom = (what: string) => () => {
  throw new Error(what);
};

describe.each(Object.entries(OBSERVERS))("%s", (_name, watch) => {
  describe.each(["dispose", "reset"] as const)("%s of a region", (end) => {
    const region = (parent: Allocator): Region => watch(scoped(8192, { parent }));

    test("runs the drops, and each may allocate, resize, release and defer through the observer", () => {
      const parent = root();
      const one = region(parent);
      const done: string[] = [];
      const ptr = take(one, small);
      one.defer(() => {
        one.deallocate(ptr, small);
        const next = orThrow(one.grow(take(one, small), small, Layout.of(80)), small);
        one.defer(() => {
          one.deallocate(next, Layout.of(80));
          done.push("inner");
        });
        done.push("outer");
      });
      one[end]();
      expect(done).toEqual(["outer", "inner"]);
      one.dispose();
      expect(parent.footprint().held).toBe(0);
    });

    test("whose drops throw: all run, everything ends, and each error is thrown once", () => {
      const parent = root();
      const one = region(parent);
      const done: string[] = [];
      take(one, small);
      one.defer(() => done.push("last"));
      one.defer(boom("first"));
      take(one, small);
      one.defer(boom("second"));
      expect(errorsOf(() => one[end]()).map(String)).toEqual(["Error: second", "Error: first"]);
      expect(done).toEqual(["last"]);
      expect(errorsOf(() => one.dispose())).toEqual([]);
      expect(parent.footprint().held).toBe(0);
    });

    test("whose drops throw leaves no block in any record", () => {
      const kept = leaks(scoped(8192, { parent: root() }));
      const one = watch(kept as unknown as Region);
      take(one, small);
      one.defer(boom("drop"));
      errorsOf(() => one[end]());
      expect(kept.live).toEqual([]);
      leaks.check();
      one.dispose();
    });
  });

  test("a drop that disposes the observer again changes nothing", () => {
    const parent = root();
    const one: Region = watch(scoped(8192, { parent }));
    take(one, small);
    one.defer(() => one.dispose());
    one.dispose();
    one.dispose();
    expect(parent.footprint().held).toBe(0);
  });

  test("an allocator that takes its chunks from the observer ends before it, while everything still works", () => {
    const parent = root();
    const one = watch(system({ parent })) as Allocator;
    const inside = scoped(1000, { parent: one });
    const list = freeList(64, { parent: one });
    const done: string[] = [];
    inside.defer(() => {
      one.deallocate(take(one, small), small);
      done.push("dropped");
    });
    take(list, small);
    one.dispose();
    expect([done, parent.footprint().held]).toEqual([["dropped"], 0]);
    expect(codeThrown(() => list.allocate(small))).toBe("disposed");
  });

  test("a parent that ends first ends the observed heap, whose calls then say so", () => {
    const parent = root();
    const heap = system({ parent });
    const one = watch(tinyHeap({ parent: heap })) as Allocator;
    take(one, small);
    heap.dispose();
    expect(parent.footprint().held).toBe(0);
    expect(codeThrown(() => one.allocate(small))).toBe("disposed");
    leaks.check();
    errorsOf(() => one.dispose());
    expect(errorsOf(() => one.dispose())).toEqual([]);
    expect(parent.footprint().held).toBe(0);
  });

  test("a lent allocator lives on, and the observer holds none of its memory", () => {
    const parent = root();
    const heap = tinyHeap({ parent });
    const one = watch(heap.byRef()) as Allocator;
    one.deallocate(take(one, small), small);
    one.dispose();
    heap.trim();
    expect(parent.footprint().held).toBe(0);
    heap.deallocate(take(heap, small), small);
  });

  test("a second owner is refused, and the first keeps its allocator", () => {
    const heap = tinyHeap({ parent: root() });
    const one = watch(heap) as Allocator;
    for (const other of Object.values(OBSERVERS)) expect(codeThrown(() => other(heap))).toBe("owned");
    one.deallocate(take(one, small), small);
    one.dispose();
  });

  test("the epoch changes with each reset and at the end, and with no other call", () => {
    const heap = tinyHeap({ parent: root() });
    const one = watch(heap) as Can<Capability>;
    const { epoch } = one;
    one.deallocate(take(one, small), small);
    one.trim();
    expect(one.epoch).toBe(epoch);
    one.reset();
    const afterReset = one.epoch;
    heap.reset();
    const afterInner = one.epoch;
    one.dispose();
    expect(new Set([epoch, afterReset, afterInner, one.epoch]).size).toBe(4);
  });

  test("a refused reset ends nothing", () => {
    const inner = scoped(8192, { parent: root() });
    const one: Region = watch(inner as Region);
    const ptr = take(one, small);
    const frame = inner.frame();
    expect(codeThrown(() => one.reset())).toBe("open-scope");
    frame.dispose();
    one.deallocate(ptr, small);
    one.check();
    one.dispose();
  });
});

describe("a record", () => {
  test("of stats counts a reset whose drop threw, and no block is live then", () => {
    const one = stats(scoped(1000, { parent: root() }));
    take(one, small);
    one.defer(boom("drop"));
    expect(() => one.reset()).toThrow("drop");
    expect(one.counters).toMatchObject({ numLive: 0, bytesLive: 0, numReset: 1, numAllocate: 1, numDeallocate: 0 });
    expect(take(one, Layout.of(900))).toBeGreaterThan(0);
  });

  test("of stats and leaks stays if a reset was refused", () => {
    const region = scoped(1000, { parent: root() });
    const kept = leaks(region);
    const one = stats(kept);
    take(one, small);
    region.frame();
    expect(codeThrown(() => one.reset())).toBe("open-scope");
    expect([one.counters.numLive, one.counters.numReset, kept.live.length]).toEqual([1, 0, 1]);
    one.dispose();
  });

  test("of a logger: a reset whose drop threw is reported, a refused one is not", () => {
    const region: Scoped = scoped(1000, { parent: root() });
    let resets = 0;
    const one = proxy(region, { reset: () => resets++ });
    const frame = region.frame();
    expect(codeThrown(() => one.reset())).toBe("open-scope");
    expect(resets).toBe(0);
    frame.dispose();
    one.defer(boom("drop"));
    expect(() => one.reset()).toThrow("drop");
    expect(resets).toBe(1);
  });

  test("of stats keeps its last values after the end, drops included", () => {
    const one = stats(scoped(1000, { parent: root() }));
    const ptr: Ptr = take(one, small);
    take(one, small);
    one.defer(() => one.deallocate(ptr, small));
    one.dispose();
    expect(one.counters).toMatchObject({ numAllocate: 2, numDeallocate: 1, numLive: 1 });
  });
});

describe("faults that a guard finds at the end", () => {
  test.each(["dispose", "reset"] as const)("by %s are reported once, even if a drop throws", (end) => {
    const one = guard(scoped(2000, { parent: root() }));
    const ptr = take(one, small);
    one.memory.u8[ptr + 40] = 0;
    one.defer(boom("drop"));
    const errors = errorsOf(() => one[end]());
    expect(errors.map((error) => (error as { code?: string }).code ?? String(error))).toEqual([
      "Error: drop",
      "overflow",
    ]);
    expect(errorsOf(() => one.dispose())).toEqual([]);
  });

  test("are found before the memory changes owner: a guard under it writes there when chunks are released", () => {
    const under = guard(pages(Memory.linear({ maximum: 2 ** 20 })).byRef());
    const one = guard(system({ parent: under }));
    take(one, small);
    const ptr = take(one, small);
    one.memory.u8[ptr - 1] = 0;
    expect(errorsOf(() => one.dispose()).map((error) => (error as { code: string }).code)).toEqual(["overflow"]);
    under.dispose();
  });

  test("are bounded in number", () => {
    const one = guard(system({ parent: root() }), { stackDepth: 0 });
    for (let count = 0; count < 500; count++) one.memory.u8[take(one, small) + 40] = 0;
    const errors = errorsOf(() => one.dispose());
    expect(errors.length).toBeLessThan(30);
    expect(String(errors.at(-1))).toMatch(/^Error: and \d+ more faults$/);
  });

  test("are ignored in a lent heap that was reset meanwhile: the bytes have a new owner", () => {
    const heap = tinyHeap({ parent: root() });
    const one = guard(heap.byRef());
    one.deallocate(take(one, small), small);
    take(one, small);
    heap.reset();
    const blocks = Array.from({ length: 20 }, () => take(heap, small));
    for (const ptr of blocks) heap.memory.fill(ptr, 40, 7);
    expect(one.bytesLive).toBe(0);
    one.check();
    one.trim();
    one.dispose();
    for (const ptr of blocks) heap.deallocate(ptr, small);
    heap.check();
  });

  test("name the reset of a lent heap for a block that it ended", () => {
    const heap = tinyHeap({ parent: root() });
    const one = guard(heap.byRef());
    const ptr = take(one, small);
    heap.reset();
    expect(codeThrown(() => one.deallocate(ptr, small))).toBe("double-free");
  });

  test("leave blocks that return to a lent allocator beneath a child", () => {
    const parent = root();
    const heap = tinyHeap({ parent });
    const one = guard(proxy(heap.byRef(), {}));
    one.deallocate(take(one, small), small);
    take(one, small);
    one.dispose();
    heap.trim();
    expect(parent.footprint().held).toBe(0);
  });
});

describe("leaks over a heap that ended elsewhere", () => {
  test.each(["reset", "dispose"] as const)("by %s of the lent allocator reports no block of it", (end) => {
    const heap = tinyHeap({ parent: root() });
    const one = leaks(heap.byRef());
    take(one, small);
    expect(one.bytesLive).toBe(40);
    heap[end]();
    expect([one.bytesLive, one.live]).toEqual([0, []]);
    leaks.check();
  });
});
