/**
 * Counters: the counts of a stats, as words while counting and as a plain object for reading.
 *
 *     words   numLive │ numHighWater │ bytesLive │ … │ requests of ≤ 1, ≤ 2, ≤ 4 … ≤ 2 ** 32 bytes
 *
 * Words are doubles, because sums of bytes exceed 2 ** 32; they are exact up to 2 ** 53. Bytes are usable bytes, except
 * `bytesAsked`. A release may name any size that fits, so sums of requested sizes would drift.
 *
 * @module
 */
import type { Memory } from "@alloc/core";
import { hide } from "@alloc/core/author";
import { print } from "./print.ts";

/** A snapshot of the counts. `num*` count events or blocks, `bytes*` are bytes. */
export interface Counters {
  /** Blocks handed out by `allocate`, `allocateZeroed` and a grow from size 0. */
  readonly numAllocate: number;
  /** Calls of `allocate`, `allocateZeroed` and a grow from size 0 that returned NULL. */
  readonly numAllocateFail: number;
  /** Blocks resized by `grow`, `growZeroed`, or a `resizeInPlace` that does not make them smaller. */
  readonly numGrow: number;
  /** Calls of `grow` and `growZeroed` that returned NULL. A `resizeInPlace` that returns false is not counted. */
  readonly numGrowFail: number;
  /** Blocks resized by `shrink`, or a `resizeInPlace` that makes them smaller. */
  readonly numShrink: number;
  /** Calls of `shrink` that returned NULL. */
  readonly numShrinkFail: number;
  /** Resized blocks that moved to another address. All others stayed in place. */
  readonly numMoved: number;
  /** Blocks released by `deallocate` and a shrink to size 0. */
  readonly numDeallocate: number;
  /** Calls of `reset`. */
  readonly numReset: number;
  /** Live blocks. */
  readonly numLive: number;
  /** High-water mark of live blocks. */
  readonly numHighWater: number;
  /** Bytes of live blocks. */
  readonly bytesLive: number;
  /** High-water mark of live bytes. */
  readonly bytesHighWater: number;
  /** Sum of the requested sizes of the blocks handed out. */
  readonly bytesAsked: number;
  /** Bytes of the blocks handed out; those beyond `bytesAsked` are slack. */
  readonly bytesAllocated: number;
  /** Bytes gained by resizing blocks. */
  readonly bytesGrown: number;
  /** Bytes lost by resizing blocks. */
  readonly bytesShrunk: number;
  /** Bytes copied because a block moved. */
  readonly bytesMoved: number;
  /** Bytes of the blocks released, without blocks that ended by a reset or with the allocator. */
  readonly bytesDeallocated: number;
  /**
   * Requests by requested size, served or not. A key is the largest size, in bytes, counted there. Keys are powers of two; those
   * without requests are missing.
   */
  readonly numBySize: { readonly [bytes: number]: number };
}

// Indices of the words: constants, which the build inlines. Derived counts have no word, so each event writes few.
const NUM_LIVE = 0;
const NUM_HIGH_WATER = 1;
const BYTES_LIVE = 2;
const BYTES_HIGH_WATER = 3;
const BYTES_ASKED = 4;
const BYTES_DEALLOCATED = 5;
const NUM_ALLOCATE_FAIL = 6;
const NUM_GROW = 7;
const NUM_GROW_FAIL = 8;
const NUM_SHRINK = 9;
const NUM_SHRINK_FAIL = 10;
const NUM_MOVED = 11;
const BYTES_GROWN = 12;
const BYTES_SHRUNK = 13;
const BYTES_MOVED = 14;
const NUM_RESET = 15;
/** Blocks that ended by a reset or with the allocator, and their bytes. */
const NUM_FORGOTTEN = 16;
const BYTES_FORGOTTEN = 17;
/** The first bucket of sizes; one per power of two from 2 ** 0 to 2 ** 32. */
const BUCKETS = 18;
const NUM_BUCKETS = 33;
export const LENGTH = BUCKETS + NUM_BUCKETS;

/** The words, and the changes each event makes to them. */
export class Tally {
  readonly words: Float64Array;

  /** @param words - those of a stats that is made again. Default: new ones */
  constructor(memory: Memory, words?: Float64Array) {
    this.words = words ?? memory.words(Float64Array, LENGTH);
  }

