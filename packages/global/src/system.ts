/**
 * system: the factory of the general-purpose heap.
 *
 *     system()                      SystemMachine     small blocks are taken back unseen
 *     system({ checked: true })     CheckedMachine    each is looked up
 *
 * @module
 */
import { type Allocator, pages } from "@alloc/core";
import { CheckedMachine } from "./checked.ts";
import { type SystemHeap, SystemMachine } from "./system-machine.ts";

export type { SystemHeap };

/**
 * Makes a general-purpose heap: blocks of any size and alignment. It takes chunks from its parent as it needs them, and
 * gives back those that are empty on `trim`.
 *
 * Sizes are rounded up to the align. Blocks have at most 3 bytes of slack up to 32 bytes, 7 up to 512, 63 up to 1024; larger
 * ones at most 15, or a 64th part from 2 KiB on. Cost: O(1), whatever is live; bookkeeping outside of the memory,
 * which `footprint` tells.
 *
 * Source: magazines and slabs after Bonwick (1994, 2001), two-level segregated fit after Masmano and others (2004), deferred
 * coalescing after Wilson and others (1995).
 *
 * @param options - `parent`: where the chunks come from. Default: `pages()`. `checked`: whether each second release, each address inside
 *   a block, each foreign one and each wrong size is a MisuseError, at O(1) for each call. Default: false, which detects them for large
 *   blocks, and what lies outside the chunks
 * @example
 * ```ts
 * import { Layout, orThrow } from "@alloc/core";
 * import { system } from "@alloc/global";
 *
 * using heap = system();
 * const layout = Layout.of(100);
 * const ptr = orThrow(heap.allocate(layout), layout);
 * heap.sizeAt(ptr); // => 104
 * heap.deallocate(ptr, layout);
 * ```
 */
export function system(options: { readonly parent?: Allocator; readonly checked?: boolean } = {}): SystemHeap {
  const parent = options.parent ?? pages();
  return options.checked ? new CheckedMachine(parent) : new SystemMachine(parent);
}
