/**
 * parentOf: where a leaf takes its chunks from.
 *
 *     freeList(64)                      ──▶  pages()
 *     freeList(64, { parent: heap })    ──▶  heap
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import { requireOptions } from "../base/arguments.ts";
import { ArgumentError, isAllocator, isGuestMemory, shown } from "../base/errors.ts";
import { requireLive } from "../chain/retire.ts";
import { pages } from "./pages.ts";

/**
 * Returns the parent that a leaf takes its chunks from: that of its options, or `pages()`.
 *
 * @param call - the function the options were passed to, as it is written: `"freeList(blockSize, { parent: pages(memory) })"`
 * @param names - the names of all its options
 * @throws `ArgumentError` that shows the right call
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { parentOf } from "@alloc/core/author";
 *
 * parentOf("system({ parent: pages(memory) })", {}, ["parent", "checked", "name"]) === pages(); // => true
 * ```
 */
export function parentOf(
  call: string,
  options: { readonly parent?: Allocator | undefined },
  names: readonly string[],
): Allocator {
  requireOptions(call, options, names);
  const { parent = pages() } = options;
  if (isAllocator(parent)) {
    requireLive(parent);
    return parent;
  }
  const write = isGuestMemory(parent) ? call.replace("pages(memory)", "pages(Memory.over(memory))") : call;
  throw new ArgumentError(
    `${call.replace(/\(.*/, "")} expects an allocator as its parent, got ${shown(parent)}: write ${write}`,
  );
}
