/**
 * Resizing in the base class: in place if the allocator can, otherwise by a move.
 *
 * @module
 */
import { nullPointer, requireLayouts } from "../base/errors.ts";
import type { Layout } from "../values/layout.ts";
import { NULL, type Null, type Ptr } from "../values/ptr.ts";
import type { Allocator } from "./allocator.ts";
import type { Capabilities } from "./capabilities.ts";
import { move, undoing } from "./move.ts";

/** Resizes a block in place, or moves it. In place only if the align stays the same, because a fitting layout has the same align. */
export function resize(
  allocator: Allocator & Partial<Capabilities>,
  ptr: Ptr,
  from: Layout,
  to: Layout,
  call: "grow" | "shrink",
): Ptr | Null {
  requireLayouts(from, to, call);
  if (ptr === NULL && from.size !== 0) throw nullPointer(call);
  const stays = from.align === to.align && allocator.resizeInPlace?.(ptr, from, to);
  return stays ? ptr : move(allocator, ptr, from, allocator, to);
}

/** `growZeroed` for memories whose fill hook may throw: the block is unchanged then. */
export function growByHooks(
  allocator: Allocator & Partial<Capabilities>,
  ptr: Ptr,
  from: Layout,
  to: Layout,
): Ptr | Null {
  const { memory } = allocator;
  const more = allocator.usableSize(to) - from.size;
  if (from.align === to.align && allocator.resizeInPlace?.(ptr, from, to)) {
    undoing(
      () => memory.fill((ptr + from.size) as Ptr, more),
      () => allocator.resizeInPlace?.(ptr, to, from),
    );
    return ptr;
  }
  return move(allocator, ptr, from, allocator, to, (next) => memory.fill((next + from.size) as Ptr, more));
}
