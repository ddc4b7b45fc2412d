/**
 * Moving a block: allocate, copy, release, in an order that loses nothing.
 *
 * @module
 */
import { attempt, rethrow } from "../base/attempt.ts";
import { MisuseError, nullPointer, requireLayouts } from "../base/errors.ts";
import type { Layout } from "../values/layout.ts";
import { NULL, type Null, type Ptr } from "../values/ptr.ts";
import type { Allocator } from "./allocator.ts";

/**
 * Moves a block to another allocator of the same memory, or within one, in a new layout. The first `min(from.size, to.size)`
 * bytes are kept.
 *
 * @param ready - called with the new address before the old block is released
 * @returns the new address, or NULL if `target` has no room, in which case the old block is unchanged
 * @throws {@link MisuseError} `no-bytes`, or the misuse that `source` detects on release; errors of copying and of `ready`.
 *   Nothing has changed then
 */
export function move(
  source: Allocator,
  ptr: Ptr,
  from: Layout,
  target: Allocator,
  to: Layout,
  ready?: (next: Ptr) => void,
): Ptr | Null {
  requireLayouts(from, to, to?.size < from?.size ? "shrink" : "grow");
  const bytes = Math.min(from.size, to.size);
  const { memory } = target;
  if (ptr === NULL && from.size !== 0) throw nullPointer(to.size < from.size ? "shrink" : "grow");
  if (bytes !== 0) memory.needBytes();
  const next = target.allocate(to);
  if (next === NULL) return NULL;
  undoing(
    () => {
      // The new block was not live, so an old block that overlaps it was not live either.
      if (bytes !== 0 && next < ptr + from.size && ptr < next + to.size) {
        throw new MisuseError("double-free", `no block is live at ${ptr}`);
      }
      memory.copy(next, ptr, bytes);
      ready?.(next);
      source.deallocate(ptr, from);
    },
    () => target.deallocate(next, to),
  );
  return next;
}

/** Runs a step; if it throws, runs `undo` to restore the state before it, and throws the errors of both. */
export function undoing(step: () => void, undo: () => void): void {
  try {
    step();
  } catch (error) {
    const errors = [error];
    attempt(errors, undo);
    rethrow(errors);
  }
}
