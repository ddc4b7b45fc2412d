/**
 * Reshaper: a wrapper that requests another layout from its child than it was given.
 *
 *     asked     Layout(13, align 8)     wanted ──▶  Layout(16, align 8)     of the child
 *     released  Layout(15, align 8)     taken  ──▶  Layout(16, align 8)     again
 *
 * Every layout that fits a block must lead to one that the child accepts for it. So request and release apply the same function
 * to the layout, with one exception: if the child supports `sizeAt`, a block may be released by that size, which is passed on
 * unchanged.
 *
 * @module
 */
import type { Layout, Null, Ptr } from "@alloc/core";
import { nullPointer, requireLayouts } from "@alloc/core/author";
import { Resizer } from "./resizer.ts";

export abstract class Reshaper extends Resizer {
  override allocate(layout: Layout): Ptr | Null {
    if (!(layout != null && layout.size > 0 && layout.align > 0)) return this.expectLayout(layout, "allocate").dangling;
    const wanted = this.wanted(layout);
    return wanted === undefined ? 0 : this.inner.allocate(wanted);
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    if (!(layout != null && layout.size > 0 && layout.align > 0))
      return this.expectLayout(layout, "allocateZeroed").dangling;
    const wanted = this.wanted(layout);
    return wanted === undefined ? 0 : this.inner.allocateZeroed(wanted);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout != null && layout.size > 0 && layout.align > 0) this.inner.deallocate(ptr, this.taken(ptr, layout));
    else this.expectLayout(layout, "deallocate");
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    if (ptr === 0 && from.size !== 0) throw nullPointer("resizeInPlace");
    if (from.align !== to.align || from.size === 0 || to.size === 0) return false;
    const wanted = this.wanted(to);
    if (wanted === undefined) return false;
    const taken = this.taken(ptr, from);
    return taken.equals(wanted) || (this.inner.resizeInPlace?.(ptr, taken, wanted) ?? false);
  }

  /** Returns the layout to request from the child; undefined if the size is out of bounds. */
  abstract wanted(layout: Layout): Layout | undefined;

  /** Returns a layout that fits the child's block, for one that fits the block here. */
  abstract taken(ptr: Ptr, layout: Layout): Layout;

  /** A shrink here may be a grow of the child, if a block released by its `sizeAt` has to be rounded up. */
  override change(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const wanted = this.wanted(to);
    if (wanted === undefined) return 0;
    const taken = this.taken(ptr, from);
    if (taken.equals(wanted)) return ptr;
    return wanted.size < taken.size ? this.inner.shrink(ptr, taken, wanted) : this.inner.grow(ptr, taken, wanted);
  }
}
