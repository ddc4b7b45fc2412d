/**
 * Watcher: a wrapper of one allocator that detects every block come and go, and hides nothing.
 *
 *     allocate, allocateZeroed   ┐
 *     a grow from size 0         ┴──▶  request  ──▶  inner
 *     grow, growZeroed, shrink   ───▶  resize   ──▶  inner
 *     deallocate                 ┐
 *     a shrink to size 0         ┴──▶  release  ──▶  inner
 *     whatever else              ──────────────────▶ inner
 *
 * A subclass writes the three verbs in the middle, and `forget` if it keeps an account of live blocks. Size 0 is decided
 * before, so it meets blocks and nothing else. What the inner allocator answers goes up as it is: the same addresses, the
 * same sizes, the same misuse; and what the inner one cannot do, its watcher cannot (`withCapabilities`).
 *
 * At the end the inner allocator ends first, so its drops may still use the watcher; then the account is cleared.
 *
 * @module
 */
import {
  Allocator,
  attempt,
  type BlockVisitor,
  type Can,
  type Capability,
  type Footprint,
  type Layout,
  type Memory,
  type MisuseCode,
  type Null,
  type Ptr,
  requireLayouts,
  rethrow,
} from "@alloc/core";

/** The methods that resize a block and may move it. */
export type Resize = "grow" | "growZeroed" | "shrink";

export abstract class Watcher extends Allocator {
  override readonly memory: Memory;
  override readonly detects: readonly MisuseCode[];
  override readonly isExact: boolean;
  /** With all capabilities to the compiler: what it lacks, the watcher lacks too, or asks for. */
  readonly inner: Can<Capability>;

  constructor(inner: Can<Capability>) {
    super(undefined, [inner]);
    this.memory = inner.memory;
    this.detects = inner.detects;
    this.isExact = inner.isExact;
    this.inner = inner;
  }

  override allocate(layout: Layout): Ptr | Null {
    return layout?.size > 0 && layout.align > 0
      ? this.request(layout, false)
      : this.expectLayout(layout, "allocate").dangling;
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    return layout?.size > 0 && layout.align > 0
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
    return to.dangling;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout?.size > 0 && layout.align > 0) this.release(ptr, layout);
    else this.expectLayout(layout, "deallocate");
  }

  override usableSize(layout: Layout): number {
    return this.inner.usableSize(layout);
  }

  owns(ptr: Ptr): boolean {
    return this.inner.owns(ptr);
  }

  reset(): void {
    const errors: unknown[] = [];
    if (this.resetInner(errors)) this.forget();
    rethrow(errors);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    return this.inner.resizeInPlace(ptr, from, to);
  }

  defer(drop: () => void): void {
    this.inner.defer(drop);
  }

  sizeAt(ptr: Ptr): number {
    return this.inner.sizeAt(ptr);
  }

  check(): void {
    this.inner.check();
  }

  trim(): void {
    this.inner.trim();
  }

  blocks(visit: BlockVisitor): void {
    this.inner.blocks(visit);
  }

  override footprint(): Footprint {
    return this.inner.footprint();
  }

  override close(): void {
    this.forget();
  }

  /**
   * Resets the inner allocator. Returns whether its blocks have ended: also if a drop threw, but not if the reset was refused, by a
   * region with an open scope for example.
   */
  resetInner(errors: unknown[]): boolean {
    this.endTenants(errors);
    const { epoch } = this.inner;
    const before = errors.length;
    attempt(errors, () => this.inner.reset());
    if (this.inner.epoch !== epoch) return true;
    if (errors.length !== before) return false;
    // One whose author does not know of epochs.
    this.epochChanged();
    return true;
  }

  /** Clears the account: no block is live any more. */
  forget(): void {}

  /** Asks the inner allocator for a block of at least 1 byte. */
  abstract request(layout: Layout, zeroed: boolean): Ptr | Null;

  /** Has the inner allocator resize a block; neither size is 0. */
  abstract resize(how: Resize, ptr: Ptr, from: Layout, to: Layout): Ptr | Null;

  /** Gives a block back to the inner allocator. */
  abstract release(ptr: Ptr, layout: Layout): void;
}
