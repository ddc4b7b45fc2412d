/**
 * For callers who cannot go on without room.
 *
 * @module
 */
import { handleAllocError, type setAllocErrorHook } from "./alloc-error.ts";
import type { Layout } from "./layout.ts";
import { NULL, type Null, type Ptr } from "./ptr.ts";

/**
 * Turns NULL into a throw.
 *
 * @param ptr - what an allocator returned
 * @param layout - what it was asked for, for the message
 * @throws `AllocError` if `ptr` is NULL, or what the hook throws that {@link setAllocErrorHook} set
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
  if (ptr === NULL) handleAllocError(layout);
  return ptr;
}
