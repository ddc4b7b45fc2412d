/**
 * system: the factory of the general-purpose heap.
 *
 *     system()                      SystemMachine     releases small blocks without a look-up
 *     system({ checked: true })     CheckedMachine    looks up each block
 *
 * @module
 */
import type { Allocator, Capabilities, SharedIn } from "@alloc/core";
import { type Kind, parentOf, requireFlag, requireParent, withName } from "@alloc/core/author";
import { CheckedMachine } from "./checked.ts";
import { foundIn } from "./heap/found.ts";
import { SystemMachine } from "./system-machine.ts";

/** A general-purpose heap. */
export interface SystemHeap
  extends Allocator,
    Pick<Capabilities, "owns" | "reset" | "resizeInPlace" | "sizeAt" | "check" | "trim" | "blocks"> {}

/**
 * Makes a general-purpose heap: blocks of any size and alignment. It takes chunks from its parent as needed, and returns empty
 * ones on `trim`.
 *
 * Sizes are rounded up to the align. Blocks have at most 3 bytes of slack up to 32 bytes, 7 up to 512 and 63 up to 1024; larger
 * ones at most 15, or 1/64 from 2 KiB on. Cost: O(1), however many blocks are live; the bookkeeping lies outside the memory and
 * is part of `footprint`.
 *
 * Source: magazines and slabs after Bonwick (1994, 2001), two-level segregated fit after Masmano and others (2004), deferred
 * coalescing after Wilson and others (1995).
 *
 * @param options - `parent`: the source of chunks. Default: `pages()`. `checked`: whether every double free, interior pointer,
 *   foreign pointer and wrong size throws a MisuseError, at O(1) per call. Default: false, which detects these for large blocks,
 *   and addresses outside the chunks. `name`: 1 to 40 printable characters, for reports, errors and `find`
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
export function system<P extends Allocator = Allocator>(options?: {
  readonly parent?: P;
  readonly checked?: boolean;
  readonly name?: string;
}): SharedIn<P["memory"], SystemHeap>;
export function system(
  options: { readonly parent?: Allocator; readonly checked?: boolean; readonly name?: string } = {},
): SystemHeap {
  const parent = parentOf("system({ parent: pages(memory) })", options, ["parent", "checked", "name"]);
  requireFlag("system({ checked: true })", "checked", options.checked);
  return withName(options, () => (options.checked ? new CheckedMachine(parent) : new SystemMachine(parent)));
}

/** The kind of {@link system}, checked or not. */
export const systemKind: Kind = {
  kind: "system",
  attach(node) {
    const parent = requireParent(node);
    const found = foundIn(node);
    return found.places === undefined ? new SystemMachine(parent, false, found) : new CheckedMachine(parent, found);
  },
};
