/**
 * alloc, allocZeroed, dealloc, realloc: the global allocator as Rust's four functions.
 *
 *     alloc(layout)                   ──▶  Ptr, or NULL: no room          Global.allocate
 *     realloc(ptr, layout, newSize)   ──▶  Ptr, or NULL: unchanged        Global.grow, Global.shrink
 *
 * Size 0 is forbidden, as in Rust. There it is undefined behaviour; here it throws.
 *
 * @module
 */
import { Layout, LayoutError, type Null, type Ptr } from "@alloc/core";
import { requireLayout } from "@alloc/core/author";
import { Global } from "./global.ts";

/**
 * Allocates a block from the global allocator.
 *
 * @param layout - its size is at least 1
 * @returns the address, a multiple of `layout.align`, or NULL if there is no room
 * @throws `LayoutError` with code `size` if the size is 0; use `Global.allocate` for that
 * @example
 * ```ts
 * import { Layout, NULL } from "@alloc/core";
 * import { handleAllocError } from "@alloc/global";
 * import { alloc, dealloc, realloc } from "@alloc/global/compat";
 *
 * const layout = Layout.of(16);
 * const ptr = alloc(layout);
 * if (ptr === NULL) handleAllocError(layout);
 * const larger = Layout.of(1000);
 * const grown = realloc(ptr, layout, larger.size);
 * if (grown === NULL) handleAllocError(larger);
 * dealloc(grown, larger);
 * ```
 */
export function alloc(layout: Layout): Ptr | Null {
  requireSize("alloc", sizeOf("alloc", layout), "Global.allocate");
  return Global.allocate(layout);
}

/**
 * Allocates a block from the global allocator whose bytes are all 0.
 *
 * @param layout - its size is at least 1
 * @returns as {@link alloc}
 * @throws as {@link alloc}; `MisuseError` with code `no-bytes` if the memory has no bytes and no `fill` hook
 */
export function allocZeroed(layout: Layout): Ptr | Null {
  requireSize("allocZeroed", sizeOf("allocZeroed", layout), "Global.allocateZeroed");
  return Global.allocateZeroed(layout);
}

/**
 * Releases a block of the global allocator.
 *
 * @param layout - a layout that fits the block
 * @throws `LayoutError` with code `size` if the size is 0; `MisuseError` if the allocator detects that the block or the
 *   layout is wrong
 */
export function dealloc(ptr: Ptr, layout: Layout): void {
  requireSize("dealloc", sizeOf("dealloc", layout), "Global.deallocate");
  Global.deallocate(ptr, layout);
}

/**
 * Resizes a block of the global allocator. The align stays the same; bytes up to the smaller size are kept.
 *
 * @param layout - a layout that fits the block
 * @param newSize - bytes, an integer from 1
 * @returns the address of the block, and the old address is dead; NULL if there is no room, in which case the old block is
 *   unchanged
 * @throws `LayoutError` with code `size` if a size is 0 or the new size is out of bounds
 */
export function realloc(ptr: Ptr, layout: Layout, newSize: number): Ptr | Null {
  requireSize("realloc", sizeOf("realloc", layout), "Global.grow");
  requireSize("realloc", newSize, "Global.shrink");
  const to = Layout.of(newSize, layout.align);
  return newSize < layout.size ? Global.shrink(ptr, layout, to) : Global.grow(ptr, layout, to);
}

function requireSize(caller: string, size: number, instead: string): void {
  if (size === 0) throw new LayoutError("size", `${caller} needs a size of at least 1 byte, got 0; ${instead} takes 0`);
}

function sizeOf(caller: string, layout: Layout): number {
  requireLayout(layout, caller);
  return layout.size;
}
