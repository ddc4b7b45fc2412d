/** `blocks` of chains: ranges are sorted and disjoint, and exactly the live blocks are live. */
import { fallback, freeTree, limit, nullAllocator, segregate } from "@alloc/combinators";
import { type Allocator, can, Layout, Memory, NULL, occupancy, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { tinyHeap } from "@alloc/global";
import { scoped } from "@alloc/scoped";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Tree, treesOf } from "../../../checks/support/trees.ts";

const memory = Memory.linear({ maximum: 2 ** 23 });
const parent = pages(memory);
type Range = [ptr: number, bytes: number, state: string];
const rangesOf = (allocator: Allocator): Range[] => {
  const found: Range[] = [];
  if (can(allocator, "blocks")) allocator.blocks((...range) => void found.push(range));
  return found;
};
const take = (allocator: Allocator, layout: Layout) => orThrow(allocator.allocate(layout), layout);

test("random chains: ranges are sorted and disjoint, live blocks lie in live ranges, and no other range overlaps them", () => {
  const sizes = fc.array(fc.tuple(fc.integer({ min: 1, max: 1500 }), fc.nat(6), fc.nat()), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(fc.nat(), sizes, (seed, calls) => {
      const [{ make, text }] = fc.sample(treesOf(parent, 5), { numRuns: 1, seed }) as [Tree];
      const chain = make();
      const live: { ptr: Ptr; layout: Layout }[] = [];
      for (const [size, power, which] of calls) {
        const layout = Layout.of(size, 2 ** power);
        const ptr = chain.allocate(layout);
        if (ptr !== NULL) live.push({ ptr, layout });
        else if (live.length > 0) {
          const [block] = live.splice(which % live.length, 1);
          chain.deallocate(block!.ptr, block!.layout);
        }
      }
      const ranges = rangesOf(chain);
      ranges.reduce((end, [ptr, bytes]) => {
        expect(bytes, text).toBeGreaterThan(0);
        expect(ptr, text).toBeGreaterThanOrEqual(end);
        return ptr + bytes;
      }, 0);
      if (can(chain, "blocks")) {
        for (const { ptr, layout } of live) {
          const around = ranges.find(([start, bytes]) => start <= ptr && ptr + layout.size <= start + bytes);
          expect(around?.[2], `${text}: ${layout} at ${ptr}`).toBe("live");
        }
        const { liveBlocks, live: bytes } = occupancy(chain);
        if (live.length === 0 && !/freeTree|scoped|affix/.test(text)) expect([liveBlocks, bytes], text).toEqual([0, 0]);
      }
      chain.dispose();
    }),
    { numRuns: 300 },
  );
});

test("a list visits each live block, and the free ranges between them", () => {
  const list = freeList(64, { blocks: 5, parent });
  const layout = Layout.of(64);
  const ptrs = Array.from({ length: 4 }, () => take(list, layout));
  const [base] = ptrs as [Ptr];
  list.deallocate(ptrs[1]!, layout);
  list.deallocate(ptrs[2]!, layout);
  expect(rangesOf(list)).toEqual([
    [base, 64, "live"],
    [base + 64, 128, "free"],
    [base + 192, 64, "live"],
    [base + 256, 64, "free"],
  ]);
  expect(occupancy(list)).toEqual({
    liveBlocks: 2,
    live: 128,
    cached: 0,
    free: 192,
    largestFree: 128,
    fragmentation: 1 - 128 / 192,
  });
});

test("a free tree visits its free ranges and those of its child", () => {
  const tree = freeTree(scoped(1024, { parent }));
  const layout = Layout.of(104);
  const [first, second, third] = [1, 2, 3].map(() => take(tree, layout)) as [Ptr, Ptr, Ptr];
  tree.deallocate(second, layout);
  expect(rangesOf(tree)).toEqual([
    [first, 104, "live"],
    [second, 104, "free"],
    [third, 104, "live"],
    [third + 104, 1024 - 312, "free"],
  ]);
});

test("a chunk of one member is not a block of the chain, but the blocks in it are", () => {
  const heap = tinyHeap({ parent });
  const chain = fallback(freeList(64, { blocks: 4, parent: heap }), heap.byRef());
  const [small, large] = [take(chain, Layout.of(64)), take(chain, Layout.of(500))];
  const live = rangesOf(chain).filter(([, , state]) => state === "live");
  expect(live.map(([ptr]) => ptr).toSorted((a, b) => a - b)).toEqual([small, large].toSorted((a, b) => a - b));
});

test("a wrapper visits the blocks of its child, and an allocator without blocks visits nothing", () => {
  const list = freeList(64, { blocks: 4, parent });
  expect(rangesOf(limit(list, 100))).toEqual(rangesOf(list));
  expect(rangesOf(nullAllocator(memory))).toEqual([]);
});

test("a chain supports it if every child does", () => {
  const bare = Object.assign(tinyHeap({ parent }), { blocks: undefined });
  const both: Allocator = segregate([64, freeList(64, { parent })], bare);
  expect(can(both, "blocks")).toBe(false);
});
