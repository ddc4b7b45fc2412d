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
import type { Allocator } from "@alloc/core";
import { Chunks } from "./chunks.ts";
import type { Records } from "./records.ts";
import { HELD, HIGH, LIMIT, PRESSED, TOP } from "./words.ts";

/** All that is kept back is given up each time that the heap has grown by its 64th part. */
const RISE = 64;

export class Top {
  readonly chunks: Chunks;
  readonly records: Records;

  constructor(records: Records, parent: Allocator) {
    this.records = records;
    this.chunks = new Chunks(records.memory, parent);
  }

  get granule(): number {
    return this.records.words[TOP]!;
  }

  get held(): number {
    return this.records.words[HELD]!;
  }

  /** The most that was held so far. */
  get high(): number {
    return this.records.words[HIGH]!;
  }

  /** The granule at which the newest chunk begins; 0 if there is none. */
  get base(): number {
    return this.records.words[LIMIT] === 0 ? 0 : this.chunks.base(this.chunks.count - 1);
  }

  /** The granule behind the newest chunk; 0 if there is none. */
  get limit(): number {
    return this.records.words[LIMIT]!;
  }

  /** Moves the top by so many granules, up to the limit at most. */
  move(by: number): void {
    const { words } = this.records;
    const held = words[HELD]! + by;
    words[TOP]! += by;
    words[HELD] = held;
    if (held > words[HIGH]!) words[HIGH] = held;
  }

  /** Whether more would be held than ever before, if the top rose by `size`. */
  rises(size: number): boolean {
    return this.records.words[HELD]! + size > this.records.words[HIGH]!;
  }

  /** Whether it is time to give up all that is kept back; not again before the heap has grown by a share. */
  isPressing(): boolean {
    const high = this.records.words[HIGH]!;
    if (high - this.records.words[PRESSED]! < high / RISE) return false;
    this.records.words[PRESSED] = high;
    return true;
  }

  /** Whether the newest chunk reaches up to `end`, or can be made to. */
  reach(end: number): boolean {
    const newest = this.chunks.count - 1;
    if (this.records.words[LIMIT] === 0 || !this.chunks.raise(newest, end - this.chunks.base(newest))) return false;
    this.records.words[LIMIT] = this.chunks.end(newest);
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
    this.records.words[HELD]! -= before - this.chunks.total;
    return true;
  }

  /** Gives back what lies above the top, as far as the parent takes it; the chunk too, if nothing in it is used. */
  trim(): void {
    if (this.records.words[LIMIT] === 0) return;
    const newest = this.chunks.count - 1;
    const used = this.records.words[TOP]! - this.chunks.base(newest);
    if (used === 0) {
      this.chunks.give(newest);
      this.records.words[TOP] = 0;
      this.records.words[LIMIT] = 0;
    } else if (this.chunks.cut(newest, used)) this.records.words[LIMIT] = this.chunks.end(newest);
  }

  /** Forgets what is used of the newest chunk, and answers its number, −1 if there is none. */
  reset(): number {
    const hasNewest = this.records.words[LIMIT] !== 0;
    if (hasNewest) this.begin();
    return hasNewest ? this.chunks.count - 1 : -1;
  }

  begin(): void {
    const newest = this.chunks.count - 1;
    this.records.words[TOP] = this.chunks.base(newest);
    this.records.words[LIMIT] = this.chunks.end(newest);
    this.records.words[HELD] = this.chunks.total - this.chunks.size(newest);
    this.move(0);
  }
}
