/** Ends of combinators: children first, drops that use the combinator, drops that throw. */
import {
  affix,
  aligned,
  bucketize,
  budget,
  cascade,
  fallback,
  freeTree,
  limit,
  quantize,
  segregate,
} from "@alloc/combinators";
import { Allocator, type Can, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { tinyHeap } from "@alloc/global";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const layout = Layout.of(100);
const root = () => pages(Memory.linear({ maximum: 2 ** 22 }));
const take = (allocator: Allocator, asked = layout) => orThrow(allocator.allocate(asked), asked);
const fail =
  (message = "drop") =>
  () => {
    throw new Error(message);
  };
type Region = Can<"owns" | "reset" | "defer" | "resizeInPlace">;

const WRAPPERS: Readonly<Record<string, (inner: Region) => Region>> = {
  limit: (inner) => limit(inner, 10_000),
  quantize: (inner) => quantize(inner, 48),
  aligned: (inner) => aligned(inner, 32),
  affix: (inner) => affix(inner, { prefix: Layout.of(8), suffix: Layout.of(4) }),
  freeTree: (inner) => freeTree(inner),
  from: (inner) => Allocator.from(inner) as Region,
  "limit(freeTree)": (inner) => limit(freeTree(inner), 10_000),
  "freeTree(limit)": (inner) => freeTree(limit(inner, 10_000)),
};

describe.each(Object.entries(WRAPPERS))("%s around a region", (_, wrap) => {
  test.each(["dispose", "reset"] as const)("lets a drop read, release and allocate through it at %s", (end) => {
    const parent = root();
    const chain = wrap(scoped(4096, { parent }));
    const ptr = take(chain);
    const seen: unknown[] = [];
    chain.defer(() => {
      chain.deallocate(ptr, layout);
      const next = take(chain);
      chain.deallocate(next, layout);
      seen.push(chain.owns(ptr), take(chain) !== NULL);
    });
    chain[end]();
    expect(seen).toEqual([true, true]);
    chain.dispose();
    expect(parent.footprint().held).toBe(0);
  });

  test("is reset even if a drop throws: all of its room is back, apart from its own", () => {
    const chain = wrap(scoped(4096, { parent: root() }));
    const fill = () => {
      const ptrs: number[] = [];
      for (let ptr = chain.allocate(layout); ptr !== NULL; ptr = chain.allocate(layout)) ptrs.push(ptr);
      return ptrs;
    };
    const first = fill();
    chain.defer(fail());
    expect(() => chain.reset()).toThrow("drop");
    expect(fill()).toEqual(first);
    expect(new Set(first).size).toBe(first.length);
  });

  test("is disposed even if drops throw, and reports all errors", () => {
    const parent = root();
    const chain = wrap(scoped(4096, { parent }));
    chain.defer(fail("first"));
    chain.defer(fail("second"));
    expect(() => chain.dispose()).toThrow(AggregateError);
    expect([parent.footprint().held, codeThrown(() => chain.allocate(layout))]).toEqual([0, "disposed"]);
    chain.dispose();
  });
});

/** Combinators of two children: a region whose drop throws, and a heap. */
const PAIRS: Readonly<Record<string, (region: Region, heap: Can<"owns" | "reset">) => Can<"reset">>> = {
  fallback: (region, heap) => fallback(region, heap),
  segregate: (region, heap) => segregate([64, region], heap),
  bucketize: (region, heap) => bucketize((size) => (size === 64 ? region : heap), { from: 64, to: 6400, step: 6336 }),
};

describe.each(Object.entries(PAIRS))("%s of a region whose drop throws and a heap", (_, pair) => {
  const make = () => {
    const parent = root();
    const region = scoped(1000, { parent });
    const heap = limit(tinyHeap({ parent }), 100_000);
    const both = pair(region, heap);
    for (let block = 0; block < 3; block++) take(both, Layout.of(5000));
    region.defer(fail());
    return { parent, heap, both };
  };

  test("is reset as a whole", () => {
    const { heap, both } = make();
    expect(() => both.reset()).toThrow("drop");
    expect([heap.numLive, heap.bytesLive]).toEqual([0, 0]);
  });

  test("is disposed as a whole", () => {
    const { parent, heap, both } = make();
    expect(() => both.dispose()).toThrow("drop");
    expect([parent.footprint().held, codeThrown(() => heap.allocate(layout))]).toEqual([0, "disposed"]);
  });
});

test("a budget gets back the share of a limit that was disposed or reset, even if a drop threw", () => {
  const shared = budget({ bytes: 1000 });
  for (const end of ["reset", "dispose"] as const) {
    const limited = limit(scoped(4096, { parent: root() }), { budget: shared });
    take(limited);
    limited.defer(fail());
    expect(() => limited[end]()).toThrow("drop");
    expect([shared.bytesLive, shared.numLive]).toEqual([0, 0]);
  }
});

describe("no count goes below 0", () => {
  /** An allocator that accepts every release. */
  const blind = (usable: (size: number) => number = (size) => size) => {
    let top = 65536;
    return Allocator.from({
      memory: Memory.virtual(2 ** 20),
      allocate: ({ size }) => {
        top += size;
        return top as Ptr;
      },
      deallocate: () => {},
      usableSize: ({ size }) => usable(size),
      shrink: (ptr) => ptr,
      resizeInPlace: () => true,
    });
  };

  test("of a limit whose child does not detect a second release", () => {
    const limited = limit(blind(), 1000);
    const ptr = take(limited);
    const other = take(limited, Layout.of(20));
    limited.deallocate(ptr, layout);
    limited.deallocate(ptr, layout);
    expect([limited.numLive, limited.bytesLive]).toEqual([0, 0]);
    expect(codeThrown(() => limited.deallocate(other, Layout.of(20)))).toBe("double-free");
    expect(codeThrown(() => limited.shrink(ptr, layout, Layout.of(8)))).toBe("double-free");
    expect(codeThrown(() => limited.resizeInPlace(ptr, layout, Layout.of(8)))).toBe("double-free");
    expect([limited.numLive, limited.bytesLive]).toEqual([0, 0]);
  });

  test("of a limit over a region, whose second release throws before it is counted", () => {
    const limited = limit(scoped(4096, { parent: root() }), 200);
    const [ptr] = [take(limited), take(limited)];
    limited.deallocate(ptr!, layout);
    for (let again = 0; again < 5; again++)
      expect(codeThrown(() => limited.deallocate(ptr!, layout))).toBe("double-free");
    expect([limited.numLive, limited.bytesLive]).toEqual([1, 100]);
  });
});

describe("a cascade", () => {
  test("of regions counts no release twice: no member with live blocks is reset", () => {
    const pool = cascade(() => scoped(1024, { parent: root() }));
    const [first, second, third] = [take(pool), take(pool), take(pool)];
    pool.deallocate(first!, layout);
    for (let again = 0; again < 3; again++)
      expect(codeThrown(() => pool.deallocate(first!, layout))).toBe("double-free");
    const next = [take(pool), take(pool)];
    expect(next.some((ptr) => ptr === second || ptr === third)).toBe(false);
    pool.check();
  });

  test("of members that do not detect second releases keeps them until it is reset", () => {
    const made: Allocator[] = [];
    const parent = root();
    const pool = cascade((index) => {
      const heap = tinyHeap({ parent });
      const member = Allocator.from({
        memory: heap.memory,
        allocate: (it) => (made.length > index + 1 ? NULL : heap.allocate(it)),
        deallocate: () => {},
        usableSize: (it) => heap.usableSize(it),
        owns: (ptr: Parameters<typeof heap.owns>[0]) => heap.owns(ptr),
        reset: () => heap.reset(),
        dispose: () => heap.dispose(),
      });
      made.push(member);
      return member;
    });
    const ptr = take(pool);
    take(pool);
    pool.deallocate(ptr, layout);
    pool.deallocate(ptr, layout);
    pool.deallocate(ptr, layout);
    expect(pool.members).toEqual([made[0]]);
    pool.check();
    pool.reset();
    pool.dispose();
    expect(parent.footprint().held).toBe(0);
  });

  test("reports a drop that threw when a member ended with the next call: the release is done", () => {
    const parent = root();
    const pool = cascade(() => scoped(200, { parent }));
    const limited = limit(pool, 10_000);
    const ptrs = Array.from({ length: 6 }, () => take(limited));
    pool.members.at(-1)!.defer(fail("a member that went"));
    pool.members[0]!.defer(fail("a member that is kept"));
    for (const ptr of ptrs) limited.deallocate(ptr, layout);
    expect([limited.numLive, limited.bytesLive, pool.members.length]).toEqual([0, 0, 1]);
    expect(() => limited.trim()).toThrow(AggregateError);
    pool.check();
    limited.dispose();
    expect(parent.footprint().held).toBe(0);
  });

  test("lets a drop of a member that is reset or disposed request blocks, which stay live", () => {
    const parent = root();
    const pool = cascade(() => scoped(200, { parent }));
    const got: number[] = [];
    const [first, second] = [take(pool), take(pool)];
    pool.members[0]!.defer(() => got.push(take(pool)));
    pool.deallocate(second!, layout);
    pool.deallocate(first!, layout);
    expect(got.length).toBe(1);
    const more = Array.from({ length: 8 }, () => take(pool));
    expect(more).not.toContain(got[0]);
    expect(pool.owns(got[0] as never)).toBe(true);
    pool.check();
  });

  test("keeps its epoch when a member is reset or disposed, because no block ended", () => {
    const parent = root();
    const pool = cascade(() => scoped(200, { parent }));
    const [kept] = Array.from({ length: 3 }, () => take(pool));
    const rest = Array.from({ length: 5 }, () => take(pool));
    const before = pool.epoch;
    for (const ptr of rest) pool.deallocate(ptr, layout);
    expect([pool.owns(kept!), pool.epoch]).toEqual([true, before]);
    pool.reset();
    expect(pool.epoch).not.toBe(before);
  });

  test("resets blocks that a drop requested during its reset", () => {
    const parent = root();
    const small = Layout.of(64);
    const pool = cascade(() => freeList(64, { blocks: 4, parent }));
    const regions = cascade(() => scoped(128, { parent }));
    for (const each of [pool, regions]) for (let block = 0; block < 12; block++) take(each, small);
    regions.members.at(-1)!.defer(() => void take(regions, small));
    for (const each of [pool, regions]) {
      each.reset();
      expect(each.members.length).toBe(1);
      each.check();
    }
  });
});

test("a free tree returns its blocks to a lent child, also through one that is not lent", () => {
  const heap = tinyHeap({ parent: root() });
  const tree = freeTree(limit(heap.byRef(), 10_000));
  take(tree);
  tree.dispose();
  heap.trim();
  expect(heap.footprint().held).toBe(0);
});

test("Object.keys of a combinator shows the documented fields, and JSON its parts", () => {
  const parent = root();
  const base = ["children", "epoch", "isBusy", "isExact", "memory", "parent", "detects"];
  const own = (allocator: Allocator) =>
    Object.keys(allocator)
      .filter((key) => !base.includes(key))
      .sort();
  const list = () => freeList(64, { parent, blocks: 4 });
  expect(own(limit(list(), 100))).toEqual(["budget", "bytes", "count"]);
  expect(own(quantize(list(), 8))).toEqual([]);
  expect(own(aligned(list(), 8))).toEqual(["align"]);
  expect(own(affix(list(), {}))).toEqual(["prefix", "suffix"]);
  expect(own(freeTree(list()))).toEqual([]);
  expect(own(cascade(list))).toEqual([]);
  expect(own(bucketize(list, { from: 16, to: 32, step: 16 }))).toEqual(["sizes"]);
  expect(own(fallback(list(), list()))).toEqual([]);
  expect(own(segregate([8, list()], list()))).toEqual(["threshold"]);
  expect(own(list())).toEqual(["align", "blockSize", "capacity"]);
  expect(`${limit(list(), 100)}`).toBe("limit(freeList)");
  expect(JSON.stringify(cascade(list)).length).toBeLessThan(2000);
});
