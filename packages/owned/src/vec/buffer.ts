/**
 * Buffer: a growing block of elements, the base of RawVec and Vec.
 *
 *     capacity   0 ──▶ 4 ──▶ 8 ──▶ 16 ──▶ …        doubles, so n pushes copy less than 2 n elements
 *                                   ╰──▶ 9         exactly as needed if there is no room for twice as much
 *
 * A failed growth changes nothing. A growth that moves the block closes the window of the old one.
 *
 * @module
 */
import { type Allocator, handleAllocError, Layout, LayoutError, type Ptr } from "@alloc/core";
import { orGiveBack } from "../handles/factory.ts";
import { Owner } from "../handles/owner.ts";
import type { Type } from "../values/type.ts";

/** Up to this element size, in bytes, a first block has room for several elements. */
const SMALL = 1024;

const LAYOUT: unique symbol = Symbol("layout");

export abstract class Buffer<T> extends Owner<T> {
  declare [LAYOUT]: Layout;

  constructor(type: Type<T>, allocator: Allocator, ptr: Ptr, layout: Layout) {
    super(type, allocator, ptr);
    this[LAYOUT] = layout;
  }

  /** The layout of the block; of size 0 while there is none. */
  get layout(): Layout {
    return this[LAYOUT];
  }

  get capacity(): number {
    const { size } = this.type.layout;
    return size === 0 ? Infinity : this.layout.size / size;
  }

  /** Makes room for `additional` elements after the first `length`, or throws. */
  mustGrow(length: number, additional: number, amortised: boolean): void {
    const needed = this.layoutFor(length, additional);
    if (!this.hasGrown(needed, amortised)) handleAllocError(needed, ` for a ${this.kind} that grows`);
  }

  /** Throws if the allocator never serves a block for that many elements. */
  mustFit(length: number, additional: number): void {
    const needed = this.layoutFor(length, additional);
    if (needed.size !== 0 && this.allocator.usableSize(needed) === 0) {
      handleAllocError(needed, ` for a ${this.kind} that grows`);
    }
  }

  layoutFor(length: number, additional: number): Layout {
    this.requireLive();
    // Checked separately, because a sum can hide a negative number.
    const { layout } = this.type;
    Layout.array(layout, length);
    Layout.array(layout, additional);
    return Layout.array(layout, length + additional);
  }

  /** Grows to the needed size, or to twice the current size if amortised; returns false if there is no room. */
  hasGrown(needed: Layout, amortised: boolean): boolean {
    if (needed.size <= this.layout.size) return true;
    const doubled = amortised ? this.doubled() : 0;
    if (doubled > needed.size && this.tryGrow(Layout.of(doubled, needed.align))) return true;
    return this.tryGrow(needed);
  }

  /** Returns twice the bytes, or those of a first block; 0 if that exceeds the largest layout. */
  doubled(): number {
    const { size, align } = this.type.layout;
    const few = size === 1 ? 8 : size <= SMALL ? 4 : 1;
    const bytes = Math.max(2 * this.layout.size, few * size);
    return bytes > 2 ** 32 - align ? 0 : bytes;
  }

  tryGrow(to: Layout): boolean {
    const { address, layout } = this;
    const ptr = this.whileMoving(() => this.allocator.grow(address, layout, to));
    if (ptr === 0) return false;
    if (ptr !== this.address) this.hide();
    this.moveTo(ptr, to);
    return true;
  }

  /** Releases the room after the first `length` elements. */
  shrinkTo(length: number): void {
    this.requireLive();
    const to = Layout.array(this.type.layout, length);
    if (to.size > this.layout.size) {
      throw new LayoutError("count", `expected a length up to the capacity of ${this.capacity}, got ${length}`);
    }
    if (to.size === this.layout.size) return;
    const { address, layout } = this;
    const ptr = this.whileMoving(() => this.allocator.shrink(address, layout, to));
    if (ptr === 0) handleAllocError(to, ` for a ${this.kind} that shrinks`);
    this.hide();
    this.moveTo(ptr, to);
  }

  moveTo(ptr: Ptr, layout: Layout): void {
    this.requireLive(); // a hook of the allocator may have ended its scope
    this.address = ptr;
    this[LAYOUT] = layout;
  }

  override releaseAt(start: Ptr): void {
    this.allocator.deallocate(start, this.layout);
  }
}

/** Allocates the block of a buffer and makes the buffer. If that throws, releases the block. */
export function allocateBuffer<B>(
  caller: string,
  allocator: Allocator,
  layout: Layout,
  make: (ptr: Ptr) => B,
  zeroed = false,
): B {
  const ptr = zeroed ? allocator.allocateZeroed(layout) : allocator.allocate(layout);
  if (ptr === 0) return handleAllocError(layout, ` for the capacity of ${caller}`);
  return orGiveBack(allocator, ptr, layout, () => make(ptr));
}
