/**
 * Chunks: what the heap has of its parent, in the order in which it came.
 *
 *     words    count  total  low  high │ base  size │ base  size │ …       granules of 16 B
 *
 * A chunk is asked for generously, an eighth of what is held and at least 64 KiB, so that a growing heap asks its parent
 * O(log n) times; where the parent has less, just what is needed.
 *
 * The parent may throw at any call, and may come back to the heap in the middle of one. So the words change when it has agreed, and
 * never before; and while it is asked, nothing else is asked of it: a request that would need it finds no room.
 *
 * From `low` up to `high` there is nothing but chunks: one, or several that adjoin. Whether an address lies there is known by two
 * comparisons.
 *
 * @module
 */
import { type Allocator, attempt, can, giveChunk, Layout, type Memory, type Ptr, rethrow } from "@alloc/core";
import { GRANULE, MOST_LEAST } from "../records.ts";

/** Words: how many, the size of all, the bounds of a range that is all ours, and where the chunks begin. */
const COUNT = 0;
const TOTAL = 1;
const LOW = 2;
const HIGH = 3;
const HEADER = 4;
/** Bytes that are asked for at least, if the parent has them. */
export const GENEROUS_CHUNK = 65536;
const LEAST_STEP = GENEROUS_CHUNK / GRANULE;
const MOST_CHUNK = 2 ** 32 / GRANULE - 1;

/** Who is to say while its parent is asked: see `Allocator.isBusy`. */
export interface Caller {
  isBusy: boolean;
}

export class Chunks {
  words: Int32Array;
  readonly memory: Memory;
  readonly parent: Allocator;
  readonly caller: Caller;

  /** @param least - the bytes of the shortest chunk that is ever asked for */
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

  /** The size of all chunks. */
  get total(): number {
    return this.words[TOTAL]!;
  }

  /** The bounds of the range that is all ours. */
  get low(): number {
    return this.words[LOW]!;
  }
  get high(): number {
    return this.words[HIGH]!;
  }

  /** Returns the chunk in which an address lies, −1 if in none. */
  find(granule: number): number {
    for (let chunk = this.count - 1; chunk >= 0; chunk--) {
      if (granule >= this.base(chunk) && granule < this.end(chunk)) return chunk;
    }
    return -1;
  }

  /** Takes a chunk of at least `size` from the parent and returns whether it had room. It is the last one then. */
  take(size: number): boolean {
    return this.ask(0, size, (layout) => {
      const size = this.usable(layout);
      if (size === 0) return false;
      // Before there is a chunk that could be lost.
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

  /** Makes a chunk at least `size` long where it lies. */
  raise(chunk: number, size: number): boolean {
    return this.ask(this.size(chunk), size, (layout) => this.resize(chunk, layout));
  }

  /** Makes a chunk about `size` long where it lies: the parent may leave more. */
  cut(chunk: number, size: number): boolean {
    return this.alone(() => this.resize(chunk, layoutOf(size)));
  }

  /** Gives a chunk back, and returns whether it could. */
  give(chunk: number): boolean {
    return this.alone(() => {
      this.parent.deallocate(this.ptr(chunk), layoutOf(this.size(chunk)));
      this.forget(chunk);
      return true;
    });
  }

  /**
   * Gives all chunks back, the last one first.
   *
   * @throws what the parent throws, when it has been asked to take each of them
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

  /** Asks for more than is needed: for a share of what is held, or for a step; where there is no room, for just what is. */
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

  /** Strikes a chunk off. */
  forget(chunk: number): void {
    this.words[TOTAL]! -= this.size(chunk);
    this.words.copyWithin(HEADER + 2 * chunk, HEADER + 2 * chunk + 2, this.used);
    this.words[COUNT]!--;
    this.survey();
  }

  /** Calls the parent, unless it is being called; then returns false. */
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

  /** Takes a chunk into the range that is all ours: it adjoins, or is longer and takes its place, or stays outside. */
  include(base: number, size: number): void {
    const { low, high } = this;
    if (base === high) this.words[HIGH] = base + size;
    else if (base + size === low) this.words[LOW] = base;
    else if (size > high - low) {
      this.words[LOW] = base;
      this.words[HIGH] = base + size;
    }
  }

  /** Finds the range that is all ours again. */
  survey(): void {
    this.words[LOW] = 0;
    this.words[HIGH] = 0;
    for (let chunk = 0; chunk < this.count; chunk++) this.include(this.base(chunk), this.size(chunk));
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
