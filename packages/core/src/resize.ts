/**
 * Resizing as the base class does it: in place where the allocator can, by a move where it cannot.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import type { Capabilities } from "./capabilities.ts";
import { nullPointer, requireLayouts } from "./errors.ts";
import type { Layout } from "./layout.ts";
import { move, undoing } from "./move.ts";
import { NULL, type Null, type Ptr } from "./ptr.ts";

/** Throws a `TypeError` unless both are layouts. */
export function requireSizes(call: string, from: Layout, to: Layout): void {
  if (!(from?.size >= 0 && to?.size >= 0 && from.align > 0 && to.align > 0)) requireLayouts(from, to, call);
}

/** Resizes a block where it lies, or moves it. In place only while the align stays: by that a layout fits. */
export function resize(
  allocator: Allocator & Partial<Capabilities>,
  ptr: Ptr,
  from: Layout,
  to: Layout,
  call: "grow" | "shrink",
): Ptr | Null {
  requireSizes(call, from, to);
  if (ptr === NULL && from.size !== 0) throw nullPointer(call);
  const stays = from.align === to.align && allocator.resizeInPlace?.(ptr, from, to);
  return stays ? ptr : move(allocator, ptr, from, allocator, to);
}

/** As `growZeroed` where bytes are filled by a hook, which may throw: then the block is as it was. */
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
