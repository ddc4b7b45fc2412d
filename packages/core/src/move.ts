/**
 * Moving a block: allocate, copy, release, in the order that loses nothing.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import { attempt, rethrow } from "./attempt.ts";
import { MisuseError, nullPointer, requireLayouts } from "./errors.ts";
import type { Layout } from "./layout.ts";
import { NULL, type Null, type Ptr } from "./ptr.ts";

/**
 * Moves a block from one allocator to another (or the same) of one memory, in a new layout. The first
 * `min(from.size, to.size)` bytes are kept.
 *
 * @param ready - run on the new block before the old one is released
 * @returns the new address, or NULL if `target` has no room; then the old block is as it was
 * @throws {@link MisuseError} `no-bytes`, and whatever `source` detects when the block is released; what copying throws, and
 *   `ready`. Then nothing has changed
 */
export function move(
  source: Allocator,
  ptr: Ptr,
  from: Layout,
  target: Allocator,
  to: Layout,
  ready?: (next: Ptr) => void,
): Ptr | Null {
  if (!(from?.size >= 0 && to?.size >= 0)) requireLayouts(from, to, to?.size < from?.size ? "shrink" : "grow");
  const bytes = Math.min(from.size, to.size);
  const { memory } = target;
  if (ptr === NULL && from.size !== 0) throw nullPointer(to.size < from.size ? "shrink" : "grow");
  if (bytes !== 0) memory.needBytes();
  const next = target.allocate(to);
  if (next === NULL) return NULL;
  undoing(
    () => {
      // What is handed out was not live: nor is the block, if it has come back in it.
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

/** Runs a step; if it throws, also another one that undoes what was done before it, and then throws what both threw. */
export function undoing(step: () => void, undo: () => void): void {
  const errors: unknown[] = [];
  attempt(errors, step);
  if (errors.length !== 0) attempt(errors, undo);
  rethrow(errors);
}
