/**
 * Chunks: the blocks that the heap takes from its parent, in the order in which they were taken.
 *
 *     words    count  total  low  high │ base  size │ base  size │ …       granules of 16 B
 *
 * Requests for chunks are generous, an eighth of the held bytes and at least 64 KiB, so that a growing heap calls its parent
 * O(log n) times; if the parent has less room, just the needed bytes are requested.
 *
 * The parent may throw at any call, and may call the heap back. Therefore the words only change after it has agreed, and nothing
 * else is requested from it meanwhile: a nested request that would need it finds no room.
 *
 * The range from `low` to `high` consists of chunks only: one, or several adjoining ones. Two comparisons show whether an address
 * lies in it.
 *
 * @module
 */
import { type Allocator, can, Layout, type Memory, type Ptr } from "@alloc/core";
import { attempt, giveChunk, rethrow } from "@alloc/core/author";
import { GRANULE, MOST_LEAST } from "../records.ts";

/** Words: the number of chunks, their total size, the bounds of the known range, and the start of the chunks. */
const COUNT = 0;
const TOTAL = 1;
const LOW = 2;
const HIGH = 3;
const HEADER = 4;
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
  readonly caller: Caller;

  /** @param least - the bytes of the shortest chunk that is ever requested */
  constructor(memory: Memory, parent: Allocator, least = MOST_LEAST, caller: Caller = { isBusy: false }) {
    this.memory = memory;
    this.parent = parent;
    this.caller = caller;
    this.words = memory.words(Int32Array, 8, HEADER + 2 * Math.ceil(memory.maximum / least));
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

  /** Returns the chunk that contains an address; −1 if there is none. */
  find(granule: number): number {
    for (let chunk = this.count - 1; chunk >= 0; chunk--) {
      if (granule >= this.base(chunk) && granule < this.end(chunk)) return chunk;
    }
    return -1;
  }

  /** Takes a chunk of at least `size` granules from the parent and appends it. Returns whether there was room. */
  take(size: number): boolean {
    return this.ask(0, size, (layout) => {
      const size = this.usable(layout);
      if (size === 0) return false;
      // Before the chunk exists, which could be lost.
      this.words = this.memory.widen(this.words, this.used + 2);
      const ptr = this.parent.allocate(layout);
      if (ptr === 0) return false;
      this.words.set([ptr / GRANULE, size], this.used);
      this.words[COUNT]!++;
      this.words[TOTAL]! += size;
      this.include(ptr / GRANULE, size);
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

  /** Requests a generous size: a share of the held bytes, or a step; if there is no room, only the needed size. */
  ask(present: number, size: number, get: (layout: Layout) => boolean): boolean {
    const step = present + LEAST_STEP;
    const share = Math.max(step, present + (this.total >>> 3));
    return this.alone(() =>
      [share, step, 0].some((generous) => {
        const asked = Math.max(size, generous);
        return asked <= MOST_CHUNK && get(layoutOf(asked));
      }),
    );
  }

  resize(chunk: number, to: Layout): boolean {
    const { parent } = this;
    const before = this.size(chunk);
    const size = this.usable(to);
    if (size === 0 || !can(parent, "resizeInPlace")) return false;
    if (!parent.resizeInPlace(this.ptr(chunk), layoutOf(before), to)) return false;
    this.words[TOTAL]! += size - before;
    this.words[HEADER + 2 * chunk + 1] = size;
    if (this.base(chunk) + before === this.high) this.words[HIGH] = this.end(chunk);
    else this.survey();
    return true;
  }

  /** Removes a chunk from the words. */
  forget(chunk: number): void {
    this.words[TOTAL]! -= this.size(chunk);
    this.words.copyWithin(HEADER + 2 * chunk, HEADER + 2 * chunk + 2, this.used);
    this.words[COUNT]!--;
    this.survey();
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

  /** Recomputes the known range. */
  survey(): void {
    this.words[LOW] = 0;
    this.words[HIGH] = 0;
    for (let chunk = 0; chunk < this.count; chunk++) this.include(this.base(chunk), this.size(chunk));
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