  /** Counts a block handed out with `bytes` usable bytes for a request of `size` bytes. */
  allocated(size: number, bytes: number): void {
    const words = this.words;
    const blocks = words[NUM_LIVE]! + 1;
    const live = words[BYTES_LIVE]! + bytes;
    words[BUCKETS + 32 - Math.clz32(size - 1)]!++;
    words[BYTES_ASKED]! += size >>> 0;
    words[NUM_LIVE] = blocks;
    words[BYTES_LIVE] = live;
    if (blocks > words[NUM_HIGH_WATER]!) words[NUM_HIGH_WATER] = blocks;
    if (live > words[BYTES_HIGH_WATER]!) words[BYTES_HIGH_WATER] = live;
  }

  allocateFailed(size: number): void {
    this.words[BUCKETS + 32 - Math.clz32(size - 1)]!++;
    this.words[NUM_ALLOCATE_FAIL]!++;
  }

  /** Counts a block resized from `before` usable bytes to `after`. */
  resized(grows: boolean, before: number, after: number): void {
    const words = this.words;
    // A block shrunk after its release, if undetected, must not make this negative.
    const live = Math.max(words[BYTES_LIVE]! + after - before, 0);
    words[grows ? NUM_GROW : NUM_SHRINK]!++;
    words[BYTES_GROWN]! += Math.max(after - before, 0);
    words[BYTES_SHRUNK]! += Math.max(before - after, 0);
    words[BYTES_LIVE] = live;
    if (live > words[BYTES_HIGH_WATER]!) words[BYTES_HIGH_WATER] = live;
  }

  /** Counts a resized block that moved, with `bytes` bytes copied. */
  moved(bytes: number): void {
    this.words[NUM_MOVED]!++;
    this.words[BYTES_MOVED]! += bytes;
  }

  resizeFailed(grows: boolean): void {
    this.words[grows ? NUM_GROW_FAIL : NUM_SHRINK_FAIL]!++;
  }

  /** Whether a block of `bytes` bytes can be among the live ones. False for NaN. */
  covers(bytes: number): boolean {
    return this.words[NUM_LIVE]! > 0 && bytes <= this.words[BYTES_LIVE]!;
  }

  /** Counts the release of a block of `bytes` bytes. A block older than all counted ones is ignored. */
  released(bytes: number): void {
    const words = this.words;
    const blocks = words[NUM_LIVE]! - 1;
    if (blocks < 0) return;
    const live = words[BYTES_LIVE]! - bytes;
    words[NUM_LIVE] = blocks;
    words[BYTES_LIVE] = Math.max(live, 0);
    words[BYTES_DEALLOCATED]! += bytes;
  }

  /** Counts a reset. */
  reset(): void {
    this.words[NUM_RESET]!++;
  }

  /** Ends all live blocks. */
  forget(): void {
    const words = this.words;
    words[NUM_FORGOTTEN]! += words[NUM_LIVE]!;
    words[BYTES_FORGOTTEN]! += words[BYTES_LIVE]!;
    words[NUM_LIVE] = 0;
    words[BYTES_LIVE] = 0;
  }

  /** Returns the current counts as a frozen object. */
  snapshot(): Counters {
    const word = (at: number) => this.words[at]!;
    const buckets = [...this.words.subarray(BUCKETS, LENGTH)].map((count, log) => [2 ** log, count] as const);
    const numAllocate = buckets.reduce((sum, [, count]) => sum + count, 0) - word(NUM_ALLOCATE_FAIL);
    const bytesGone = word(BYTES_DEALLOCATED) + word(BYTES_FORGOTTEN) + word(BYTES_SHRUNK);
    const counters: Counters = {
      numAllocate,
      numAllocateFail: word(NUM_ALLOCATE_FAIL),
      numGrow: word(NUM_GROW),
      numGrowFail: word(NUM_GROW_FAIL),
      numShrink: word(NUM_SHRINK),
      numShrinkFail: word(NUM_SHRINK_FAIL),
      numMoved: word(NUM_MOVED),
      numDeallocate: numAllocate - word(NUM_LIVE) - word(NUM_FORGOTTEN),
      numReset: word(NUM_RESET),
      numLive: word(NUM_LIVE),
      numHighWater: word(NUM_HIGH_WATER),
      bytesLive: word(BYTES_LIVE),
      bytesHighWater: word(BYTES_HIGH_WATER),
      bytesAsked: word(BYTES_ASKED),
      bytesAllocated: word(BYTES_LIVE) + bytesGone - word(BYTES_GROWN),
      bytesGrown: word(BYTES_GROWN),
      bytesShrunk: word(BYTES_SHRUNK),
      bytesMoved: word(BYTES_MOVED),
      bytesDeallocated: word(BYTES_DEALLOCATED),
      numBySize: Object.freeze(Object.fromEntries(buckets.filter(([, count]) => count > 0))),
    };
    hide(counters, { toString: () => print(counters) });
    return Object.freeze(counters);
  }
}
