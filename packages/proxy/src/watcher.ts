/**
 * Watcher: a forwarder that sees every block come and go, and hides nothing.
 *
 *     allocate, allocateZeroed   ┐
 *     a grow from size 0         ┴──▶  request  ──▶  inner
 *     grow, growZeroed, shrink   ───▶  resize   ──▶  inner
 *     deallocate                 ┐
 *     a shrink to size 0         ┴──▶  release  ──▶  inner
 *     everything else            ──────────────────▶ inner
 *
 * A subclass implements the three verbs in the middle, and `forget` if it keeps a record of live blocks. Size 0 is handled before
 * them, so they only meet blocks. Results of the inner allocator are passed on unchanged: addresses, sizes, misuse. A capability
 * that the inner allocator lacks, its watcher lacks too (`withCapabilities`).
 *
 * On dispose the inner allocator ends first, so its drops may still use the watcher; then the record is cleared.
 *
 * @module
 */
import type { Layout, Null, Ptr } from "@alloc/core";
import { attempt, Forwarder, requireLayouts, rethrow } from "@alloc/core/author";

/** The methods that resize a block and may move it. */
export type Resize = "grow" | "growZeroed" | "shrink";

export abstract class Watcher extends Forwarder {
  override allocate(layout: Layout): Ptr | Null {
    return layout != null && layout.size > 0 && layout.align > 0
      ? this.request(layout, false)
      : this.expectLayout(layout, "allocate").dangling;
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    return layout != null && layout.size > 0 && layout.align > 0
      ? this.request(layout, true)
      : this.expectLayout(layout, "allocateZeroed").dangling;
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "grow");
    return from.size === 0 ? this.allocate(to) : this.resize("grow", ptr, from, to);
  }

  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "growZeroed");
    return from.size === 0 ? this.allocateZeroed(to) : this.resize("growZeroed", ptr, from, to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "shrink");
    if (to.size !== 0) return this.resize("shrink", ptr, from, to);
    this.deallocate(ptr, from);
    return this.expectLayout(to, "shrink").dangling;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout != null && layout.size > 0 && layout.align > 0) this.release(ptr, layout);
    else this.expectLayout(layout, "deallocate");
  }

  override reset(): void {
    const errors: unknown[] = [];
    if (this.resetInner(errors)) this.forget();
    rethrow(errors);
  }

  override close(): void {
    this.forget();
  }

  /**
   * Resets the inner allocator.
   *
   * @returns whether its blocks have ended: true even if a drop threw, false if the reset was refused, by a region with an open
   *   scope for example
   */
  resetInner(errors: unknown[]): boolean {
    this.endTenants(errors);
    const { epoch } = this.inner;
    const before = errors.length;
    attempt(errors, () => this.inner.reset());
    if (this.inner.epoch !== epoch) return true;
    if (errors.length !== before) return false;
    // A custom allocator that does not maintain its epoch.
    this.epochChanged();
    return true;
  }

  /** Clears the record: no block is live. */
  forget(): void {}

  /** Requests a block of at least 1 byte from the inner allocator. */
  abstract request(layout: Layout, zeroed: boolean): Ptr | Null;

  /** Resizes a block through the inner allocator; neither size is 0. */
  abstract resize(how: Resize, ptr: Ptr, from: Layout, to: Layout): Ptr | Null;

  /** Releases a block to the inner allocator. */
  abstract release(ptr: Ptr, layout: Layout): void;
}
