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
  hide,
  type Layout,
  type Memory,
  type Null,
  nullPointer,
  type Ptr,
  requireLayout,
  rethrow,
  type SelfDescription,
  undoing,
} from "@alloc/core";
import { copyBytes, zeroBytes } from "./heap/bytes.ts";
import { Heap } from "./heap/heap.ts";
import { noLayout } from "./heap/misuse.ts";
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
    super(parent);
    this.memory = parent.memory;
    this.parent = parent;
    const heap = new Heap(parent, isChecked, this);
    const { magazines, extents } = heap;
    const { isGenerous, coarsest } = extents;
    hide(this, { heap, magazines, places: PLACES, isGenerous, coarsest });
  }

  override allocate(layout: Layout): Ptr | Null {
    const { size, align } = layout;
    const step = ~(-size & -align) >>> 2;
    if (step >= STEPS || align > MOST_ALIGN) return this.take(size, align);
    const at = this.places[step]!;
    const { words } = this.magazines;
    const top = words[at]!;
    const ptr = words[top]!;
    if (ptr === 0) return this.heap.refill(at);
    words[at] = top - 1;
    return ptr as Ptr;
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    const { size, align } = layout;
    return this.takeZeroed(size, align);
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return this.resize(ptr, from.size, from.align, to.size, to.align);
  }

  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
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
    return this.resize(ptr, from.size, from.align, to.size, to.align);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    const { size, align } = layout;
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
    this.give(ptr, size, align);
  }

  override usableSize(layout: Layout): number {
    const { size, align } = layout;
    const step = ~(-size & -align) >>> 2;
    if (step < STEPS && align <= MOST_ALIGN && this.isGenerous) return BYTES[step]!;
    if (!(size >= 0)) requireLayout(layout, "usableSize");
    return this.usable(size, align);
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
    if (!(from.size > 0 && to.size > 0)) this.requireLayouts(from, to, "resizeInPlace");
    if (ptr === 0 && from.size !== 0) throw nullPointer("resizeInPlace");
    if (from.align !== to.align || from.size === 0 || to.size === 0) return false;
    const before = classFor(from.size, from.align, this.coarsest);
    const after = classFor(to.size, to.align, this.coarsest);
    return before === after && (before !== 0 || this.heap.resizeLarge(ptr, from.size, to.size));
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
    if (!(size > 0 && align > 0)) return this.takeNothing(size, align);
    return size > SMALL ? this.heap.allocateLarge(size, align) : this.takeSmall(size, align);
  }

  /** Returns the dangling address of a layout of size 0. */
  takeNothing(size: number, align: number): Ptr {
    if (size !== 0 || !(align > 0)) throw noLayout("allocate", size);
    return (2 ** 32 - align) as Ptr;
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
    if (size > SMALL) this.heap.releaseLarge(ptr, size);
    else if (size > 0) this.giveSmall(ptr, size, align);
    else if (size !== 0) throw noLayout("deallocate", size);
  }

  giveSmall(ptr: Ptr, size: number, align: number): void {
    const sizeClass = classFor(size, align, this.coarsest);
    if (sizeClass !== 0) this.heap.releaseSmall(ptr, sizeClass);
    else this.heap.releaseLarge(ptr, size);
  }

  resize(ptr: Ptr, from: number, fromAlign: number, size: number, align: number): Ptr | Null {
    if (!(from >= 0 && size >= 0)) throw noLayout(size < from ? "shrink" : "grow", from >= 0 ? size : from);
    if (ptr === 0 && from !== 0) throw nullPointer(size < from ? "shrink" : "grow");
    const before = classFor(from, fromAlign, this.coarsest);
    const after = classFor(size, align, this.coarsest);
    if (align === fromAlign && before === after) {
      if (before !== 0) return ptr;
      if (from !== 0 && size !== 0 && this.heap.resizeLarge(ptr, from, size)) return ptr;
    }
    return this.move(ptr, from, fromAlign, size, align);
  }

  /** Moves a block; if anything throws, it is unchanged. With `isZeroed`, the bytes after the kept ones become 0. */
  move(ptr: Ptr, from: number, fromAlign: number, size: number, align: number, isZeroed = false): Ptr | Null {
    const bytes = Math.min(from, size);
    if (bytes !== 0) this.memory.needBytes();
    if (from !== 0 && classFor(from, fromAlign, this.coarsest) === 0) this.heap.largeAt(ptr, from);
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

  /**
   * `usableSize` of any layout: 0 if it exceeds the address space, or if the parent never serves its extent, alone or in a chunk.
   */
  usable(size: number, align: number): number {
    const bytes = bytesFor(size, align, this.coarsest);
    const { extents } = this.heap;
    const extent = bytes <= SMALL ? slabBytes(bytes, extents.least) : bytes;
    return extents.serves(extent / GRANULE, Math.max(align, GRANULE) / GRANULE) ? bytes : 0;
  }

  requireLayouts(from: Layout, to: Layout, call: string): void {
    requireLayout(from, call);
    requireLayout(to, call);
  }
}
