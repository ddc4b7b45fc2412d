/**
 * System: the general-purpose heap. Most calls touch two words, and none of its state lies in the memory.
 *
 *     allocate      magazine of the class: 0 │ ptr │ ptr │ ptr ◀─ top          pop, unless the top is the 0
 *     deallocate                           0 │ ptr │ ptr │ ptr │ ptr ◀─ top    push, unless the limit is reached
 *     otherwise     slabs, extents, chunks of the parent: see `heap/heap.ts`
 *
 * Sizes are rounded up to the align. Up to 1024 bytes the result has a size class, which the layout alone determines. A small
 * block that lies in the chunks of the heap is released without a look-up, which would cost as much as everything else. When a
 * magazine is emptied, entries that are not live blocks are dropped. So whatever is released, the slabs count right, every call
 * ends, and no address outside the chunks is handed out. `CheckedMachine` looks up each block.
 *
 * `allocate` and `deallocate` are short, for engines inline only so much code into a loop; a layout that is inlined too is never
 * made. Rarer cases are a call away. `-(-size & -align)` is a size rounded up; `words[at]` is the `TOP` of its class.
 *
 * @module
 */
import {
  Allocator,
  type BlockVisitor,
  type Footprint,
  type Layout,
  type Memory,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import { hide, NO_LAYOUT, nullPointer, requireLayouts, rethrow, undoing } from "@alloc/core/author";
import { copyBytes, zeroBytes } from "./heap/bytes.ts";
import type { Found } from "./heap/found.ts";
import { Heap } from "./heap/heap.ts";
import { requireNumbers } from "./heap/numbers.ts";
import { GRANULE } from "./heap/records.ts";
import { HIGH, LIMIT, LOW, type Magazines, PLACES, STRIDE } from "./heap/small/magazines.ts";
import { BYTES, bytesIn, classFor, MOST_ALIGN, STEPS } from "./heap/small/size-classes.ts";
import { visitBlocks } from "./heap/visit.ts";

export class SystemMachine extends Allocator {
  override readonly memory: Memory;
  override readonly parent: Allocator;
  override readonly isExact = true;
  readonly heap!: Heap;
  readonly magazines!: Magazines;
  readonly places!: Uint16Array;
  /** Whether the parent serves chunks in which any small block has room. */
  readonly isGenerous!: boolean;
  /** The largest align of a small block. */
  readonly coarsest!: number;

  /** @param found - the words of a heap that is made again. Default: new ones */
  constructor(parent: Allocator, isChecked = false, found?: Found) {
    // First: the parent may throw, and it must not have to end a tenant without a heap.
    const heap = new Heap(parent, isChecked, found);
    super(parent);
    this.memory = parent.memory;
    this.parent = parent;
    heap.extents.chunks.caller = this;
    const { magazines, extents } = heap;
    const { isGenerous, coarsest } = extents;
    hide(this, { heap, magazines, places: PLACES, isGenerous, coarsest });
  }

  override allocate(layout: Layout): Ptr | Null {
    const { size, align } = layout ?? NO_LAYOUT;
    const step = ~(-size & -align) >>> 2;
    if (step >= STEPS || align > MOST_ALIGN)
      return size >= 0 ? this.take(size, align) : this.expectLayout(layout, "allocate").dangling;
    const at = this.places[step]!;
    const { words } = this.magazines;
    const top = words[at]!;
    const ptr = words[top]!;
    if (ptr === 0) return this.heap.refill(at);
    words[at] = top - 1;
    return ptr as Ptr;
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    const { size, align } = layout ?? NO_LAYOUT;
    return size >= 0 ? this.takeZeroed(size, align) : this.expectLayout(layout, "allocateZeroed").dangling;
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const { size: before, align: beforeAlign } = from ?? NO_LAYOUT;
    const { size, align } = to ?? NO_LAYOUT;
    if (!(before >= 0 && size >= 0)) requireLayouts(from, to, "grow");
    return this.resize(ptr, before, beforeAlign, size, align, "grow");
  }

  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "growZeroed");
    const { size, align } = to;
    const kept = from.size;
    if (kept === 0) return this.takeZeroed(size, align);
    this.memory.needBytes();
    const after = classFor(size, align, this.coarsest);
    if (!this.resizeInPlace(ptr, from, to)) {
      return this.move(ptr, kept, classFor(kept, from.align, this.coarsest), size, align, after, true);
    }
    undoing(
      () => this.memory.fill((ptr + kept) as Ptr, bytesIn(after, size) - kept),
      () => this.resizeInPlace(ptr, to, from),
    );
    return ptr;
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const { size: before, align: beforeAlign } = from ?? NO_LAYOUT;
    const { size, align } = to ?? NO_LAYOUT;
    if (!(before >= 0 && size >= 0)) requireLayouts(from, to, "shrink");
    return this.resize(ptr, before, beforeAlign, size, align, "shrink");
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    const { size, align } = layout ?? NO_LAYOUT;
    const step = ~(-size & -align) >>> 2;
    if (step < STEPS && align <= MOST_ALIGN) {
      const at = this.places[step]!;
      const { words } = this.magazines;
      const top = words[at]! + 1;
      if (top <= words[at + LIMIT]! && ptr >= words[LOW]! && ptr < words[HIGH]!) {
        words[top] = ptr;
        words[at] = top;
        return;
      }
    }
    if (size >= 0) this.give(ptr, size, align);
    else this.expectLayout(layout, "deallocate");
  }

  override usableSize(layout: Layout): number {
    const { size, align } = layout ?? NO_LAYOUT;
    const step = ~(-size & -align) >>> 2;
    if (step < STEPS && align <= MOST_ALIGN && this.isGenerous) return BYTES[step]!;
    return size >= 0 ? this.usable(size, align) : this.expectLayout(layout, "usableSize").size;
  }

  owns(ptr: Ptr): boolean {
    return this.heap.extents.chunks.find(Math.floor(ptr / GRANULE)) >= 0;
  }

  reset(): void {
    const errors: unknown[] = [];
    this.endTenants(errors);
    this.heap.reset();
    this.epochChanged();
    rethrow(errors);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    if (ptr === 0 && from.size !== 0) throw nullPointer("resizeInPlace");
    if (from.align !== to.align || from.size === 0 || to.size === 0) return false;
    const before = classFor(from.size, from.align, this.coarsest);
    const after = classFor(to.size, to.align, this.coarsest);
    if (before !== after) return false;
    if (before === 0) return this.heap.resizeLarge(ptr, from.size, to.size);
    this.heap.requireSmall(ptr, before);
    return true;
  }

  sizeAt(ptr: Ptr): number {
    return this.heap.sizeAt(ptr);
  }

  check(): void {
    this.heap.check();
  }

  trim(): void {
    this.heap.trim();
  }

  blocks(visit: BlockVisitor): void {
    visitBlocks(this.heap, visit);
  }

  override footprint(): Footprint {
    return this.heap.footprint();
  }

  override describeSelf(): SelfDescription {
    return { kind: "system", options: {}, state: this.heap.state() };
  }

  override close(): void {
    this.heap.close();
  }

  /** Allocates a block of any layout. */
  take(size: number, align: number): Ptr | Null {
    requireNumbers(size, align, "allocate");
    return this.serve(size, align, classFor(size, align, this.coarsest));
  }

  takeZeroed(size: number, align: number): Ptr | Null {
    requireNumbers(size, align, "allocateZeroed");
    const { memory } = this;
    if (size !== 0) memory.needBytes();
    const sizeClass = classFor(size, align, this.coarsest);
    const ptr = this.serve(size, align, sizeClass);
    if (ptr === 0 || size === 0) return ptr;
    try {
      zeroBytes(memory, ptr, bytesIn(sizeClass, size));
    } catch (error) {
      this.release(ptr, size, sizeClass);
      throw error;
    }
    return ptr;
  }

  /** Releases any block. */
  give(ptr: Ptr, size: number, align: number): void {
    requireNumbers(size, align, "deallocate");
    this.release(ptr, size, classFor(size, align, this.coarsest));
  }

  /** Allocates a block of a layout that has this class, which may be none. */
  serve(size: number, align: number, sizeClass: number): Ptr | Null {
    if (sizeClass !== 0) return this.pop(sizeClass);
    // A block of size 0 lies at the upper end of the address space.
    return size === 0 ? ((2 ** 32 - align) as Ptr) : this.heap.allocateLarge(size, align);
  }

  /** Releases a block of a size that has this class, which may be none. */
  release(ptr: Ptr, size: number, sizeClass: number): void {
    if (sizeClass !== 0) this.push(ptr, sizeClass);
    else if (size !== 0) this.heap.releaseLarge(ptr, size);
  }

  /** Allocates a block of a class. */
  pop(sizeClass: number): Ptr | Null {
    const at = sizeClass * STRIDE;
    const { words } = this.magazines;
    const top = words[at]!;
    const ptr = words[top]!;
    if (ptr === 0) return this.heap.refill(at);
    words[at] = top - 1;
    return ptr as Ptr;
  }

  /** Releases a block of a class. */
  push(ptr: Ptr, sizeClass: number): void {
    this.heap.releaseSmall(ptr, sizeClass);
  }

  /** Throws unless a block of a size that has this class may be live at an address. */
  requireBlock(ptr: Ptr, size: number, sizeClass: number): void {
    if (sizeClass !== 0) this.heap.requireSmall(ptr, sizeClass);
    else if (size !== 0) this.heap.largeAt(ptr, size);
  }

  resize(ptr: Ptr, from: number, fromAlign: number, size: number, align: number, call: string): Ptr | Null {
    requireNumbers(from, fromAlign, call);
    requireNumbers(size, align, call);
    if (ptr === 0 && from !== 0) throw nullPointer(call);
    const before = classFor(from, fromAlign, this.coarsest);
    const after = classFor(size, align, this.coarsest);
    if (align === fromAlign && before === after) {
      if (before !== 0) {
        this.requireBlock(ptr, from, before);
        return ptr;
      }
      if (from !== 0 && size !== 0 && this.heap.resizeLarge(ptr, from, size)) return ptr;
    }
    return this.move(ptr, from, before, size, align, after);
  }

  /** Moves a block from one class to another; if anything throws, it is unchanged. With `isZeroed`, the bytes after the kept ones become 0. */
  move(
    ptr: Ptr,
    from: number,
    before: number,
    size: number,
    align: number,
    after: number,
    isZeroed = false,
  ): Ptr | Null {
    const { memory } = this;
    const bytes = Math.min(from, size);
    if (bytes !== 0) memory.needBytes();
    this.requireBlock(ptr, from, before);
    const next = this.serve(size, align, after);
    if (next === 0) return 0;
    try {
      if (bytes !== 0) copyBytes(memory, next, ptr, bytes);
      if (isZeroed) memory.fill((next + bytes) as Ptr, bytesIn(after, size) - bytes);
      this.release(ptr, from, before);
    } catch (error) {
      this.release(next, size, after);
      throw error;
    }
    return next;
  }

  /** `usableSize` of any layout. */
  usable(size: number, align: number): number {
    requireNumbers(size, align, "usableSize");
    return this.heap.usable(size, align);
  }
}
