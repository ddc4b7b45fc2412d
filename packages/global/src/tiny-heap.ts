/**
 * Tiny heap: a general-purpose heap of little code. One sorted list outside the memory describes all ranges.
 *
 *     a chunk     │ live │ free │  live  │ live │    free    │        granules of 8 bytes
 *     allocate    the lowest free range with room; the rest, in front too, stays free
 *     release     becomes free, and is coalesced with its free neighbours
 *
 * The list contains live blocks too, and a release looks up the address. This detects double frees, interior pointers, foreign
 * pointers and layouts of another size.
 *
 * @module
 */
import {
  type Allocator,
  alignDown,
  alignUp,
  type Capabilities,
  type Footprint,
  Layout,
  type MisuseCode,
  type Null,
  type Ptr,
  type SelfDescription,
  type SharedIn,
} from "@alloc/core";
import {
  attempt,
  giveChunk,
  hide,
  misuseOf,
  parentOf,
  recycle,
  requireLayout,
  requireLayouts,
  rethrow,
  withName,
} from "@alloc/core/author";
import { type Found, FREE, GAP, GRANULE, HELD, LIVE, Marked, PEAK, SHORT } from "./tiny-heap/marks.ts";

/** The least bytes to request from the parent, if it has them. */
const STEP = 65536;
/** Enough for any memory up to 128 MiB; at most 64 MiB of words, which a shared memory reserves. */
const MOST_MARKS = 2 ** 24;
/** The most marks that one call adds: a chunk, and the rest of it on both sides of a block. */
const SPARE_MARKS = 4;

/** A general-purpose heap of little code, with the same interface as `system()`. */
export interface TinyHeap
  extends Allocator,
    Pick<Capabilities, "owns" | "reset" | "resizeInPlace" | "sizeAt" | "check" | "trim" | "blocks"> {}

/** Detected misuse; the first three by the kind of range at the address. */
const DETECTS: readonly MisuseCode[] = ["foreign-pointer", "double-free", "interior-pointer", "wrong-layout"];

function mostMarks({ memory }: Allocator): number {
  return Math.min(MOST_MARKS, Math.ceil(memory.maximum / GRANULE) + SPARE_MARKS);
}

/** @internal */
export class TinyHeapMachine extends Marked implements TinyHeap {
  override readonly detects = DETECTS;
  override readonly isExact = true;
  /** Bytes up to which the parent serves a chunk for any request. */
  readonly sure!: number;

  constructor(parent: Allocator, most = mostMarks(parent), found?: Found) {
    super(parent, most, found);
    hide(this, { sure: this.serves(STEP) ? STEP : 0 });
  }

  /** Whether the parent had no room for a new chunk of a generous size when it was asked for one last. */
  get isShort(): boolean {
    return this.state[SHORT] !== 0;
  }
  set isShort(isShort: boolean) {
    this.state[SHORT] = isShort ? 1 : 0;
  }

  override allocate(layout: Layout): Ptr | Null {
    requireLayout(layout, "allocate");
    const size = alignUp(layout.size, GRANULE);
    const align = layout.align;
    if (size === 0) return this.expectLayout(layout, "allocate").dangling;
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
    requireLayouts(from, to, "resizeInPlace");
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
    recycle(this.memory, this.marks, this.state);
    rethrow(errors);
  }

  /** Makes a free range with room: at the end of the highest chunk, or in a new one. */
  extend(size: number, align: number): boolean {
    const end = alignUp(this.start(this.below(this.last)), align) + size;
    const longest = size + alignDown(align - 1, GRANULE);
    return this.raise(end) || this.ask(0, longest, (bytes) => this.take(bytes));
  }

  /** Extends the highest chunk to `end` or further. */
  raise(end: number): boolean {
    for (const [base, gap] of this.chunks()) {
      const ptr = this.start(base);
      return this.ask(this.start(gap) - ptr, end - ptr, (bytes) => this.resize(base, gap, bytes));
    }
    return false;
  }

