/**
 * Top: the end of the used part of the newest chunk, where the heap grows.
 *
 *     older chunks         newest chunk
 *     │▒▒▒▒▒▒▒▒▒▒▒▒▒▒│     │▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒│┈┈┈ untouched ┈┈┈┈│┈┈ if the parent resizes in place ┈┈
 *                         base             top              limit
 *
 * Bytes above the top do not count as held. All sizes in granules.
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import type { Records } from "../records.ts";
import { COUNTED, HELD, HIGH, KEPT, LIMIT, PRESSED, TOP } from "../words.ts";
import { Chunks } from "./chunks.ts";

/** All caches are emptied each time the heap has grown by 1/RISE. */
const RISE = 64;
/**
 * They are emptied sooner, if 1/MORE of the heap and FEW granules were released since; that is counted each time it has grown by 1/STEPS.
 * Without FEW, a nearly empty heap would be emptied for each block of another size.
 */
const MORE = 16;
const FEW = 1024;
const STEPS = 1024;

export class Top {
  readonly chunks: Chunks;
  readonly records: Records;

  constructor(records: Records, parent: Allocator, chunks?: Int32Array) {
    this.records = records;
    this.chunks = new Chunks(records.memory, parent, records.least, chunks);
  }

  get granule(): number {
    return this.records.words[TOP]!;
  }

  get held(): number {
    return this.records.words[HELD]!;
  }

  /** The high-water mark of `held`. */
  get high(): number {
    return this.records.words[HIGH]!;
  }

  /** The first granule of the newest chunk; 0 if there is none. */
  get base(): number {
    return this.records.words[LIMIT] === 0 ? 0 : this.chunks.base(this.chunks.newest);
  }

  /** The end of the newest chunk; 0 if there is none. */
  get limit(): number {
    return this.records.words[LIMIT]!;
  }

  /** Moves the top by a number of granules, at most to the limit. */
  move(by: number): void {
    const { words } = this.records;
    const held = words[HELD]! + by;
    words[TOP]! += by;
    words[HELD] = held;
    if (held > words[HIGH]!) words[HIGH] = held;
  }

  /** Whether raising the top by `size` would exceed the high-water mark. */
  rises(size: number): boolean {
    return this.records.words[HELD]! + size > this.records.words[HIGH]!;
  }

  /**
   * Whether it is time to empty all caches: the heap has grown by a share since, or much was released since.
   *
   * @param hoard - the caches, which count what they keep
   */
  isPressing(hoard: { kept(): number }): boolean {
    const { words } = this.records;
    const high = words[HIGH]!;
    if (high - words[PRESSED]! < high / RISE) {
      if (high - words[COUNTED]! < high / STEPS) return false;
      words[COUNTED] = high;
      const kept = hoard.kept();
      if (kept < words[KEPT]!) words[KEPT] = kept;
      if (kept - words[KEPT]! < high / MORE + FEW) return false;
    }
    words[PRESSED] = high;
    return true;
  }

  /** Notes what is still kept after all caches were emptied. */
  pressed(kept: number): void {
    this.records.words[KEPT] = kept;
    this.records.words[COUNTED] = 0;
  }

  /** Extends the newest chunk to `end`. Returns whether that was possible. */
  reach(end: number): boolean {
    const { newest } = this.chunks;
    if (this.records.words[LIMIT] === 0 || !this.chunks.raise(newest, end - this.chunks.base(newest))) return false;
    this.records.words[LIMIT] = this.chunks.end(newest);
    return true;
  }

  /** Shortens the newest chunk to a previous limit. */
  retreat(limit: number): void {
    const { newest } = this.chunks;
    this.chunks.cut(newest, limit - this.chunks.base(newest));
    this.records.words[LIMIT] = this.chunks.end(newest);
  }

  /** Shrinks an older chunk to `size`, or releases it for 0. */
  cut(chunk: number, size: number): boolean {
    const before = this.chunks.total;
    if (!(size === 0 ? this.chunks.give(chunk) : this.chunks.cut(chunk, size))) return false;
    this.records.words[HELD]! -= before - this.chunks.total;
    return true;
  }

  /** Returns the bytes above the top to the parent, as far as it takes them; the whole chunk if nothing in it is used. */
  trim(): void {
    const { records, chunks } = this;
    if (records.words[LIMIT] === 0) return;
    const { newest } = chunks;
    const used = records.words[TOP]! - chunks.base(newest);
    // A nested call must find nothing above the top.
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

  /** Empties the newest chunk. Returns its number; −1 if there is none. */
  reset(): number {
    const hasNewest = this.records.words[LIMIT] !== 0;
    if (hasNewest) this.begin();
    return hasNewest ? this.chunks.newest : -1;
  }

  begin(): void {
    const { newest } = this.chunks;
    this.records.words[TOP] = this.chunks.base(newest);
    this.records.words[LIMIT] = this.chunks.end(newest);
    this.records.words[HELD] = this.chunks.total - this.chunks.size(newest);
    this.move(0);
  }
}
