/**
 * Chunks: what the heap has of its parent, in the order in which it came.
 *
 *     words    count  total │ base  size │ base  size │ …       granules of 16 B
 *
 * A chunk is asked for generously, an eighth of what is held and at least 64 KiB, so that a growing heap asks its parent
 * O(log n) times; where the parent has less, just what is needed.
 *
 * @module
 */
import { type Allocator, can, Layout, type Memory, type Ptr } from "@alloc/core";
import { GRANULE } from "./records.ts";

/** Words: how many, the size of all, and where the chunks begin. */
const COUNT = 0;
const TOTAL = 1;
const HEADER = 2;
/** Bytes: nobody asks for less. */
const LEAST_CHUNK = 512;
/** Bytes that are asked for at least, if the parent has them. */
export const GENEROUS_CHUNK = 65536;
const LEAST_STEP = GENEROUS_CHUNK / GRANULE;
const MOST_CHUNK = 2 ** 32 / GRANULE - 1;

export class Chunks {
  words: Int32Array;
  readonly memory: Memory;
  readonly parent: Allocator;

  constructor(memory: Memory, parent: Allocator) {
    this.memory = memory;
    this.parent = parent;
    this.words = memory.words(Int32Array, 8, HEADER + 2 * Math.ceil(memory.maximum / LEAST_CHUNK));
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

  /** The size of all chunks. */
  get total(): number {
    return this.words[TOTAL]!;
  }

  /** Answers the chunk in which an address lies, −1 if in none. */
  find(granule: number): number {
    for (let chunk = this.count - 1; chunk >= 0; chunk--) {
      if (granule >= this.base(chunk) && granule < this.end(chunk)) return chunk;
    }
    return -1;
  }

  /** Takes a chunk of at least `size` from the parent and answers whether it had room. It is the last one then. */
  take(size: number): boolean {
    return this.ask(0, size, (layout) => {
      const ptr = this.parent.allocate(layout);
      if (ptr === 0) return false;
      const size = this.usable(layout);
      this.words = this.memory.widen(this.words, this.used + 2);
      this.words.set([ptr / GRANULE, size], this.used);
      this.words[COUNT]!++;
      this.words[TOTAL]! += size;
      return true;
    });
  }

  /** Makes a chunk at least `size` long where it lies. */
  raise(chunk: number, size: number): boolean {
    return this.ask(this.size(chunk), size, (layout) => this.resize(chunk, layout));
  }

  /** Makes a chunk about `size` long where it lies: the parent may leave more. */
  cut(chunk: number, size: number): boolean {
    return this.resize(chunk, layoutOf(size));
  }

  /** Gives a chunk back. */
  give(chunk: number): void {
    const ptr = this.ptr(chunk);
    const layout = layoutOf(this.size(chunk));
    this.words[TOTAL]! -= this.size(chunk);
    this.words.copyWithin(HEADER + 2 * chunk, HEADER + 2 * chunk + 2, this.used);
    this.words[COUNT]!--;
    this.parent.deallocate(ptr, layout);
  }

  giveAll(): void {
    while (this.count > 0) this.give(this.count - 1);
  }

  /** Asks for more than is needed: for a share of what is held, or for a step; where there is no room, for just what is. */
  ask(present: number, size: number, get: (layout: Layout) => boolean): boolean {
    const step = present + LEAST_STEP;
    const share = Math.max(step, present + (this.total >>> 3));
    return [share, step, 0].some((generous) => {
      const asked = Math.max(size, generous);
      return asked <= MOST_CHUNK && get(layoutOf(asked));
    });
  }

  resize(chunk: number, to: Layout): boolean {
    const { parent } = this;
    const from = layoutOf(this.size(chunk));
    if (!can(parent, "resizeInPlace") || !parent.resizeInPlace(this.ptr(chunk), from, to)) return false;
    const size = this.usable(to);
    this.words[TOTAL]! += size - this.size(chunk);
    this.words[HEADER + 2 * chunk + 1] = size;
    return true;
  }

  /** All that the parent guarantees for a layout is used. */
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
