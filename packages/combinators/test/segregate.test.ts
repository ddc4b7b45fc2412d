import { fallback, segregate } from "@alloc/combinators";
import { Allocator, can, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const memory = Memory.linear({ maximum: 8 * 2 ** 20 });
const parent = pages(memory);
const take = (allocator: Allocator, asked: Layout) => orThrow(allocator.allocate(asked), asked);
const pair = (threshold = 64) => {
  const small = freeList(64, { blocks: 4, parent });
  const large = tinyHeap({ parent });
  return { small, large, both: segregate([threshold, small], large) };
};

describe("requests", () => {
  test("up to the threshold, inclusive, go to the small child, the others to the large one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 200 }), (threshold, size) => {
        const { small, large, both } = pair(threshold);
        const layout = Layout.of(size);
        const ptr = take(both, layout);
        expect([small.owns(ptr), large.owns(ptr)]).toEqual([size <= threshold, size > threshold]);
        both.dispose();
      }),
    );
  });

  test("for which the small child has no room do not go to the large one", () => {
    const { both } = pair();
    for (let block = 0; block < 4; block++) take(both, Layout.of(1));
    expect(both.allocate(Layout.of(64))).toBe(NULL);
    expect(both.allocate(Layout.of(65))).not.toBe(NULL);
  });

  test("are released to their child with every layout that fits", () => {
    const { small, large, both } = pair(48);
    for (const asked of [1, 40, 48, 49, 60, 200]) {
      const usable = both.usableSize(Layout.of(asked));
      for (let size = asked; size <= usable; size++) both.deallocate(take(both, Layout.of(asked)), Layout.of(size));
    }
    expect(large.check()).toBe(undefined);
    expect([...small.describeSelf().state.links!].filter((link) => link === -1)).toEqual([]);
    large.trim();
    expect(large.footprint().held).toBe(0);
  });
});

describe("usableSize", () => {
  test("of a small block ends at the threshold, even if its child provides more", () => {
    const { both } = pair(48);
    expect([1, 48, 49].map((size) => both.usableSize(Layout.of(size)))).toEqual([48, 48, 56]);
  });

  test("is 0 if neither child can ever serve the layout, or a larger one", () => {
    const both = segregate([64, freeList(64, { parent })], freeList(128, { parent }));
    expect([8, 65].map((size) => both.usableSize(Layout.of(size, 4096)))).toEqual([0, 0]);
  });

  test("is the size if the small child can never serve the layout but the large one serves larger ones", () => {
    const { both } = pair();
    expect([8, 64].map((size) => both.usableSize(Layout.of(size, 4096)))).toEqual([8, 64]);
    expect([both.usableSize(Layout.of(0, 4096)), both.allocate(Layout.of(8, 4096))]).toEqual([0, NULL]);
    expect(both.usableSize(Layout.of(8, 2 ** 31))).toBe(0);
  });

  test("is 0 if the large child serves no larger layout, and if there is no larger one", () => {
    const bare = { memory, allocate: () => NULL, deallocate: () => {} };
    const large = Allocator.from({ ...bare, usableSize: ({ size }) => (size > 64 ? 0 : size) });
    expect(segregate([64, freeList(64, { parent })], large).usableSize(Layout.of(8, 4096))).toBe(0);
    const half = segregate([2 ** 31, freeList(64, { parent })], Allocator.from(bare));
    expect(half.usableSize(Layout.of(8, 2 ** 31))).toBe(0);
  });

  test("in a fallback is the same for all sizes that fit a block", () => {
    const heap = fallback(system({ parent }), segregate([16, freeList(64, { parent })], tinyHeap({ parent })));
    const usable = heap.usableSize(Layout.of(16, 4096));
    for (let size = 16; size <= usable; size++) expect(heap.usableSize(Layout.of(size, 4096))).toBe(usable);
  });
});

