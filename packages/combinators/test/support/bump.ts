/**
 * A free tree over a child with the given capabilities.
 *
 * @module
 */
import { type FreeTree, freeTree } from "@alloc/combinators";
import { Allocator, type Layout, Memory, NULL, type Ptr } from "@alloc/core";
import type { Tip } from "../../src/regions/tip.ts";

/**
 * Creates a free tree over a child that hands out `most` bytes from `base` on, one block after the other, and logs its
 * calls. Its last block is resized in place if it `resizes`; usable sizes are rounded up to `step`.
 */
export function bump({ resizes = true, step = 8, most = 4096, base = 65536 } = {}) {
  const calls: string[] = [];
  let [tip, last] = [base, 0];
  const usableSize = ({ size }: Layout) => Math.ceil(size / step) * step;
  const child = Allocator.from({
    memory: Memory.virtual(2 ** 20),
    allocate(layout) {
      calls.push(`allocate ${layout}`);
      const start = Math.ceil(tip / layout.align) * layout.align;
      if (start + usableSize(layout) > base + most) return NULL;
      [last, tip] = [start, start + usableSize(layout)];
      return start as Ptr;
    },
    deallocate: (ptr, layout) => void calls.push(`deallocate ${ptr} ${layout}`),
    usableSize,
    resizeInPlace(ptr: Ptr, _from: Layout, to: Layout) {
      calls.push(`resize ${ptr} ${to}`);
      if (!resizes || ptr !== last || ptr + usableSize(to) > base + most) return false;
      tip = ptr + usableSize(to);
      return true;
    },
    check: () => void calls.push("check"),
    trim: () => void calls.push("trim"),
    defer: () => void calls.push("defer"),
  });
  return { heap: freeTree(child) as FreeTree<typeof child> & { readonly tip: Tip }, calls };
}
