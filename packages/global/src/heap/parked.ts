/**
 * Parked: large blocks that were released and wait, as they are, for a request of the same size.
 *
 *     head of a hash of the size ──▶ parked ──▶ parked ──▶ …        the last one released first
 *
 * Programs ask for the same few large sizes again and again. Such a block need not be joined with its neighbours, binned, found
 * and split: it is taken off a list. All are released for good when they hold too large a share of the heap, and before the heap
 * would grow.
 *
 * Source: deferred coalescing, after Wilson and others (1995).
 *
 * @module
 */
import { invariant, type Memory } from "@alloc/core";
import type { Extents } from "./extents.ts";
import { KIND, LARGE, NEXT, PARKED, SIZE } from "./records.ts";

const LOG = 6;
/** How many of a list are looked at. */
const SEARCH = 4;
/** So much of the heap may be parked: its 16th part, as a shift, and so many granules in any case. */
const SHARE = 4;
const LEAST = 256;

/** Words: granules that are parked, and where the heads begin. */
const TOTAL = 0;
const HEADER = 1;

export class Parked {
  readonly extents: Extents;
  readonly words: Int32Array;

  constructor(memory: Memory, extents: Extents) {
    this.extents = extents;
    this.words = memory.words(Int32Array, HEADER + 2 ** LOG);
  }

  /** Answers a block of exactly `size` granules, which is live again; 0 if none is parked. */
  take(size: number): number {
    const { words } = this.extents.records;
    let before = 0;
    let record = this.words[headOf(size)]!;
    for (let looks = SEARCH; looks > 0 && record !== 0; looks--) {
      const next = words[record + NEXT]!;
      if (words[record + SIZE] === size) {
        if (before === 0) this.words[headOf(size)] = next;
        else words[before + NEXT] = next;
        words[record + KIND] = LARGE;
        this.words[TOTAL]! -= size;
        return record;
      }
      before = record;
      record = next;
    }
    return 0;
  }

  /** Parks a live block. */
  put(record: number): void {
    const { words } = this.extents.records;
    const size = words[record + SIZE]!;
    const head = headOf(size);
    words[record + KIND] = PARKED;
    words[record + NEXT] = this.words[head]!;
    this.words[head] = record;
    this.words[TOTAL]! += size;
    if (this.words[TOTAL]! > LEAST + (this.extents.top.held >>> SHARE)) this.release();
  }

  /** Releases all that is parked, and answers whether anything was. */
  release(): boolean {
    if (this.words[TOTAL] === 0) return false;
    const { extents } = this;
    for (let head = HEADER; head < this.words.length; head++) {
      let record = this.words[head]!;
      this.words[head] = 0;
      while (record !== 0) {
        const next = extents.records.words[record + NEXT]!;
        extents.release(record);
        record = next;
      }
    }
    this.words[TOTAL] = 0;
    return true;
  }

  reset(): void {
    this.words.fill(0);
  }

  /** Throws unless exactly the parked extents are listed, each in the list of its size. */
  check(): void {
    const { records } = this.extents;
    let listed = 0;
    for (let head = HEADER; head < this.words.length; head++) {
      for (let record = this.words[head]!; record !== 0; record = records.words[record + NEXT]!) {
        invariant(headOf(this.extents.size(record)) === head, `extent ${record} is parked in the list of its size`);
        invariant(records.words[record + KIND] === PARKED, `extent ${record} in a list of parked ones is parked`);
        listed += this.extents.size(record);
      }
    }
    let all = 0;
    records.each((record) => {
      if (records.words[record + KIND] === PARKED) all += this.extents.size(record);
    });
    invariant(all === listed && all === this.words[TOTAL], `${this.words[TOTAL]} granules are parked, came ${all}`);
  }
}

function headOf(size: number): number {
  return HEADER + (Math.imul(size, 0x9e3779b1) >>> (32 - LOG));
}
