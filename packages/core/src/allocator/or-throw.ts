/**
 * orThrow: for callers that cannot go on without room.
 *
 * @module
 */
import { ArgumentError, requireLayout, shown } from "../base/errors.ts";
import type { Layout } from "../values/layout.ts";
import { NULL, type Null, type Ptr } from "../values/ptr.ts";
import { handleAllocError, type setAllocErrorHook } from "./alloc-error.ts";

/**
 * Throws if an allocator returned NULL.
 *
 * @param ptr - the result of an allocator
 * @param layout - the requested layout, for the message
 * @returns `ptr`
 * @throws `AllocError` if `ptr` is NULL, or the error of the hook that {@link setAllocErrorHook} set
 * @example
 * ```ts
 * import { Layout, orThrow, pages } from "@alloc/core";
 *
 * const layout = Layout.of(4096);
 * const ptr = orThrow(pages().allocate(layout), layout); // a Ptr, without a test for NULL
 * pages().deallocate(ptr, layout);
 * ```
 */
export function orThrow(ptr: Ptr | Null, layout: Layout): Ptr {
  // Anything but an address ends up there too.
  return ptr > NULL ? (ptr as Ptr) : refuse(ptr, layout);
}

function refuse(ptr: Ptr | Null, layout: Layout): never {
  requireLayout(layout, "orThrow");
  if (ptr !== NULL) {
    throw new ArgumentError(
      `orThrow expects an address or NULL, got ${shown(ptr)}: write orThrow(heap.allocate(layout), layout)`,
    );
  }
  return handleAllocError(layout);
}
