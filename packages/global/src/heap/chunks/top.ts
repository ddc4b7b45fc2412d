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
import type { Records } from "../records.ts";
import { HELD, HIGH, LIMIT, PRESSED, TOP } from "../words.ts";
import { type Caller, Chunks } from "./chunks.ts";

/** All that is kept back is given up each time that the heap has grown by its 64th part. */
const RISE = 64;

export class Top {
  readonly chunks: Chunks;
  readonly records: Records;

  constructor(records: Records, parent: Allocator, caller?: Caller) {
    this.records = records;
    this.chunks = new Chunks(records.memory, parent, records.least, caller);
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

  /** Makes the newest chunk reach up to `end`, and returns whether it could. */
  reach(end: number): boolean {
    const newest = this.chunks.count - 1;
    if (this.records.words[LIMIT] === 0 || !this.chunks.raise(newest, end - this.chunks.base(newest))) return false;
    this.records.words[LIMIT] = this.chunks.end(newest);
    return true;
  }

  /** Makes the newest chunk end where it did before it was made longer. */
  retreat(limit: number): void {
    const newest = this.chunks.count - 1;
    this.chunks.cut(newest, limit - this.chunks.base(newest));
    this.records.words[LIMIT] = this.chunks.end(newest);
  }

  /** Gives back an older chunk, or its end: its size has become `size`. */
  cut(chunk: number, size: number): boolean {
    const before = this.chunks.total;
    if (!(size === 0 ? this.chunks.give(chunk) : this.chunks.cut(chunk, size))) return false;
    this.records.words[HELD]! -= before - this.chunks.total;
    return true;
  }

  /** Gives back what lies above the top, as far as the parent takes it; the chunk too, if nothing in it is used. */
  trim(): void {
    const { records, chunks } = this;
    if (records.words[LIMIT] === 0) return;
    const newest = chunks.count - 1;
    const used = records.words[TOP]! - chunks.base(newest);
    // Whoever comes back in the middle finds nothing above the top.
    records.words[LIMIT] = records.words[TOP]!;
    let isGone = false;
    try {
      if (used === 0) isGone = chunks.give(newest);
      else chunks.cut(newest, used);
    } finally {
      records.words[LIMIT] = isGone ? 0 : chunks.end(newest);
      if (isGone) records.words[TOP] = 0;
    }
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