  /** Requests a generous chunk, and if there is no room, only the needed bytes; while the parent is short of room, only those. */
  ask(present: number, needed: number, get: (bytes: number) => boolean): boolean {
    const generous = Math.max(needed, present + Math.max(STEP, alignUp(this.state[HELD]! / 8, GRANULE)));
    const sizes = this.isShort ? [needed] : new Set([generous, needed]);
    for (const bytes of sizes) {
      if (bytes >= this.memory.maximum || !get(bytes)) continue;
      // A longer chunk says nothing about a new one.
      if (present === 0) this.isShort = !this.isShort && bytes < generous;
      return true;
    }
    if (present === 0) this.isShort = true;
    return false;
  }

  /** Takes a chunk from the parent. It is entered with length 0 first. */
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

  /** Resizes a chunk in place, or releases it for 0 bytes. The marks change only after the parent has agreed. */
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

  /** Moves the end of a chunk, and frees what is added. A chunk of length 0 disappears. */
  enter(gap: number, end: number): void {
    const tail = this.below(gap);
    const start = this.start(tail);
    const marks = start === end && this.kind(tail - 1) === GAP ? [] : [end / 2 + GAP];
    if (start < end) marks.unshift(start / 2 + FREE);
    this.state[HELD]! += end - this.start(gap);
    this.replace(tail, gap + 1, marks);
    if (start < end) this.release(tail);
  }

  /** Returns the bytes that the parent guarantees for a chunk; all of them are used. */
  lengthOf(chunk: Layout): number {
    return alignDown(this.parent.usableSize(chunk), GRANULE);
  }

  serves(bytes: number): boolean {
    return this.parent.usableSize(Layout.of(bytes)) !== 0;
  }

  /** Calls the parent. Reentrant requests find no room meanwhile, and other changes throw. */
  whileBusy<T>(call: () => T): T {
    this.isBusy = true;
    try {
      return call();
    } finally {
      this.isBusy = false;
    }
  }

  requireIdle(): void {
    if (this.isBusy) throw misuseOf(this, "reentrant", "this heap is waiting for its parent, which called it");
  }

  isFull(): boolean {
    return this.isBusy || this.last + SPARE_MARKS >= this.most;
  }

  /** Returns the position of a live block; throws if there is none. */
  live(ptr: Ptr, layout?: Layout): number {
    this.requireIdle();
    const position = this.find(ptr);
    const kind = this.kind(position);
    if (kind !== LIVE || this.start(position) !== ptr) throw misuseOf(this, DETECTS[kind]!, `no live block at ${ptr}`);
    const bytes = this.start(position + 1) - ptr;
    if (layout && alignUp(layout.size, GRANULE) !== bytes) {
      throw misuseOf(this, "wrong-layout", `the block at ${ptr} has ${bytes} bytes, got ${layout}`);
    }
    return position;
  }
}

/**
 * Makes a general-purpose heap of little code: a fifth of `system()`, with the same capabilities. It takes chunks from its parent
 * as needed, and returns free parts of them on `trim`.
 *
 * Blocks have at most 7 bytes of slack. Cost, in the number n of blocks and free ranges: O(log n) to find a block, and O(n) to
 * change the list, which moves the 4 bytes of each range above. State: 4 bytes per range. There are at most 16 million ranges;
 * then it returns NULL.
 *
 * Source: address-ordered first fit, after Knuth (1968), with the ends outside the memory.
 *
 * @param options - `parent`: the source of chunks. Default: `pages()`. `name`: 1 to 40 printable characters, for reports,
 *   errors and `find`
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
export function tinyHeap<P extends Allocator = Allocator>(options?: {
  readonly parent?: P;
  readonly name?: string;
}): SharedIn<P["memory"], TinyHeap>;
export function tinyHeap(options: { readonly parent?: Allocator; readonly name?: string } = {}): TinyHeap {
  const parent = parentOf("tinyHeap({ parent: pages(memory) })", options, ["parent", "name"]);
  return withName(options, () => new TinyHeapMachine(parent));
}
