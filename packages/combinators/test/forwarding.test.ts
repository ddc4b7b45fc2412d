/** Calls that a combinator forwards: each to the right child, and to no other. */
import { fallback, limit, segregate } from "@alloc/combinators";
import { Allocator, Layout, Memory, NULL, type Null, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import { describe, expect, test } from "vitest";

const memory = Memory.linear({ maximum: 2 ** 22 });
const parent = pages(memory);

/** An allocator that records its calls; it owns the addresses from `base` to `base + 999`. */
function noting(
  name: string,
  base: number,
  calls: string[],
  result: (layout: Layout) => Ptr | Null = () => base as Ptr,
) {
  const note = (call: string) => {
    calls.push(`${name}.${call}`);
  };
  return Allocator.from({
    memory,
    detects: ["double-free", "foreign-pointer"],
    allocate: (layout) => {
      note("allocate");
      return result(layout);
    },
    allocateZeroed: (layout) => {
      note("allocateZeroed");
      return result(layout);
    },
    deallocate: () => note("deallocate"),
    shrink: (ptr) => {
      note("shrink");
      return ptr;
    },
    usableSize: ({ size }) => size,
    owns: (ptr: Ptr) => ptr >= base && ptr < base + 1000,
    check: () => note("check"),
    trim: () => note("trim"),
    defer: () => note("defer"),
  });
}

const [small, large] = [Layout.of(8), Layout.of(200)];

describe("fallback", () => {
  test("asks the secondary for zeroed bytes only if the primary has no room", () => {
    const calls: string[] = [];
    const full = noting("primary", 70_000, calls, () => NULL);
    expect(fallback(full, noting("secondary", 80_000, calls)).allocateZeroed(small)).toBe(80_000);
    expect(calls).toEqual(["primary.allocateZeroed", "secondary.allocateZeroed"]);
    calls.length = 0;
    expect(fallback(noting("primary", 70_000, calls), full.byRef()).allocateZeroed(small)).toBe(70_000);
    expect(calls).toEqual(["primary.allocateZeroed"]);
  });

  test("checks and trims both children, and skips one without the capability", () => {
    const calls: string[] = [];
    const both = fallback(noting("primary", 70_000, calls), noting("secondary", 80_000, calls));
    both.check();
    both.trim();
    expect(calls).toEqual(["primary.check", "secondary.check", "primary.trim", "secondary.trim"]);
    calls.length = 0;
    const bare = () => Allocator.from({ memory, allocate: () => NULL, deallocate: () => {}, owns: () => false });
    for (const one of [fallback(bare(), noting("it", 80_000, calls)), fallback(noting("it", 70_000, calls), bare())]) {
      one.check();
      one.trim();
    }
    expect(calls).toEqual(["it.check", "it.trim", "it.check", "it.trim"]);
  });

  test("owns what either child owns, and nothing else", () => {
    const both = fallback(noting("primary", 70_000, []), noting("secondary", 80_000, []));
    expect([69_999, 70_000, 80_999, 81_000].map((ptr) => both.owns(ptr as Ptr))).toEqual([false, true, true, false]);
  });

  test("keeps a block in the primary that can shrink it", () => {
    const calls: string[] = [];
    const both = fallback(noting("primary", 70_000, calls), noting("secondary", 80_000, calls));
    expect(both.shrink(70_000 as Ptr, large, small)).toBe(70_000);
    expect(calls).toEqual(["primary.shrink"]);
  });

  test("resizes no block of size 0 in place", () => {
    const both = fallback(freeList(64, { parent }), system({ parent }));
    expect(both.resizeInPlace(8 as Ptr, Layout.of(0), small)).toBe(false);
  });

  test("has the usable size of the primary for a layout that only the primary can serve", () => {
    const both = fallback(freeList(300, { blocks: 1, parent }), freeList(64, { blocks: 1, parent }));
    expect([both.usableSize(Layout.of(100)), both.usableSize(Layout.of(30))]).toEqual([304, 64]);
  });
});

describe("segregate", () => {
  const pair = (calls: string[]) => segregate([64, noting("small", 70_000, calls)], noting("large", 80_000, calls));

  test("asks the child of the size for zeroed bytes", () => {
    const calls: string[] = [];
    const both = pair(calls);
    expect([64, 65].map((size) => both.allocateZeroed(Layout.of(size)))).toEqual([70_000, 80_000]);
    expect(calls).toEqual(["small.allocateZeroed", "large.allocateZeroed"]);
  });

  test("checks and trims both children, and skips one without the capability", () => {
    const calls: string[] = [];
    const both = pair(calls);
    both.check();
    both.trim();
    expect(calls).toEqual(["small.check", "large.check", "small.trim", "large.trim"]);
    calls.length = 0;
    const bare = () => Allocator.from({ memory, allocate: () => NULL, deallocate: () => {} });
    for (const one of [
      segregate([64, bare()], noting("it", 1, calls)),
      segregate([64, noting("it", 1, calls)], bare()),
    ]) {
      one.check();
      one.trim();
    }
    expect(calls).toEqual(["it.check", "it.trim", "it.check", "it.trim"]);
  });

  test("owns what either child owns, and nothing else", () => {
    const both = pair([]);
    expect([69_999, 70_000, 80_999, 81_000].map((ptr) => both.owns(ptr as Ptr))).toEqual([false, true, true, false]);
  });

  test("lets the large child shrink blocks that stay large, and release blocks that shrink to size 0", () => {
    const calls: string[] = [];
    const both = pair(calls);
    both.shrink(80_000 as Ptr, large, Layout.of(65));
    both.shrink(80_000 as Ptr, large, Layout.of(0));
    // A shrink to size 0 is a release, for every allocator made from a plain object.
    expect(calls).toEqual(["large.shrink", "large.deallocate"]);
  });

  test("detects the misuse that both children detect, except a wrong layout, which may lead to the other child", () => {
    const both = segregate([64, tinyHeap({ parent })], tinyHeap({ parent }));
    expect(both.detects).toEqual(["foreign-pointer", "double-free", "interior-pointer"]);
    expect(segregate([64, freeList(64, { parent })], noting("it", 1, [])).detects).toEqual([
      "double-free",
      "foreign-pointer",
    ]);
  });

  test("returns false in place if the child does not support it", () => {
    expect(
      segregate([64, noting("small", 70_000, [])], system({ parent })).resizeInPlace(70_000 as Ptr, small, small),
    ).toBe(false);
  });
});

describe("limit", () => {
  test("counts zeroed requests, and refuses those that exceed it", () => {
    const limited = limit(system({ parent }), 100);
    const ptr = limited.allocateZeroed(Layout.of(64));
    expect([ptr !== NULL, limited.bytesLive, limited.allocateZeroed(Layout.of(64))]).toEqual([true, 64, NULL]);
  });

  test("forwards defer, check and trim", () => {
    const calls: string[] = [];
    const limited = limit(noting("it", 70_000, calls), 100);
    limited.defer(() => {});
    limited.check();
    limited.trim();
    expect(calls).toEqual(["it.defer", "it.check", "it.trim"]);
  });

  test("lets a block grow, moved or in place, up to the limit exactly", () => {
    const limited = limit(system({ parent }), 2080);
    const from = Layout.of(1040);
    const ptr = limited.allocate(from) as Ptr;
    expect(limited.resizeInPlace(ptr, from, Layout.of(2080))).toBe(true);
    expect(limited.bytesLive).toBe(2080);
    const zeroed = limit(system({ parent }), 2080);
    const grown = zeroed.growZeroed(zeroed.allocate(from) as Ptr, from, Layout.of(2080));
    expect([grown !== NULL, zeroed.bytesLive]).toEqual([true, 2080]);
    const moved = limit(freeList(64, { parent }), 64);
    expect(moved.grow(moved.allocate(small) as Ptr, small, Layout.of(64))).not.toBe(NULL);
  });

  test("has its limits and its words in its description", () => {
    const { nodes, root } = limit(system({ parent }), 100).describe();
    expect(nodes[root]).toMatchObject({
      kind: "limit",
      options: { bytes: 100 },
      state: { live: new Float64Array(2) },
    });
  });
});
