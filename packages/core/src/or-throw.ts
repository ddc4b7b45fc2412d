/**
 * For callers who cannot go on without room.
 *
 * @module
 */
import { AllocError } from "./errors.ts";
import type { Layout } from "./layout.ts";
import { NULL, type Null, type Ptr } from "./ptr.ts";

/**
 * Turns NULL into a throw.
 *
 * @param ptr - what an allocator answered
 * @param layout - what it was asked for, for the message
 * @throws {@link AllocError} if `ptr` is NULL
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
  if (ptr === NULL) throw new AllocError(layout);
  return ptr;
}
