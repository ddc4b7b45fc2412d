/**
 * GlobalAlloc: an object in the shape of Rust's `GlobalAlloc`, made an allocator.
 *
 *     alloc, dealloc     required
 *     allocZeroed        default: alloc, then zero the block
 *     realloc            default: alloc, copy the smaller size, dealloc
 *
 * `realloc` keeps the align, so a block whose align changes is moved.
 *
 * @module
 */
import { Allocator, type Layout, type Memory, type Null, type Ptr } from "@alloc/core";
import { move } from "@alloc/core/author";

/**
 * Can be registered instead of an `Allocator`: two required functions and two optional ones, called as methods of their object.
 * They never get a layout of size 0. `dealloc` and `realloc` get the layout that was last requested for the block.
 */
export interface GlobalAlloc {
  /** The memory that holds the blocks. */
  readonly memory: Memory;
  /** Returns a multiple of `layout.align`; NULL if there is no room, in which case nothing has changed. */
  alloc(layout: Layout): Ptr | Null;
  /** Releases a block. */
  dealloc(ptr: Ptr, layout: Layout): void;
  /** Like `alloc`, but all bytes of the block are 0. */
  allocZeroed?(layout: Layout): Ptr | Null;
  /**
   * Resizes a block to `newSize` bytes, at least 1, of the same align. Bytes up to the smaller size are kept. Returns NULL if
   * there is no room, in which case the old block is unchanged.
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
