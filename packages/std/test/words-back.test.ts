import { bytesOfBook } from "@alloc/core/author";
import {
  type Allocator,
  cascade,
  fallback,
  freeList,
  freeTree,
  Layout,
  Memory,
  type Ptr,
  pages,
  scoped,
  system,
  tinyHeap,
} from "@alloc/std";
import { expect, test } from "vitest";

const MAKERS: Record<string, (parent: Allocator) => Allocator> = {
  freeList: (parent) => freeList(64, { parent }),
  "freeList, of fewer blocks than by default": (parent) => freeList(4096, { parent }),
  scoped: (parent) => scoped(4096, { parent }),
  system: (parent) => system({ parent }),
  "system, checked": (parent) => system({ parent, checked: true }),
  tinyHeap: (parent) => tinyHeap({ parent }),
  cascade: (parent) => cascade(() => freeList(64, { blocks: 4, parent })),
  fallback: (parent) => fallback(freeList(64, { parent }), system({ parent })),
  freeTree: (parent) => freeTree(scoped(4096, { parent })),
};

test.each(Object.entries(MAKERS))("%s gives back all words in a shared memory when it ends", (_, make) => {
  const root = pages(Memory.linear({ maximum: 2 ** 18, shared: true, words: 2 ** 25 }));
  // Less room than the root could ever have: a list tries fewer blocks.
  root.allocate(Layout.of(100_000));
  const layouts = [40, 64, 20, 64, 2000].map((size) => Layout.of(size));
  const { held } = root.footprint();
  const used = [bytesOfBook(root.memory)];
  for (let round = 0; round < 20; round++) {
    const allocator = make(root);
    const [first] = layouts.map((layout) => allocator.allocate(layout));
    // Out of order, which an arena notes in further words.
    allocator.deallocate(first as Ptr, layouts[0]!);
    allocator.dispose();
    used.push(bytesOfBook(root.memory));
  }
  // What the root has.
  expect(new Set(used)).toEqual(new Set([used[0]]));
  expect(root.footprint().held).toBe(held);
});
