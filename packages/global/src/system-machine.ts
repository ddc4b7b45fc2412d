/**
 * System: the general-purpose heap. It is fast because most calls touch two words, and dense because none of its state lies in
 * the memory.
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
 * `allocate` and `deallocate` are short, and rarer cases are a call away: engines have a budget of code to inline into a loop,
 * and if everything is inlined no layout is made. `-(-size & -align)` is a size rounded up; `words[at]` is the `TOP` of its
 * class.
 *
 * @module
 */
import {
  Allocator,
  type BlockVisitor,
  type Capabilities,
  type Footprint,
  type Layout,
  type Memory,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import { hide, NO_LAYOUT, nullPointer, requireLayout, requireLayouts, rethrow, undoing } from "@alloc/core/author";
import { copyBytes, zeroBytes } from "./heap/bytes.ts";
import { Heap } from "./heap/heap.ts";
import { GRANULE } from "./heap/records.ts";
import { HIGH, LIMIT, LOW, type Magazines, PLACES, STRIDE } from "./heap/small/magazines.ts";
import { BYTES, bytesFor, classFor, MOST_ALIGN, SMALL, STEPS } from "./heap/small/size-classes.ts";
import { slabBytes } from "./heap/small/slabs.ts";
import { visitBlocks } from "./heap/visit.ts";

/** A general-purpose heap. */
export interface SystemHeap
  extends Allocator,
    Pick<Capabilities, "owns" | "reset" | "resizeInPlace" | "sizeAt" | "check" | "trim" | "blocks"> {}

export class SystemMachine extends Allocator implements SystemHeap {
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

  constructor(parent: Allocator, isChecked = false) {
    // First: the parent may throw, and it must not have to end a tenant without a heap.
    const heap = new Heap(parent, isChecked);
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
    requireLayout(layout, "allocateZeroed");
    return this.takeZeroed(layout.size, layout.align);
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "grow");
    return this.resize(ptr, from.size, from.align, to.size, to.align);
  }

  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "growZeroed");
    const { size, align } = to;
    const kept = from.size;
    if (kept === 0) return this.allocateZeroed(to);
    this.memory.needBytes();
    if (!this.resizeInPlace(ptr, from, to)) return this.move(ptr, kept, from.align, size, align, true);
    undoing(
      () => this.memory.fill((ptr + kept) as Ptr, bytesFor(size, align, this.coarsest) - kept),
      () => this.resizeInPlace(ptr, to, from),
    );
    return ptr;
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "shrink");
    return this.resize(ptr, from.size, from.align, to.size, to.align);
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
    this.heap.extents.chunks.giveAll();
  }

  /** Allocates a block of any layout. */
  take(size: number, align: number): Ptr | Null {
    requireNumbers(size, align, "allocate");
    // A block of size 0 lies at the upper end of the address space.
    if (size === 0) return (2 ** 32 - align) as Ptr;
    return size > SMALL ? this.heap.allocateLarge(size, align) : this.takeSmall(size, align);
  }

  takeSmall(size: number, align: number): Ptr | Null {
    const at = classFor(size, align, this.coarsest) * STRIDE;
    if (at === 0) return this.heap.allocateLarge(size, align);
    const { words } = this.magazines;
    const top = words[at]!;
    const ptr = words[top]!;
    if (ptr === 0) return this.heap.refill(at);
    words[at] = top - 1;
    return ptr as Ptr;
  }

  takeZeroed(size: number, align: number): Ptr | Null {
    if (size !== 0) this.memory.needBytes();
    const ptr = this.take(size, align);
    if (ptr === 0) return 0;
    try {
      zeroBytes(this.memory, ptr, bytesFor(size, align, this.coarsest));
    } catch (error) {
      this.give(ptr, size, align);
      throw error;
    }
    return ptr;
  }

  /** Releases any block. */
  give(ptr: Ptr, size: number, align: number): void {
    requireNumbers(size, align, "deallocate");
    if (size > SMALL) this.heap.releaseLarge(ptr, size);
    else if (size > 0) this.giveSmall(ptr, size, align);
  }

  giveSmall(ptr: Ptr, size: number, align: number): void {
    const sizeClass = classFor(size, align, this.coarsest);
    if (sizeClass !== 0) this.heap.releaseSmall(ptr, sizeClass);
    else this.heap.releaseLarge(ptr, size);
  }

  resize(ptr: Ptr, from: number, fromAlign: number, size: number, align: number): Ptr | Null {
    if (ptr === 0 && from !== 0) throw nullPointer(size < from ? "shrink" : "grow");
    const before = classFor(from, fromAlign, this.coarsest);
    const after = classFor(size, align, this.coarsest);
    if (align === fromAlign && before === after) {
      if (before !== 0) {
        this.heap.requireSmall(ptr, before);
        return ptr;
      }
      if (from !== 0 && size !== 0 && this.heap.resizeLarge(ptr, from, size)) return ptr;
    }
    return this.move(ptr, from, fromAlign, size, align);
  }

  /** Moves a block; if anything throws, it is unchanged. With `isZeroed`, the bytes after the kept ones become 0. */
  move(ptr: Ptr, from: number, fromAlign: number, size: number, align: number, isZeroed = false): Ptr | Null {
    const bytes = Math.min(from, size);
    if (bytes !== 0) this.memory.needBytes();
    if (from !== 0) this.requireBlock(ptr, from, fromAlign);
    const next = this.take(size, align);
    if (next === 0) return 0;
    try {
      if (bytes !== 0) copyBytes(this.memory, next, ptr, bytes);
      if (isZeroed) this.memory.fill((next + bytes) as Ptr, bytesFor(size, align, this.coarsest) - bytes);
      this.give(ptr, from, fromAlign);
    } catch (error) {
      this.give(next, size, align);
      throw error;
    }
    return next;
  }

  /** Throws unless a block may be live at an address. */
  requireBlock(ptr: Ptr, size: number, align: number): void {
    const sizeClass = classFor(size, align, this.coarsest);
    if (sizeClass !== 0) this.heap.requireSmall(ptr, sizeClass);
    else this.heap.largeAt(ptr, size);
  }

  /**
   * `usableSize` of any layout: 0 if it exceeds the address space, or if the parent never serves its extent, alone or in a chunk.
   */
  usable(size: number, align: number): number {
    requireNumbers(size, align, "usableSize");
    const bytes = bytesFor(size, align, this.coarsest);
    const { extents } = this.heap;
    const extent = bytes <= SMALL ? slabBytes(bytes, extents.least) : bytes;
    return extents.serves(extent / GRANULE, Math.max(align, GRANULE) / GRANULE) ? bytes : 0;
  }
}

/** Throws a `TypeError` unless these are the numbers of a layout. Takes no layout, so that none is made for a call that is inlined. */
function requireNumbers(size: number, align: number, call: string): void {
  const isAlign = align !== 0 && (align & -align) >>> 0 === align;
  if (!isAlign || size >>> 0 !== size || size > 2 ** 32 - align) requireLayout({ size, align }, call);
}
