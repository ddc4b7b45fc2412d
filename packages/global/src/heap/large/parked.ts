/**
 * Parked: released large blocks, cached unchanged for requests of the same size (a quick list).
 *
 *     head of a hash of the size ──▶ parked ──▶ parked ──▶ …        last in, first out
 *
 * Programs request the same few large sizes again and again. Taking such a block off a list saves coalescing, binning, searching
 * and splitting. All parked blocks are freed when they hold too large a share of the heap, and before the heap would grow.
 *
 * Source: deferred coalescing, after Wilson and others (1995).
 *
 * @module
 */
import { invariant } from "@alloc/core/author";
import { KIND, LARGE, NEXT, PARKED, SIZE } from "../records.ts";
import { HELD, PARKED_HEADS, PARKED_LOG, PARKED_SUM } from "../words.ts";
import type { Extents } from "./extents.ts";

/** The number of blocks to examine in a list. */
const SEARCH = 4;
/** The most granules that may be parked: 1/16 of the heap, as a shift, plus a constant. */
const SHARE = 4;
const LEAST = 256;

/** The word after the heads. */
const END = PARKED_HEADS + 2 ** PARKED_LOG;

export class Parked {
  readonly extents: Extents;

  constructor(extents: Extents) {
    this.extents = extents;
  }

  /** Returns a parked block of exactly `size` granules, now live; 0 if there is none. */
  take(size: number): number {
    const { words } = this.extents;
    const head = headOf(size);
    let before = 0;
    let record = words[head]!;
    for (let looks = SEARCH; looks > 0 && record !== 0; looks--) {
      const next = words[record + NEXT]!;
      if (words[record + SIZE] === size) {
        if (before === 0) words[head] = next;
        else words[before + NEXT] = next;
        words[record + KIND] = LARGE;
        words[PARKED_SUM]! -= size;
        return record;
      }
      before = record;
      record = next;
    }
    return 0;
  }

  /** Parks a live block of `size` granules. */
  put(record: number, size: number): void {
    const { words } = this.extents;
    const head = headOf(size);
    words[record + KIND] = PARKED;
    words[record + NEXT] = words[head]!;
    words[head] = record;
    const sum = words[PARKED_SUM]! + size;
    words[PARKED_SUM] = sum;
    if (sum > LEAST + (words[HELD]! >>> SHARE)) this.release();
  }

  /** Frees all parked blocks. Returns whether there were any. */
  release(): boolean {
    const { extents } = this;
    const { words } = extents;
    if (words[PARKED_SUM] === 0) return false;
    for (let head = PARKED_HEADS; head < END; head++) {
      let record = words[head]!;
      words[head] = 0;
      while (record !== 0) {
        const next = words[record + NEXT]!;
        extents.release(record);
        record = next;
      }
    }
    words[PARKED_SUM] = 0;
    return true;
  }

  reset(): void {
    this.extents.words.fill(0, PARKED_SUM, END);
  }

  /** Throws unless exactly the parked extents are listed, each in the list of its size. */
  check(): void {
    const { words } = this.extents;
    let listed = 0;
    for (let head = PARKED_HEADS; head < END; head++) {
      for (let record = words[head]!; record !== 0; record = words[record + NEXT]!) {
        invariant(
          headOf(this.extents.size(record)) === head,
          () => `extent ${record} is parked in the list of its size`,
        );
        invariant(words[record + KIND] === PARKED, () => `extent ${record} in a list of parked ones is parked`);
        listed += this.extents.size(record);
      }
    }
    let all = 0;
    this.extents.each((record) => {
      if (words[record + KIND] === PARKED) all += this.extents.size(record);
    });
    invariant(
      all === listed && all === words[PARKED_SUM],
      () => `${words[PARKED_SUM]} granules are parked, got ${all}`,
    );
  }
}

/** Returns the word of the list for a size. The 64 sizes of an octave have separate lists, up to 128 KiB. */
export function headOf(size: number): number {
  return PARKED_HEADS + ((size ^ (size >>> PARKED_LOG)) & (2 ** PARKED_LOG - 1));
}
