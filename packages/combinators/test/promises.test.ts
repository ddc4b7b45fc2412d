/** `usableSize` keeps its promise: for random trees, over parents that serve little. */
import { affix, bucketize, limit, quantize } from "@alloc/combinators";
import { type Allocator, Layout, Memory, NULL, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { tinyHeap } from "@alloc/global";
import { scoped } from "@alloc/scoped";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../checks/support/runs.ts";
import { type Tree, treesOf } from "../../../checks/support/trees.ts";

const memory = Memory.linear({ maximum: 2 ** 23 });
const root = pages(memory);

/** Parents whose blocks are small, oddly aligned, or few. */
const PARENTS: Readonly<Record<string, () => Allocator>> = {
  "blocks of align 2048": () => freeList(22_528, { blocks: 20, align: 2048, parent: root }),
  "blocks of 1904 bytes": () => freeList(1904, { blocks: 60, parent: root }),
  "a region": () => scoped(100_000, { parent: root }),
  "a limited heap": () => limit(tinyHeap({ parent: root }), 9000),
  "odd classes": () =>
    bucketize((size) => freeList(size, { blocks: 8, parent: root }), { from: 24, to: 4104, step: 24 }),
  "blocks with a prefix": () => affix(freeList(4096, { blocks: 30, parent: root }), { prefix: Layout.of(12, 4) }),
  "powers of two": () => quantize(tinyHeap({ parent: root }), (size) => 2 ** Math.ceil(Math.log2(size))),
};

const layouts = fc
  .tuple(fc.oneof(fc.integer({ min: 1, max: 130 }), fc.integer({ min: 1, max: 5000 })), fc.nat(13))
  .map(([size, power]) => Layout.of(size, 2 ** power));

/** Creates a tree; undefined if its parent has no room for it. */
function made({ make }: Tree): Allocator | undefined {
  try {
    return make();
  } catch (error) {
    if ((error as Error).name === "AllocError") return undefined;
    throw error;
  }
}

test.each(Object.entries(PARENTS))(
  "over %s no layout with a usable size of 0 is served, and all usable bytes can be used",
  (_, parentOf) => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.tuple(layouts, layouts, fc.nat(5)), { minLength: 5, maxLength: 40 }),
        (seed, calls) => {
          const parent = parentOf();
          const [tree] = fc.sample(treesOf(parent, 4), { numRuns: 1, seed }) as [Tree];
          const chain = made(tree);
          const live: { ptr: Ptr; layout: Layout; usable: number; mark: number }[] = [];
          const usableNow = () => live.map(({ layout }) => chain!.usableSize(layout));
          for (const [layout, to, kind] of chain === undefined ? [] : calls) {
            const usable = chain!.usableSize(layout);
            const ptr = kind % 2 === 0 ? chain!.allocate(layout) : chain!.allocateZeroed(layout);
            if (ptr !== NULL) {
              expect(usable, `${tree.text} ${layout}`).toBeGreaterThanOrEqual(layout.size);
              const bytes = memory.u8.subarray(ptr, ptr + usable);
              if (kind % 2 === 1) expect(bytes.every((byte) => byte === 0)).toBe(true);
              const mark = 1 + live.length;
              bytes.fill(mark);
              live.push({ ptr, layout, usable, mark });
            }
            const block = live[kind];
            if (block !== undefined && kind < 3) {
              const usableTo = chain!.usableSize(to);
              const next =
                to.size < block.layout.size
                  ? chain!.shrink(block.ptr, block.layout, to)
                  : chain!.grow(block.ptr, block.layout, to);
              if (next !== NULL) {
                expect(usableTo, `${tree.text} ${block.layout} to ${to}`).toBeGreaterThanOrEqual(to.size);
                memory.u8.fill(block.mark, next, next + usableTo);
                Object.assign(block, { ptr: next, layout: to, usable: usableTo });
              }
            }
            for (const { ptr, usable, mark } of live) {
              expect(
                memory.u8.subarray(ptr, ptr + usable).every((byte) => byte === mark),
                tree.text,
              ).toBe(true);
            }
            expect(usableNow(), tree.text).toEqual(live.map(({ usable }) => usable));
          }
          chain?.dispose();
          parent.dispose();
        },
      ),
      { numRuns: runs(60) },
    );
  },
);
