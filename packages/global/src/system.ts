/**
 * System: the general-purpose heap. It is as fast as it is because most calls touch two words, and as tight because nothing
 * of it lies in the memory.
 *
 *     allocate      magazine of the class: 0 │ ptr │ ptr │ ptr ◀─ top          take the top, unless it is the 0
 *     deallocate                           0 │ ptr │ ptr │ ptr │ ptr ◀─ top    push, unless that is the limit
 *     otherwise     slabs, extents, chunks of the parent: see `heap/heap.ts`
 *
 * The size that counts is the one rounded up to the align: up to 1024 bytes it has a class, and the layout alone tells which.
 * A small block is taken back unseen: to look it up would cost as much as all the rest. `guard` of `@alloc/proxy` sees what
 * is not seen here.
 *
 * `allocate` and `deallocate` are short, what is rarer is a call away: engines inline so much into a loop and no more, and where
 * all is inlined no layout is made. `-(-size & -align)` is a size rounded up, and `words[at]` the `TOP` of its class.
 *
 * @module
 */
import {
  Allocator,
  type Footprint,
  Layout,
  type Memory,
  type Null,
  type Powers,
  type Ptr,
  pages,
  type SelfDescription,
} from "@alloc/core";
import { copyBytes, zeroBytes } from "./heap/bytes.ts";
import { GENEROUS_CHUNK } from "./heap/chunks.ts";
import { Heap } from "./heap/heap.ts";
import { LIMIT, type Magazines, PLACES, STRIDE } from "./heap/magazines.ts";
import { GRANULE } from "./heap/records.ts";
import { BYTES, bytesFor, classFor, MOST_ALIGN, SMALL, STEPS } from "./heap/size-classes.ts";
import { slabBytes } from "./heap/slabs.ts";

/** A general-purpose heap. */
export interface SystemHeap
  extends Allocator,
    Pick<Powers, "owns" | "reset" | "resizeInPlace" | "sizeAt" | "check" | "trim"> {}

class SystemMachine extends Allocator implements SystemHeap {
  override readonly memory: Memory;
  override readonly parent: Allocator;
  override readonly isExact = true;
  readonly heap: Heap;
  readonly magazines: Magazines;
  readonly places = PLACES;
  /** Whether the parent serves chunks that any small block finds room in. */
  readonly isGenerous: boolean;

