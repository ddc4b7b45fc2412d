/**
 * GlobalAlloc: the shape that Rust asks of what is registered, made an allocator.
 *
 *     alloc, dealloc     required
 *     allocZeroed        unless given: alloc, then zero the block
 *     realloc            unless given: alloc, copy the smaller size, dealloc
 *
 * `realloc` keeps the align, so where the align changes the block is moved.
 *
 * @module
 */
import { Allocator, type Layout, type Memory, move, type Null, type Ptr } from "@alloc/core";

/**
 * What can be registered beside an `Allocator`: two functions, or four, called as methods of their object. A layout
 * of size 0 never reaches them, and each is told the very layout that its block was last asked with.
 */
export interface GlobalAlloc {
  /** The memory that they hand out of. */
  readonly memory: Memory;
  /** Returns a multiple of `layout.align`, or NULL: no room, and nothing has changed. */
  alloc(layout: Layout): Ptr | Null;
  dealloc(ptr: Ptr, layout: Layout): void;
  /** As `alloc`, and all bytes of the block are 0. */
  allocZeroed?(layout: Layout): Ptr | Null;
  /**
   * Resizes a block to `newSize` bytes, at least 1, of the same align. The bytes of the smaller size are kept.
   * Returns NULL where there is no room; the old block is then as it was.
   */
  realloc?(ptr: Ptr, layout: Layout, newSize: number): Ptr | Null;
}

export function fromGlobalAlloc(functions: GlobalAlloc): Allocator {
  const allocator: Allocator = Allocator.from({
    memory: functions.memory,
    allocate: (layout) => functions.alloc(layout),
    ...(functions.allocZeroed && { allocateZeroed: (layout: Layout) => functions.allocZeroed!(layout) }),
    grow: resize,
    shrink: resize,
    deallocate: (ptr, layout) => functions.dealloc(ptr, layout),
    describeSelf: () => ({ kind: "GlobalAlloc", options: {}, state: {} }),
  });

  function resize(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    if (functions.realloc && from.align === to.align) return functions.realloc(ptr, from, to.size);
    return move(allocator, ptr, from, allocator, to);
  }
  return allocator;
}
