import { cascade, quantize, segregate } from "@alloc/combinators";
import { type Allocator, Layout, Memory, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { tinyHeap } from "@alloc/global";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";

const parent = pages(Memory.linear({ maximum: 16 * 2 ** 20 }));
const layout = Layout.of(64);
const take = (allocator: Allocator, asked = layout) => orThrow(allocator.allocate(asked), asked);
const takeMany = (allocator: Allocator, count: number) => Array.from({ length: count }, () => take(allocator));

describe("a layout for which a later member guarantees less than the first", () => {
  const unequal = Layout.of(40, 16);
  /** Three blocks in members of two; the second member guarantees 48 bytes at align 16, the first 64. */
  const three = () => {
    const pool = cascade((index) => {
      const list = freeList(64, { blocks: 2, parent });
      const usableSize = list.usableSize.bind(list);
      const guaranteed = (asked: Layout) => (index > 0 && asked.align === 16 ? 48 : usableSize(asked));
      return Object.assign(list, { usableSize: guaranteed });
    });
    return { pool, ptrs: takeMany(pool, 3) };
  };

  test("has no room there, in the existing member and in a new one", () => {
    const { pool } = three();
    expect([pool.allocate(unequal), pool.allocateZeroed(unequal), pool.members.length]).toEqual([0, 0, 2]);
    expect(pool.allocate(Layout.of(40))).not.toBe(0);
  });

  test("is served by the first, even if another member was asked last", () => {
    const { pool, ptrs } = three();
    pool.deallocate(ptrs[0]!, layout);
    const last = take(pool);
    pool.deallocate(last, layout);
    pool.deallocate(ptrs[2]!, layout);
    const [first] = pool.members;
    expect([first!.owns(take(pool, unequal)), pool.allocate(unequal)]).toEqual([true, 0]);
  });

  test("is never the result of a resize there: the block moves to the first, or stays unchanged", () => {
    const { pool, ptrs } = three();
    const [first] = pool.members;
    expect(pool.resizeInPlace(ptrs[2]!, Layout.of(30, 16), unequal)).toBe(false);
    expect([pool.grow(ptrs[2]!, Layout.of(30), unequal), pool.shrink(ptrs[2]!, layout, unequal)]).toEqual([0, 0]);
    pool.deallocate(ptrs[0]!, layout);
    pool.deallocate(ptrs[1]!, layout);
    const grown = pool.grow(ptrs[2]!, Layout.of(30), unequal) as Ptr;
    expect(first!.owns(grown)).toBe(true);
  });

  test("may be due to the position of a region with fewer aligned bytes: no legal call throws", () => {
    const region = () =>
      segregate(
        [1000, quantize(scoped(2000, { parent }), (size) => 2 ** Math.ceil(Math.log2(size)))],
        tinyHeap({ parent }),
      );
    const pool = cascade(region);
    for (let blocks = 0; blocks < 200; blocks++) {
      pool.allocate(Layout.of(129, 65536));
      pool.allocate(Layout.of(900));
    }
    expect(pool.members.length).toBeGreaterThan(10);
  });
});