  constructor(parent: Allocator) {
    super(parent);
    this.memory = parent.memory;
    this.parent = parent;
    this.heap = new Heap(parent);
    this.magazines = this.heap.magazines;
    this.isGenerous = parent.usableSize(Layout.of(GENEROUS_CHUNK, GRANULE)) !== 0;
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
    if (size !== 0) this.memory.needBytes();
    const next = this.resize(ptr, kept, from.align, size, align);
    if (next !== 0) this.memory.fill((next + kept) as Ptr, bytesFor(size, align) - kept);
    return next;
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
      if (top <= words[at + LIMIT]!) {
        words[top] = ptr;
        words[at] = top;
      } else this.magazines.push(at, ptr);
    } else this.give(ptr, size, align);
  }

  override usableSize(layout: Layout): number {
    const { size, align } = layout;
    const step = ~(-size & -align) >>> 2;
    return step < STEPS && align <= MOST_ALIGN && this.isGenerous ? BYTES[step]! : this.usable(size, align);
  }

  owns(ptr: Ptr): boolean {
    return this.heap.extents.chunks.find(Math.floor(ptr / GRANULE)) >= 0;
  }

  reset(): void {
    this.heap.reset();
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    if (from.align !== to.align || from.size === 0 || to.size === 0) return false;
    const before = classFor(from.size, from.align);
    const after = classFor(to.size, to.align);
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

  override footprint(): Footprint {
    return this.heap.footprint();
  }

  override describeSelf(): SelfDescription {
    return { kind: "system", options: {}, state: this.heap.state() };
  }

  override dispose(): void {
    super.dispose();
    this.heap.extents.chunks.giveAll();
  }

  /** Serves any layout. */
  take(size: number, align: number): Ptr | Null {
    return size > SMALL ? this.heap.allocateLarge(size, align) : this.takeSmall(size, align);
  }

  takeSmall(size: number, align: number): Ptr | Null {
    const at = classFor(size, align) * STRIDE;
    if (at === 0) return size === 0 ? (align as Ptr) : this.heap.allocateLarge(size, align);
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
    if (ptr !== 0) zeroBytes(this.memory, ptr, bytesFor(size, align));
    return ptr;
  }

  /** Takes back any block. */
  give(ptr: Ptr, size: number, align: number): void {
    if (size > SMALL) this.heap.releaseLarge(ptr, size);
    else this.giveSmall(ptr, size, align);
  }

  giveSmall(ptr: Ptr, size: number, align: number): void {
    const at = classFor(size, align) * STRIDE;
    if (at !== 0) this.magazines.push(at, ptr);
    else if (size !== 0) this.heap.releaseLarge(ptr, size);
  }

  resize(ptr: Ptr, from: number, fromAlign: number, size: number, align: number): Ptr | Null {
    const before = classFor(from, fromAlign);
    const after = classFor(size, align);
    if (align === fromAlign && before === after) {
      if (before !== 0) return ptr;
      if (from !== 0 && size !== 0 && this.heap.resizeLarge(ptr, from, size)) return ptr;
    }
    return this.move(ptr, from, fromAlign, size, align);
  }

  move(ptr: Ptr, from: number, fromAlign: number, size: number, align: number): Ptr | Null {
    const bytes = Math.min(from, size);
    if (bytes !== 0) this.memory.needBytes();
    if (from !== 0 && classFor(from, fromAlign) === 0) this.heap.largeAt(ptr, from);
    const next = this.take(size, align);
    if (next === 0) return 0;
    if (bytes !== 0) copyBytes(this.memory, next, ptr, bytes);
    this.give(ptr, from, fromAlign);
    return next;
  }

  /** As `usableSize`, of any layout: 0 if no such address is there, or the parent never serves its extent, alone or in a chunk. */
  usable(size: number, align: number): number {
    const bytes = bytesFor(size, align);
    const extent = bytes <= SMALL ? slabBytes(bytes) : bytes;
    if (align + extent > this.memory.maximum) return 0;
    const isServed = extent <= GENEROUS_CHUNK && this.isGenerous;
    return isServed || this.parent.usableSize(Layout.of(extent, GRANULE)) ? bytes : 0;
  }
}

/**
 * Makes a general-purpose heap: blocks of any size and alignment. It takes chunks from its parent as it needs them, and
 * gives back those that are empty on `trim`.
 *
 * Sizes are rounded up to the align. Blocks have at most 3 bytes of slack up to 32 bytes, 7 up to 512, 63 up to 1024; larger
 * ones at most 15, or a 64th part from 2 KiB on. Cost: O(1), whatever is live; bookkeeping outside of the memory,
 * which `footprint` tells.
 *
 * Source: magazines and slabs after Bonwick (1994, 2001), two-level segregated fit after Masmano and others (2004), deferred
 * coalescing after Wilson and others (1995).
 *
 * @param options - `parent`: where the chunks come from, `pages()` unless said
 * @example
 * ```ts
 * import { Layout, orThrow } from "@alloc/core";
 * import { system } from "@alloc/global";
 *
 * using heap = system();
 * const layout = Layout.of(100);
 * const ptr = orThrow(heap.allocate(layout), layout);
 * heap.sizeAt(ptr); // => 104
 * heap.deallocate(ptr, layout);
 * ```
 */
export function system(options: { readonly parent?: Allocator } = {}): SystemHeap {
  return new SystemMachine(options.parent ?? pages());
}