describe("resizing", () => {
  const filled = (ptr: Ptr, bytes: number) => [...memory.view(Uint8Array, ptr, bytes)].every((byte) => byte === 0x5a);

  test("across the threshold moves the block with its bytes, up and down", () => {
    const { small, large, both } = pair();
    const ptr = take(both, Layout.of(64));
    memory.fill(ptr, 64, 0x5a);
    const up = orThrow(both.grow(ptr, Layout.of(64), Layout.of(65)), Layout.of(65));
    expect([large.owns(up), filled(up, 64)]).toEqual([true, true]);
    expect(codeThrown(() => small.deallocate(ptr, Layout.of(64)))).toBe("double-free");
    const down = orThrow(both.shrink(up, Layout.of(65), Layout.of(10)), Layout.of(10));
    expect([small.owns(down), filled(down, 10)]).toEqual([true, true]);
    expect(codeThrown(() => large.deallocate(up, Layout.of(65)))).not.toBe("nothing was thrown");
  });

  test("across the threshold leaves the block in place if the other child has no room", () => {
    const { small, large, both } = pair();
    const ptr = take(both, Layout.of(100));
    memory.fill(ptr, 100, 0x5a);
    for (let block = 0; block < 4; block++) take(small, Layout.of(1));
    expect(both.shrink(ptr, Layout.of(100), Layout.of(64))).toBe(NULL);
    expect([large.sizeAt(ptr), filled(ptr, 100)]).toEqual([104, true]);
  });

  test("from size 0 allocates in the child of the new size, and to size 0 releases", () => {
    const { small, large, both } = pair();
    const none = Layout.of(0);
    for (const size of [64, 65]) {
      const layout = Layout.of(size);
      const ptr = orThrow(both.grow(none.dangling, none, layout), layout);
      expect([small.owns(ptr), large.owns(ptr)]).toEqual([size === 64, size === 65]);
      expect(both.shrink(ptr, layout, none)).toBe(none.dangling);
      expect(codeThrown(() => both.deallocate(ptr, layout))).not.toBe("nothing was thrown");
    }
  });

  test("in place is false across the threshold, even if there is room", () => {
    const { both } = pair(48);
    const ptr = take(both, Layout.of(40));
    expect(both.resizeInPlace(ptr, Layout.of(40), Layout.of(48))).toBe(true);
    expect(both.resizeInPlace(ptr, Layout.of(48), Layout.of(49))).toBe(false);
  });
});

describe("capabilities", () => {
  const bare = () => Allocator.from({ memory, allocate: () => NULL, deallocate: () => {} });
  const capabilities = ["owns", "reset", "sizeAt", "resizeInPlace", "check", "trim", "defer"] as const;
  const of = (allocator: Allocator) =>
    capabilities.filter((capability) => can<Allocator, typeof capability>(allocator, capability));

  test("owns and reset are supported if both children do, resizeInPlace, check and trim if one does", () => {
    expect(of(pair().both)).toEqual(["owns", "reset", "resizeInPlace", "check", "trim"]);
    expect(of(segregate([64, bare()], system({ parent })))).toEqual(["resizeInPlace", "check", "trim"]);
    expect(of(segregate([64, bare()], bare()))).toEqual([]);
  });

  test("reset forgets the blocks of both", () => {
    const { large, both } = pair();
    for (const size of [1, 1, 1, 1, 100]) take(both, Layout.of(size));
    both.reset();
    expect(both.allocate(Layout.of(1))).not.toBe(NULL);
    large.trim();
    expect(large.footprint().held).toBe(0);
  });
});

describe("invalid arguments", () => {
  test.each([0, -1, 1.5, NaN, 2 ** 32])("a threshold of %s is refused as a size out of bounds", (threshold) => {
    expect(codeThrown(() => pair(threshold))).toBe("size");
  });

  test("children of two memories are refused with other-memory", () => {
    const elsewhere = pages(Memory.linear({ maximum: 2 ** 20 }));
    expect(codeThrown(() => segregate([64, freeList(64, { parent })], system({ parent: elsewhere })))).toBe(
      "other-memory",
    );
  });

  test("a child that takes its chunks from the other is refused with shared-reset unless the other is lent", () => {
    const heap = system({ parent });
    const list = freeList(64, { parent: heap });
    expect(codeThrown(() => segregate([64, list], heap))).toBe("shared-reset");
    const both = segregate([64, list], heap.byRef());
    both.dispose();
    expect(heap.allocate(Layout.of(8))).not.toBe(NULL);
  });
});

test("describe names the threshold", () => {
  const { nodes, root } = pair(48).both.describe();
  expect(nodes[root]).toMatchObject({ kind: "segregate", options: { threshold: 48 } });
});
