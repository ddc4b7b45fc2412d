/** Counts of live blocks when the inner allocator ends blocks without a call of the stats, and what a report begins with. */
import { segregate } from "@alloc/combinators";
import { Allocator, Layout, pages } from "@alloc/core";
import { system, tinyHeap } from "@alloc/global";
import { stats } from "@alloc/proxy";
import { describe, expect, test } from "vitest";
import { heap, large, small, take } from "./support/fixtures.ts";
import { root } from "./support/hooked.ts";

describe("after a reset by the owner of the heap", () => {
  test("a block allocated since is the only live one", () => {
    const inner = heap();
    const one = stats(inner.byRef());
    take(one, small);
    inner.reset();
    take(one, small);
    expect(one.counters.numLive).toBe(1);
  });

  test("no block is live", () => {
    const inner = heap();
    const one = stats(inner.byRef());
    take(one, small);
    inner.reset();
    expect(one.counters.numLive).toBe(0);
  });
});

test("after a reset of one of two members the blocks of both are counted", () => {
  const lent = system({ parent: root() });
  const one = stats(segregate([200, lent.byRef()], system({ parent: pages(lent.memory) })));
  take(one, small);
  take(one, large);
  lent.reset();
  expect(one.counters.numLive).toBe(2);
});

test("a block whose size cannot be looked up after a resize has the promised bytes", () => {
  const inner = heap();
  let lookUps = 0;
  const one = stats(
    Allocator.from({
      memory: inner.memory,
      allocate: (layout) => inner.allocate(layout),
      deallocate: (ptr, layout) => inner.deallocate(ptr, layout),
      usableSize: (layout) => inner.usableSize(layout),
      sizeAt(ptr) {
        if (++lookUps === 3) throw new Error("no size");
        return inner.sizeAt(ptr);
      },
    }),
  );
  one.grow(take(one, small), small, large);
  expect([lookUps, one.counters.bytesLive]).toEqual([3, inner.usableSize(large)]);
});

describe("a report begins with the name", () => {
  const firstLine = (one: object) => String(one).split("\n")[0];

  test("of the stats", () => {
    expect(firstLine(stats(tinyHeap({ parent: root(), name: "inner" }), { name: "requests" }))).toBe('"requests"');
  });

  test("of the inner allocator, if the stats have none", () => {
    expect(firstLine(stats(tinyHeap({ parent: root(), name: "inner" })))).toBe('"inner"');
  });
});

test("a layout of size 0 is not asked for", () => {
  const one = stats(heap());
  one.deallocate(Layout.of(0).dangling, Layout.of(0));
  expect(one.counters.numDeallocate).toBe(0);
});
