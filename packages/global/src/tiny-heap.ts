/**
 * TinyHeap: a general-purpose heap of little code. One sorted list tells what begins where, and nothing of it lies in the memory.
 *
 *     a chunk     │ live │ free │  live  │ live │    free    │        granules of 8 bytes
 *     allocate    the lowest free range that has room; what is left of it, in front too, stays free
 *     release     becomes free, and one range with its free neighbours
 *
 * Live blocks are in the list too. A block is looked up by its address when it comes back, so a second release, an address
 * inside a block, a foreign one and a layout of another size are all seen.
 *
 * @module
 */
import {
  type Allocator,
  alignDown,
  alignUp,
  attempt,
  type Capabilities,
  type Footprint,
  giveChunk,
  hide,
  Layout,
  type MisuseCode,
  MisuseError,
  type Null,
  type Ptr,
  pages,
  requireLayout,
  rethrow,
  type SelfDescription,
} from "@alloc/core";
import { FREE, GAP, GRANULE, HELD, LIVE, Marked, PEAK } from "./tiny-heap/marks.ts";

/** Bytes that are asked of the parent at least, if it has them. */
const STEP = 65536;
/** Marks: enough for any memory up to 128 MiB, and 64 MiB of words at most, which a shared memory reserves. */
const MOST_MARKS = 2 ** 24;
/** Marks that one call adds at most: a chunk, and what is left of it on both sides of a block. */
const SPARE_MARKS = 4;

/** A general-purpose heap of little code, of the same shape as `System`. */
export interface TinyHeap
  extends Allocator,
    Pick<Capabilities, "owns" | "reset" | "resizeInPlace" | "sizeAt" | "check" | "trim" | "blocks"> {}

/** What is seen, the first three by the kind of what lies at the address. */
const SEES: readonly MisuseCode[] = ["foreign-pointer", "double-free", "interior-pointer", "wrong-layout"];

/** @internal */
export class TinyHeapMachine extends Marked implements TinyHeap {
  override readonly detects = SEES;
  override readonly isExact = true;
  /** Bytes: up to here the parent serves a chunk for any request. */
  readonly sure!: number;

  constructor(parent: Allocator, most: number) {
    super(parent, most);
    hide(this, { sure: this.serves(STEP) ? STEP : 0 });
  }

  override allocate(layout: Layout): Ptr | Null {
    requireLayout(layout, "allocate");
    const size = alignUp(layout.size, GRANULE);
    const align = layout.align;
    if (size === 0) return layout.dangling;
    if (this.isFull() || (size > this.sure && this.usableSize(layout) === 0)) return 0;
    const position = this.fit(size, align) || (this.extend(size, align) && this.fit(size, align));
    if (!position) return 0;
    const start = alignUp(this.start(position), align);
    this.occupy(position, position + 1, start, start + size);
    return start as Ptr;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    requireLayout(layout, "deallocate");
    if (layout.size !== 0) this.release(this.live(ptr, layout));
  }

  override usableSize(layout: Layout): number {
    requireLayout(layout, "usableSize");
    const bytes = alignUp(layout.size, GRANULE);
    const { base, maximum } = this.memory;
    const isBelow = alignUp(Math.max(base, 1), layout.align) + bytes <= maximum;
    return isBelow && (bytes <= this.sure || this.serves(bytes) || this.serves(Math.max(bytes, STEP))) ? bytes : 0;
  }

  owns(ptr: Ptr): boolean {
    return this.kind(this.find(ptr)) !== GAP;
  }

  override reset(): void {
    const errors: unknown[] = [];
    this.endTenants(errors);
    this.requireIdle();
    super.reset();
    this.epochChanged();
    rethrow(errors);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayout(from, "resizeInPlace");
    requireLayout(to, "resizeInPlace");
    if (from.align !== to.align || from.size === 0 || to.size === 0) return false;
    const position = this.live(ptr, from);
    const old = this.start(position + 1);
    const end = ptr + alignUp(to.size, GRANULE);
    if (end === old) return true;
    const above = this.above(position);
    if (this.isFull() || (end > this.start(above) && !(above === this.last && this.raise(end)))) return false;
    this.occupy(position, this.above(position), ptr, end);
    if (end < old) this.release(position + 1);
    return true;
  }

  sizeAt(ptr: Ptr): number {
    return this.start(this.live(ptr) + 1) - ptr;
  }

  trim(): void {
    if (this.isBusy) return;
    for (const [base, gap] of this.chunks()) this.resize(base, gap, this.start(this.below(gap)) - this.start(base));
  }

  override footprint(): Footprint {
    return { held: this.state[HELD]!, bookkeeping: 4 * this.used, peak: 4 * this.state[PEAK]! };
  }

  override describeSelf(): SelfDescription {
    const { marks, state } = this;
    return { kind: "tinyHeap", options: {}, state: { marks, state } };
  }

  override close(): void {
    const errors: unknown[] = [];
    for (const [base, gap] of this.chunks()) {
      const ptr = this.start(base) as Ptr;
      attempt(errors, () => giveChunk(this.parent, ptr, Layout.of(this.start(gap) - ptr)));
    }
    rethrow(errors);
  }

