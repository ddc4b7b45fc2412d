/**
 * Moving a block: allocate, copy, release, in the order that loses nothing.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import { MisuseError } from "./errors.ts";
import type { Layout } from "./layout.ts";
import { NULL, type Null, type Ptr } from "./ptr.ts";

/**
 * Moves a block from one allocator to another (or the same) of one memory, in a new layout. The first
 * `min(from.size, to.size)` bytes are kept.
 *
 * @returns the new address, or NULL if `target` has no room; then the old block is as it was
 * @throws {@link MisuseError} `no-bytes`, and whatever `source` sees when the block is released; then nothing has changed
 */
export function move(source: Allocator, ptr: Ptr, from: Layout, target: Allocator, to: Layout): Ptr | Null {
  const bytes = Math.min(from.size, to.size);
  const { memory } = target;
  if (bytes !== 0) memory.needBytes();
  const next = target.allocate(to);
  if (next === NULL) return NULL;
  try {
    // What is handed out was not live: nor is the block, if it has come back in it.
    if (bytes !== 0 && next < ptr + from.size && ptr < next + to.size)
      throw new MisuseError("double-free", `no block is live at ${ptr}`);
    memory.copy(next, ptr, bytes);
    source.deallocate(ptr, from);
  } catch (misuse) {
    target.deallocate(next, to);
    throw misuse;
  }
  return next;
}
