/**
 * Chunks: the blocks that the heap takes from its parent, in the order of their addresses.
 *
 *     words    count  total  low  high  newest │ base  size │ base  size │ …       granules of 16 B
 *
 * The chunk of an address is found by halving. `newest` is the place of the one that was taken last.
 *
 * Requests for chunks are generous, an eighth of the held bytes and at least 64 KiB, so that a growing heap calls its parent
 * O(log n) times; if the parent has less room, just the needed bytes are requested.
 *
 * The parent may throw at any call, and may call the heap back. Therefore the words only change after it has agreed, and nothing
 * else is requested from it meanwhile: a nested request that would need it finds no room.
 *
 * The range from `low` to `high` consists of chunks only: one, or several adjoining ones. Two comparisons show whether an address
 * lies in it. A chunk that leaves cuts the range off; `survey` finds the longest range again, once for all chunks that leave together.
 *
 * @module
 */
import { type Allocator, can, Layout, type Memory, type Ptr } from "@alloc/core";
import { attempt, giveChunk, rethrow } from "@alloc/core/author";
import { GRANULE, MOST_LEAST } from "../records.ts";

/** Words: the number of chunks, their total size, the bounds of the known range, the newest, whether the parent is short, and the chunks. */
const COUNT = 0;
const TOTAL = 1;
const LOW = 2;
const HIGH = 3;
const NEWEST = 4;
const SHORT = 5;
export const HEADER = 6;
/** The least bytes to request, if the parent has them. */
export const GENEROUS_CHUNK = 65536;
const LEAST_STEP = GENEROUS_CHUNK / GRANULE;
const MOST_CHUNK = 2 ** 32 / GRANULE - 1;

/** Set to busy while its parent is called: see `Allocator.isBusy`. */
export interface Caller {
  isBusy: boolean;
}

export class Chunks {
  words: Int32Array;
  readonly memory: Memory;
  readonly parent: Allocator;
  caller: Caller = { isBusy: false };

  /**
   * @param least - the bytes of the shortest chunk that is ever requested
   * @param words - those of a heap that is made again. Default: new ones
   */
  constructor(memory: Memory, parent: Allocator, least = MOST_LEAST, words?: Int32Array) {
    this.memory = memory;
    this.parent = parent;
    this.words = words ?? memory.words(Int32Array, 8, HEADER + 2 * Math.ceil(memory.maximum / least));
  }

  /** Whether the parent had no room for a new chunk of a generous size when it was asked for one last. */
  get isShort(): boolean {
    return this.words[SHORT] !== 0;
  }
  set isShort(isShort: boolean) {
    this.words[SHORT] = isShort ? 1 : 0;
  }

  get count(): number {
    return this.words[COUNT]!;
  }
  base(chunk: number): number {
    return this.words[HEADER + 2 * chunk]!;
  }
  size(chunk: number): number {
    return this.words[HEADER + 2 * chunk + 1]!;
  }
  end(chunk: number): number {
    return this.base(chunk) + this.size(chunk);
  }

  /** Words in use. */
  get used(): number {
    return HEADER + 2 * this.count;
  }

  /** The total size of the chunks. */
  get total(): number {
    return this.words[TOTAL]!;
  }

  /** The bounds of the known range. */
  get low(): number {
    return this.words[LOW]!;
  }
  get high(): number {
    return this.words[HIGH]!;
  }

  /** The chunk that was taken last; meaningless after it was released. */
  get newest(): number {
    return this.words[NEWEST]!;
  }

  /** Returns the chunk that contains an address; −1 if there is none. O(log chunks). */
  find(granule: number): number {
    const chunk = this.above(granule) - 1;
    return chunk >= 0 && granule < this.end(chunk) ? chunk : -1;
  }

  /** Returns the first chunk that begins above an address; the count if there is none. */
  above(granule: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.base(middle) <= granule) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Takes a chunk of at least `size` granules from the parent. Returns whether there was room. */
  take(size: number): boolean {
    return this.ask(0, size, (layout) => {
      const size = this.usable(layout);
      if (size === 0) return false;
      // Before the chunk exists, which could be lost.
      this.words = this.memory.widen(this.words, this.used + 2);
      const ptr = this.parent.allocate(layout);
      if (ptr === 0) return false;
      this.enter(ptr / GRANULE, size);
      return true;
    });
  }

  /** Extends a chunk in place to at least `size` granules. */
  raise(chunk: number, size: number): boolean {
    return this.ask(this.size(chunk), size, (layout) => this.resize(chunk, layout));
  }

  /** Shrinks a chunk in place to about `size` granules: the parent may leave more. */
  cut(chunk: number, size: number): boolean {
    return this.alone(() => this.resize(chunk, layoutOf(size)));
  }

