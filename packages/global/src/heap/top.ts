/**
 * Top: where the used part of the newest chunk ends, and how the heap grows there.
 *
 *     older chunks         newest chunk
 *     │▒▒▒▒▒▒▒▒▒▒▒▒▒▒│     │▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒│┈┈┈ untouched ┈┈┈┈│┈┈ if the parent resizes in place ┈┈
 *                         base             top              limit
 *
 * What lies above the top counts for nothing. All in granules.
 *
 * @module
 */
import type { Allocator, Memory } from "@alloc/core";
import { Chunks } from "./chunks.ts";

/** Words: the granule behind the last extent, and that behind the newest chunk; 0 if there is none. */
const TOP = 0;
const LIMIT = 1;
/** Granules up to the top of the newest chunk, and all of the others; and the most so far. */
const HELD = 2;
const HIGH = 3;
/** The most that was held when all that was kept back was given up last. */
const PRESSED = 4;

/** All that is kept back is given up each time that the heap has grown by its 64th part. */
const RISE = 64;

export class Top {
  readonly chunks: Chunks;
  readonly words: Int32Array;

  constructor(memory: Memory, parent: Allocator) {
    this.chunks = new Chunks(memory, parent);
    this.words = memory.words(Int32Array, 5);
  }

  get granule(): number {
    return this.words[TOP]!;
  }

  get held(): number {
    return this.words[HELD]!;
  }

  /** The most that was held so far. */
  get high(): number {
    return this.words[HIGH]!;
  }

  /** The granule at which the newest chunk begins; 0 if there is none. */
  get base(): number {
    return this.words[LIMIT] === 0 ? 0 : this.chunks.base(this.chunks.count - 1);
  }

  /** The granule behind the newest chunk; 0 if there is none. */
  get limit(): number {
    return this.words[LIMIT]!;
  }

  /** Moves the top by so many granules, up to the limit at most. */
  move(by: number): void {
    const { words } = this;
    const held = words[HELD]! + by;
    words[TOP]! += by;
    words[HELD] = held;
    if (held > words[HIGH]!) words[HIGH] = held;
  }

  /** Whether more would be held than ever before, if the top rose by `size`. */
  rises(size: number): boolean {
    return this.words[HELD]! + size > this.words[HIGH]!;
  }

  /** Whether it is time to give up all that is kept back; not again before the heap has grown by a share. */
  isPressing(): boolean {
    const high = this.words[HIGH]!;
    if (high - this.words[PRESSED]! < high / RISE) return false;
    this.words[PRESSED] = high;
    return true;
  }

  /** Whether the newest chunk reaches up to `end`, or can be made to. */
  reach(end: number): boolean {
    const newest = this.chunks.count - 1;
    if (this.words[LIMIT] === 0 || !this.chunks.raise(newest, end - this.chunks.base(newest))) return false;
    this.words[LIMIT] = this.chunks.end(newest);
    return true;
  }

  /** Takes another chunk, which is the newest then. */
  add(size: number): boolean {
    if (!this.chunks.take(size)) return false;
    this.begin();
    return true;
  }

  /** Gives back an older chunk, or its end: its size has become `size`. */
  cut(chunk: number, size: number): boolean {
    const before = this.chunks.total;
    if (size === 0) this.chunks.give(chunk);
    else if (!this.chunks.cut(chunk, size)) return false;
    this.words[HELD]! -= before - this.chunks.total;
    return true;
  }

  /** Gives back what lies above the top, as far as the parent takes it; the chunk too, if nothing in it is used. */
  trim(): void {
    if (this.words[LIMIT] === 0) return;
    const newest = this.chunks.count - 1;
    const used = this.words[TOP]! - this.chunks.base(newest);
    if (used === 0) {
      this.chunks.give(newest);
      this.words[TOP] = 0;
      this.words[LIMIT] = 0;
    } else if (this.chunks.cut(newest, used)) this.words[LIMIT] = this.chunks.end(newest);
  }

  /** Forgets what is used of the newest chunk, and answers its number, −1 if there is none. */
  reset(): number {
    const hasNewest = this.words[LIMIT] !== 0;
    if (hasNewest) this.begin();
    return hasNewest ? this.chunks.count - 1 : -1;
  }

  begin(): void {
    const newest = this.chunks.count - 1;
    this.words[TOP] = this.chunks.base(newest);
    this.words[LIMIT] = this.chunks.end(newest);
    this.words[HELD] = this.chunks.total - this.chunks.size(newest);
    this.move(0);
  }
}
