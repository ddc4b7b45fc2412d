/**
 * Resizer: the base of wrappers whose blocks differ from those of the child, so that a resize of one is not a resize of the other.
 *
 *     grow, shrink ──▶ resize ──▶ change(ptr, from, to)       never with size 0
 *     growZeroed   ──▶ as in any allocator: by the usable size here, not by the child's
 *
 * @module
 */
import { Allocator, type Layout, type Null, type Ptr } from "@alloc/core";
import { Forwarder, nullPointer, requireLayouts } from "@alloc/core/author";

export abstract class Resizer extends Forwarder {
  override readonly isExact: boolean = false;

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return this.resize(ptr, from, to);
  }

  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return Allocator.prototype.growZeroed.call(this, ptr, from, to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return this.resize(ptr, from, to);
  }

  resize(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, to?.size < from?.size ? "shrink" : "grow");
    if (from.size === 0) return this.allocate(to);
    if (ptr === 0) throw nullPointer(to.size < from.size ? "shrink" : "grow");
    if (to.size === 0) {
      this.deallocate(ptr, from);
      return this.expectLayout(to, "shrink").dangling;
    }
    return this.change(ptr, from, to);
  }

  /** Resizes a block to a size other than 0. */
  abstract change(ptr: Ptr, from: Layout, to: Layout): Ptr | Null;
}
