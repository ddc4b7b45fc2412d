/**
 * Compact: a general-purpose heap of little code. One sorted list tells what begins where, and nothing of it lies in the memory.
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
  type Footprint,
  Layout,
  type MisuseCode,
  MisuseError,
  type Null,
  type Powers,
  type Ptr,
  pages,
  type SelfDescription,
} from "@alloc/core";
import { FREE, GAP, GRANULE, HELD, LIVE, Marked, PEAK } from "./compact/marks.ts";

/** Bytes that are asked of the parent at least, if it has them. */
const STEP = 65536;
/** Marks: enough for any memory up to 128 MiB, and 64 MiB of words at most, which a shared memory reserves. */
const MOST_MARKS = 2 ** 24;
/** Marks that one call adds at most: a chunk, and what is left of it on both sides of a block. */
const SPARE_MARKS = 4;

/** A general-purpose heap of little code, of the same shape as `System`. */
export interface Compact
  extends Allocator,
    Pick<Powers, "owns" | "reset" | "resizeInPlace" | "sizeAt" | "check" | "trim"> {}

/** What is seen, the first three by the kind of what lies at the address. */
const SEES: readonly MisuseCode[] = ["foreign-pointer", "double-free", "interior-pointer", "wrong-layout"];

/** @internal */
export class CompactMachine extends Marked implements Compact {
  override readonly sees = SEES;
  override readonly isExact = true;

  override allocate(layout: Layout): Ptr | Null {
    const size = alignUp(layout.size, GRANULE);
    const align = layout.align;
    if (size === 0) return layout.dangling;
    if (this.isFull()) return 0;
    const position = this.fit(size, align) || (this.extend(size, align) && this.fit(size, align));
    if (!position) return 0;
    const start = alignUp(this.start(position), align);
    this.occupy(position, position + 1, start, start + size);
    return start as Ptr;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout.size !== 0) this.release(this.live(ptr, layout));
  }

  override usableSize(layout: Layout): number {
    const bytes = alignUp(layout.size, GRANULE);
    const isServed = (chunk: number) => this.parent.usableSize(Layout.of(chunk)) !== 0;
    const isBelow = layout.align + bytes <= this.memory.maximum;
    return isBelow && [bytes, Math.max(bytes, STEP)].some(isServed) ? bytes : 0;
  }

  owns(ptr: Ptr): boolean {
    return this.kind(this.find(ptr)) !== GAP;
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    if (from.align !== to.align || from.size === 0 || to.size === 0) return false;
    const position = this.live(ptr, from);
    const above = this.above(position);
    const old = this.start(position + 1);
    const end = ptr + alignUp(to.size, GRANULE);
    if (end === old) return true;
    if (this.isFull() || (end > this.start(above) && !(above === this.last && this.raise(end)))) return false;
    this.occupy(position, this.above(position), ptr, end);
    if (end < old) this.release(position + 1);
    return true;
  }

  sizeAt(ptr: Ptr): number {
    return this.start(this.live(ptr) + 1) - ptr;
  }

  trim(): void {
    for (const [base, gap] of this.chunks()) this.resize(base, gap, this.start(this.below(gap)) - this.start(base));
  }

  override footprint(): Footprint {
    return { held: this.state[HELD]!, bookkeeping: 4 * this.used, peak: 4 * this.state[PEAK]! };
  }

  override describeSelf(): SelfDescription {
    const { marks, state } = this;
    return { kind: "compact", options: {}, state: { marks, state } };
  }

  override dispose(): void {
    this.reset();
    this.trim();
    super.dispose();
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
    const ptr = this.parent.allocate(Layout.of(bytes));
    if (ptr === 0) return false;
    const gap = this.find(ptr) + 1;
    this.replace(gap, gap, [ptr / 2 + GAP]);
    this.settle(gap, ptr, bytes);
    return true;
  }

  /** Makes a chunk `bytes` long where it lies; one of 0 bytes is given back. */
  resize(base: number, gap: number, bytes: number): boolean {
    const ptr = this.start(base) as Ptr;
    const old = Layout.of(this.start(gap) - ptr);
    if (bytes === 0) this.parent.deallocate(ptr, old);
    else if (!this.parent.resizeInPlace?.(ptr, old, Layout.of(bytes))) return false;
    this.settle(gap, ptr, bytes);
    return true;
  }

  /** Marks the end of a chunk, and what is free before it. All that the parent guarantees is used. */
  settle(gap: number, ptr: number, bytes: number): void {
    const tail = this.below(gap);
    const start = this.start(tail);
    const end = ptr + alignDown(this.parent.usableSize(Layout.of(bytes)), GRANULE);
    const marks = bytes === 0 ? [] : [end / 2 + GAP];
    if (start < end) marks.unshift(start / 2 + FREE);
    this.state[HELD]! += end - this.start(gap);
    this.replace(tail, gap + 1, marks);
    if (start < end) this.release(tail);
  }

  isFull(): boolean {
    return this.last + SPARE_MARKS >= this.most;
  }

  /** Answers the position of the live block at an address, or throws. */
  live(ptr: Ptr, layout?: Layout): number {
    const position = this.find(ptr);
    const kind = this.kind(position);
    if (kind !== LIVE || this.start(position) !== ptr) throw new MisuseError(SEES[kind]!, `no live block at ${ptr}`);
    const bytes = this.start(position + 1) - ptr;
    if (layout && alignUp(layout.size, GRANULE) !== bytes) {
      throw new MisuseError("wrong-layout", `the block at ${ptr} has ${bytes} bytes, came ${layout}`);
    }
    return position;
  }
}

/**
 * Makes a general-purpose heap of little code: a fifth of that of `system()`, which has the same options and powers. It takes
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
 * import { compact } from "@alloc/global";
 *
 * using heap = compact();
 * const layout = Layout.of(100);
 * const ptr = orThrow(heap.allocate(layout), layout);
 * heap.sizeAt(ptr); // => 104
 * heap.deallocate(ptr, layout);
 * ```
 */
export function compact(options: { readonly parent?: Allocator } = {}): Compact {
  const parent = options.parent ?? pages();
  return new CompactMachine(parent, Math.min(MOST_MARKS, Math.ceil(parent.memory.maximum / GRANULE) + SPARE_MARKS));
}
