/** A lent allocator is reset by its owner: allocators on top of it forget the blocks that ended. */
import { budget, cascade, fallback, freeTree, limit } from "@alloc/combinators";
import { specialized } from "@alloc/combinators/specialize";
import { type Allocator, type Can, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import { guard, leaks, stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";

type Heap = Can<"owns" | "reset">;
const layout = Layout.of(40);
const root = () => pages(Memory.linear({ maximum: 2 ** 22 }));
const take = (allocator: Allocator) => orThrow(allocator.allocate(layout), layout);

const HEAPS: Record<string, () => Heap> = {
  scoped: () => scoped(2 ** 14, { parent: root(), grow: true }),
  tinyHeap: () => tinyHeap({ parent: root() }),
  system: () => system({ parent: root() }),
  freeList: () => freeList(64, { parent: root() }),
};

/** Allocators on top of a heap, each with a function that returns what it counts as live. */
const COUNTING: Record<string, (heap: Heap) => { top: Allocator; live: () => number }> = {
  limit: (heap) => {
    const top = limit(heap.byRef(), 4000);
    return { top, live: () => top.numLive + top.bytesLive };
  },
  "specialized limit": (heap) => {
    const top = specialized(() => limit(heap.byRef(), 4000));
    return { top, live: () => top.numLive + top.bytesLive };
  },
  stats: (heap) => {
    const top = stats(heap.byRef());
    return { top, live: () => top.counters.numLive + top.counters.bytesLive };
  },
  "limit of stats of a cascade": (heap) => {
    const top = limit(stats(cascade(() => heap.byRef() as Can<"owns">)), 4000);
    return { top, live: () => top.numLive + top.bytesLive + top.inner.counters.numLive };
  },
  "leaks of a cascade": (heap) => {
    const top = leaks(
      cascade(() => heap.byRef() as Can<"owns">),
      { stackDepth: 0 },
    );
    return { top, live: () => top.live.length };
  },
  "guard of a free tree": (heap) => {
    const top = guard(freeTree(heap.byRef()), { stackDepth: 0, quarantine: 0, redZone: 0 });
    return { top, live: () => top.bytesLive };
  },
  cascade: (heap) => {
    const top = cascade(() => heap.byRef() as Can<"owns">);
    const words = () => top.describeSelf().state.live as Int32Array;
    return {
      top,
      live: () => {
        top.trim();
        return words()[1]!;
      },
    };
  },
};

describe.each(Object.entries(HEAPS))("over a lent %s,", (_, heapOf) => {
  test.each(Object.entries(COUNTING))("%s counts no block that ended with a reset, but each later one", (_, make) => {
    const heap = heapOf();
    const { top, live } = make(heap);
    for (let round = 0; round < 60; round++) {
      const ptrs = [take(top), take(top), take(top)];
      top.deallocate(ptrs[0]!, layout);
      const before = live();
      expect(before).toBeGreaterThan(0);
      heap.reset();
      if (round % 2 === 0) expect(live()).toBe(0);
      const [first, second] = [take(top), take(top)];
      expect(live()).toBe(before);
      top.deallocate(first, layout);
      top.deallocate(second, layout);
      expect(live()).toBe(0);
      heap.reset();
    }
  });

  test("a free tree hands out no memory that its owner hands out", () => {
    const heap = heapOf();
    for (const between of [() => {}, (tree: Can<"check" | "trim">) => tree.trim()]) {
      const tree = freeTree(heap.byRef());
      for (let round = 0; round < 4; round++) {
        const old = [take(tree), take(tree), take(tree)];
        tree.deallocate(old[round % 3]!, layout);
        heap.reset();
        between(tree);
        const ptrs: Ptr[] = [];
        for (let block = 0; block < 8; block++) ptrs.push(take(heap), take(tree));
        ptrs.sort((a, b) => a - b);
        for (const [index, ptr] of ptrs.slice(1).entries()) expect(ptr - ptrs[index]!).toBeGreaterThanOrEqual(40);
        tree.check();
      }
      tree.dispose();
      heap.reset();
    }
  });

  test("a free tree may end after its owner", () => {
    const heap = heapOf();
    const tree = freeTree(heap.byRef());
    take(tree);
    heap.dispose();
    tree.dispose();
  });
});

test("a free tree of two heaps forgets its blocks of the one that was reset, and keeps the others", () => {
  const parent = root();
  const [one, other] = [freeList(64, { blocks: 2, parent }), tinyHeap({ parent })];
  const tree = freeTree(fallback(one.byRef(), other.byRef()));
  const ptrs = Array.from({ length: 6 }, () => take(tree));
  for (const ptr of ptrs) if (one.owns(ptr)) tree.deallocate(ptr, layout);
  one.reset();
  const mine = [take(one), take(one)];
  const later = Array.from({ length: 6 }, () => take(tree));
  for (const ptr of later) expect(mine).not.toContain(ptr);
  tree.check();
  for (const ptr of [...ptrs.filter((it) => !one.owns(it)), ...later]) tree.deallocate(ptr, layout);
  tree.dispose();
  for (const ptr of mine) one.deallocate(ptr, layout);
});

test.each(["limit", "stats"])("%s over two members goes on counting the blocks of one that was reset", (kind) => {
  const parent = root();
  const lent = freeList(64, { blocks: 2, parent });
  const both = fallback(lent.byRef(), tinyHeap({ parent }));
  const { top, live } = COUNTING[kind]!(both as Allocator as Heap);
  for (let block = 0; block < 5; block++) take(top);
  const before = live();
  lent.reset();
  expect([before > 0, live()]).toEqual([true, before]);
});

test("stats keeps its values from its own end", () => {
  const top = stats(tinyHeap({ parent: root() }));
  take(top);
  top.dispose();
  expect(top.counters.numLive).toBe(1);
});

test("a budget gets back what a limit's child lost in a reset, once the limit is called", () => {
  const both = budget({ bytes: 100 });
  const heap = tinyHeap({ parent: root() });
  const [one, other] = [limit(heap.byRef(), { budget: both }), limit(tinyHeap({ parent: root() }), { budget: both })];
  take(one);
  take(one);
  heap.reset();
  expect([one.numLive, both.bytesLive, other.allocate(layout) !== NULL]).toEqual([0, 0, true]);
});