  /** Releases a chunk. Returns whether the parent could be called. */
  give(chunk: number): boolean {
    return this.alone(() => {
      this.parent.deallocate(this.ptr(chunk), layoutOf(this.size(chunk)));
      this.forget(chunk);
      return true;
    });
  }

  /**
   * Releases all chunks, last one first.
   *
   * @throws errors of the parent, after all were released
   */
  giveAll(): void {
    const errors: unknown[] = [];
    while (this.count > 0) {
      const chunk = this.count - 1;
      const [ptr, layout] = [this.ptr(chunk), layoutOf(this.size(chunk))];
      this.forget(chunk);
      attempt(errors, () => giveChunk(this.parent, ptr, layout));
    }
    rethrow(errors);
  }

  /**
   * Requests a generous size: a share of the held bytes, or a step; if there is no room, only the needed size. While the parent is
   * short of room, only that: it may be a heap that asks its own parent as often, and so on down.
   */
  ask(present: number, size: number, get: (layout: Layout) => boolean): boolean {
    const step = Math.max(size, present + LEAST_STEP);
    const share = Math.max(step, present + (this.total >>> 3));
    const sizes = this.isShort ? [size] : new Set([share, step, size]);
    return this.alone(() => {
      for (const asked of sizes) {
        if (asked > MOST_CHUNK || !get(layoutOf(asked))) continue;
        // A longer chunk says nothing about a new one.
        if (present === 0) this.isShort = !this.isShort && asked < share;
        return true;
      }
      if (present === 0) this.isShort = true;
      return false;
    });
  }

  resize(chunk: number, to: Layout): boolean {
    const { parent } = this;
    const before = this.size(chunk);
    const size = this.usable(to);
    if (size === 0 || !can(parent, "resizeInPlace")) return false;
    if (!parent.resizeInPlace(this.ptr(chunk), layoutOf(before), to)) return false;
    this.words[TOTAL]! += size - before;
    this.words[HEADER + 2 * chunk + 1] = size;
    if (this.base(chunk) + before === this.high || (size < before && this.isKnown(chunk))) {
      this.words[HIGH] = this.end(chunk);
    }
    return true;
  }

  /** Enters a chunk into the words, in its place. */
  enter(base: number, size: number): void {
    const { words, used } = this;
    const chunk = this.above(base);
    const at = HEADER + 2 * chunk;
    words.copyWithin(at + 2, at, used);
    words[at] = base;
    words[at + 1] = size;
    words[COUNT]!++;
    words[TOTAL]! += size;
    words[NEWEST] = chunk;
    this.include(base, size);
  }

  /** Removes a chunk from the words. */
  forget(chunk: number): void {
    const { words } = this;
    const base = this.base(chunk);
    if (this.isKnown(chunk)) {
      if (base === words[LOW]) words[LOW] = this.end(chunk);
      else words[HIGH] = base;
    }
    words[TOTAL]! -= this.size(chunk);
    words.copyWithin(HEADER + 2 * chunk, HEADER + 2 * chunk + 2, this.used);
    words[COUNT]!--;
    if (chunk < words[NEWEST]!) words[NEWEST]!--;
  }

  /** Whether a chunk lies in the known range. */
  isKnown(chunk: number): boolean {
    const base = this.base(chunk);
    return base >= this.low && base < this.high;
  }

  /** Calls the parent. Returns false if it is being called already. */
  alone(call: () => boolean): boolean {
    const { caller } = this;
    if (caller.isBusy) return false;
    caller.isBusy = true;
    try {
      return call();
    } finally {
      caller.isBusy = false;
    }
  }

  /** Adds a chunk to the known range if it adjoins; makes it the range if it is longer; otherwise leaves it out. */
  include(base: number, size: number): void {
    const { low, high } = this;
    if (base === high) this.words[HIGH] = base + size;
    else if (base + size === low) this.words[LOW] = base;
    else if (size > high - low) {
      this.words[LOW] = base;
      this.words[HIGH] = base + size;
    }
  }

  /** Makes the longest range of adjoining chunks the known one. O(chunks). */
  survey(): void {
    const { words } = this;
    words[LOW] = 0;
    words[HIGH] = 0;
    let start = 0;
    for (let chunk = 0; chunk < this.count; chunk++) {
      if (chunk === 0 || this.base(chunk) !== this.end(chunk - 1)) start = this.base(chunk);
      if (this.end(chunk) - start <= this.high - this.low) continue;
      words[LOW] = start;
      words[HIGH] = this.end(chunk);
    }
  }

  /** Returns the granules that the parent guarantees for a layout; all of them are used. */
  usable(layout: Layout): number {
    return Math.floor(this.parent.usableSize(layout) / GRANULE);
  }

  ptr(chunk: number): Ptr {
    return (this.base(chunk) * GRANULE) as Ptr;
  }
}

function layoutOf(size: number): Layout {
  return Layout.of(size * GRANULE, GRANULE);
}