  /** Makes a free range that has room: at the end of the highest chunk, or in a new one. */
  extend(size: number, align: number): boolean {
    const end = alignUp(this.start(this.below(this.last)), align) + size;
    return this.raise(end) || this.ask(0, size + alignDown(align - 1, GRANULE), (bytes) => this.take(bytes));
  }

  /** Makes the highest chunk reach up to `end`, or further. */
  raise(end: number): boolean {
    for (const [base, gap] of this.chunks()) {
      const ptr = this.start(base);
      return this.ask(this.start(gap) - ptr, end - ptr, (bytes) => this.resize(base, gap, bytes));
    }
    return false;
  }

  /** Asks for a chunk generously, and if there is no room, for what is needed. */
  ask(present: number, needed: number, get: (bytes: number) => boolean): boolean {
    const generous = present + Math.max(STEP, alignUp(this.state[HELD]! / 8, GRANULE));
    return [Math.max(needed, generous), needed].some((bytes) => bytes < this.memory.maximum && get(bytes));
  }

  /** Takes a chunk from the parent. It is entered as one of no length first. */
  take(bytes: number): boolean {
    const chunk = Layout.of(bytes);
    const length = this.lengthOf(chunk);
    const ptr = length && this.whileBusy(() => this.parent.allocate(chunk));
    if (ptr === 0) return false;
    const gap = this.find(ptr) + 1;
    this.replace(gap, gap, [ptr / 2 + GAP]);
    this.enter(gap, ptr + length);
    return true;
  }

  /** Makes a chunk `bytes` long where it lies; one of 0 bytes is given back. What is known changes when the parent has agreed. */
  resize(base: number, gap: number, bytes: number): boolean {
    const { parent } = this;
    const ptr = this.start(base) as Ptr;
    const old = Layout.of(this.start(gap) - ptr);
    const chunk = Layout.of(bytes);
    const length = bytes && this.lengthOf(chunk);
    const isDone = this.whileBusy(() => {
      if (bytes === 0) parent.deallocate(ptr, old);
      return bytes === 0 || (length !== 0 && parent.resizeInPlace?.(ptr, old, chunk));
    });
    if (isDone) this.enter(gap, ptr + length);
    return !!isDone;
  }

  /** Enters another end of a chunk, and what is free before it. A chunk that ends where it begins is gone. */
  enter(gap: number, end: number): void {
    const tail = this.below(gap);
    const start = this.start(tail);
    const marks = start === end && this.kind(tail - 1) === GAP ? [] : [end / 2 + GAP];
    if (start < end) marks.unshift(start / 2 + FREE);
    this.state[HELD]! += end - this.start(gap);
    this.replace(tail, gap + 1, marks);
    if (start < end) this.release(tail);
  }

  /** All that the parent guarantees for a chunk is used. */
  lengthOf(chunk: Layout): number {
    return alignDown(this.parent.usableSize(chunk), GRANULE);
  }

  serves(bytes: number): boolean {
    return this.parent.usableSize(Layout.of(bytes)) !== 0;
  }

  /** Calls the parent. If that comes back here, it finds no room, and what would change anything throws. */
  whileBusy<T>(call: () => T): T {
    this.isBusy = true;
    try {
      return call();
    } finally {
      this.isBusy = false;
    }
  }

  requireIdle(): void {
    if (this.isBusy) throw new MisuseError("reentrant", "this heap waits for its parent, which called it");
  }

  isFull(): boolean {
    return this.isBusy || this.last + SPARE_MARKS >= this.most;
  }

  /** Returns the position of the live block at an address, or throws. */
  live(ptr: Ptr, layout?: Layout): number {
    this.requireIdle();
    const position = this.find(ptr);
    const kind = this.kind(position);
    if (kind !== LIVE || this.start(position) !== ptr) throw new MisuseError(SEES[kind]!, `no live block at ${ptr}`);
    const bytes = this.start(position + 1) - ptr;
    if (layout && alignUp(layout.size, GRANULE) !== bytes) {
      throw new MisuseError("wrong-layout", `the block at ${ptr} has ${bytes} bytes, got ${layout}`);
    }
    return position;
  }
}

/**
 * Makes a general-purpose heap of little code: a fifth of that of `system()`, which has the same options and capabilities. It takes
 * chunks from its parent as it needs them, and gives back what is free of them on `trim`.
 *
 * Blocks have at most 7 bytes of slack. Cost: O(log n) to find a block and O(n) to change the list, in the number n of blocks and
 * free ranges, by moving 4 bytes for each that lies above; that is 4 bytes of state for each. There are at most 16 million of
 * them; then it answers NULL.
 *
 * Source: address-ordered first fit, after Knuth (1968), with the ends outside the memory.
 *
 * @param options - `parent`: where the chunks come from, `pages()` unless said
 * @example
 * ```ts
 * import { Layout, orThrow } from "@alloc/core";
 * import { tinyHeap } from "@alloc/global";
 *
 * using heap = tinyHeap();
 * const layout = Layout.of(100);
 * const ptr = orThrow(heap.allocate(layout), layout);
 * heap.sizeAt(ptr); // => 104
 * heap.deallocate(ptr, layout);
 * ```
 */
export function tinyHeap(options: { readonly parent?: Allocator } = {}): TinyHeap {
  const parent = options.parent ?? pages();
  return new TinyHeapMachine(parent, Math.min(MOST_MARKS, Math.ceil(parent.memory.maximum / GRANULE) + SPARE_MARKS));
}
