/**
 * Counters: what a stats counts, as words while it counts and as a plain object to be read.
 *
 *     words   numLive │ numHighWater │ bytesLive │ … │ requests of ≤ 1, ≤ 2, ≤ 4 … ≤ 2 ** 32 bytes
 *
 * They are doubles, since sums of bytes pass 2 ** 32; up to 2 ** 53 they are exact. All bytes but those that say "asked" are
 * usable bytes. A release may name any size that fits, so what is counted by the size asked would not come out even.
 *
 * @module
 */
import { hide, type Memory } from "@alloc/core";
import { print } from "./print.ts";

/** What was counted, up to one moment. `num*` are numbers of events or blocks, `bytes*` are bytes. */
export interface Counters {
  /** Blocks handed out, by `allocate`, `allocateZeroed` and a grow from size 0. */
  readonly numAllocate: number;
  /** The same answered with NULL. */
  readonly numAllocateFail: number;
  /** Blocks resized, by `grow`, `growZeroed`, or a `resizeInPlace` that does not make them smaller. */
  readonly numGrow: number;
  /** `grow` and `growZeroed` answered with NULL. A `resizeInPlace` that is false is counted nowhere. */
  readonly numGrowFail: number;
  /** Blocks resized, by `shrink`, or a `resizeInPlace` that makes them smaller. */
  readonly numShrink: number;
  /** `shrink` answered with NULL. */
  readonly numShrinkFail: number;
  /** Of the blocks resized, those that got another address. All others stayed in place. */
  readonly numMoved: number;
  /** Blocks released, by `deallocate` and a shrink to size 0. */
  readonly numDeallocate: number;
  /** Calls of `reset`. */
  readonly numReset: number;
  /** Blocks that are live now. */
  readonly numLive: number;
  /** The most blocks that were live at once. */
  readonly numHighWater: number;
  /** Bytes of the blocks that are live now. */
  readonly bytesLive: number;
  /** The most bytes that were live at once. */
  readonly bytesHighWater: number;
  /** Sum of the sizes that blocks were asked for with, when they were handed out. */
  readonly bytesAsked: number;
  /** Bytes of the blocks handed out; what they have more than was asked is slack. */
  readonly bytesAllocated: number;
  /** Bytes that blocks have won by being resized. */
  readonly bytesGrown: number;
  /** Bytes that blocks have lost by being resized. */
  readonly bytesShrunk: number;
  /** Bytes that had to be copied since a block moved. */
  readonly bytesMoved: number;
  /** Bytes of the blocks released; those of blocks that ended by a reset or at the end are not among them. */
  readonly bytesDeallocated: number;
  /**
   * Requests for a block, answered or not, by the size asked: the key is the largest size, in bytes, that is counted there.
   * Keys are powers of two; those of which there were none are missing.
   */
  readonly numBySize: { readonly [bytes: number]: number };
}

// Where the words are: constants, which the build writes out. What follows from other words is none, so each event writes few.
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
/** The first bucket of sizes; one for each power of two from 2 ** 0 to 2 ** 32. */
const BUCKETS = 18;
const NUM_BUCKETS = 33;

/** The words, and what each event adds to them. */
export class Tally {
  readonly words: Float64Array;

  constructor(memory: Memory) {
    this.words = memory.words(Float64Array, BUCKETS + NUM_BUCKETS);
  }

  /** A block of `size` bytes was asked for and handed out, with `bytes` usable bytes. */
  allocated(size: number, bytes: number): void {
    const words = this.words;
    const blocks = words[NUM_LIVE]! + 1;
    const live = words[BYTES_LIVE]! + bytes;
    words[BUCKETS + 32 - Math.clz32(size - 1)]!++;
    words[BYTES_ASKED]! += size;
    words[NUM_LIVE] = blocks;
    words[BYTES_LIVE] = live;
    if (blocks > words[NUM_HIGH_WATER]!) words[NUM_HIGH_WATER] = blocks;
    if (live > words[BYTES_HIGH_WATER]!) words[BYTES_HIGH_WATER] = live;
  }

  allocateFailed(size: number): void {
    this.words[BUCKETS + 32 - Math.clz32(size - 1)]!++;
    this.words[NUM_ALLOCATE_FAIL]!++;
  }

  /** A block has `after` usable bytes where it had `before`. */
  resized(grows: boolean, before: number, after: number): void {
    const words = this.words;
    // A block that was shrunk after its release, where nobody detects that, must not make it negative.
    const live = Math.max(words[BYTES_LIVE]! + after - before, 0);
    words[grows ? NUM_GROW : NUM_SHRINK]!++;
    words[BYTES_GROWN]! += Math.max(after - before, 0);
    words[BYTES_SHRUNK]! += Math.max(before - after, 0);
    words[BYTES_LIVE] = live;
    if (live > words[BYTES_HIGH_WATER]!) words[BYTES_HIGH_WATER] = live;
  }

  /** A block that was resized has another address, to which `bytes` bytes were copied. */
  moved(bytes: number): void {
    this.words[NUM_MOVED]!++;
    this.words[BYTES_MOVED]! += bytes;
  }

  resizeFailed(grows: boolean): void {
    this.words[grows ? NUM_GROW_FAIL : NUM_SHRINK_FAIL]!++;
  }

  /** Whether a block of so many bytes can be among the live ones. False for NaN. */
  covers(bytes: number): boolean {
    return this.words[NUM_LIVE]! > 0 && bytes <= this.words[BYTES_LIVE]!;
  }

  /** A block of so many bytes was released; one that came before all that was counted is not counted. */
  released(bytes: number): void {
    const words = this.words;
    const blocks = words[NUM_LIVE]! - 1;
    if (blocks < 0) return;
    const live = words[BYTES_LIVE]! - bytes;
    words[NUM_LIVE] = blocks;
    words[BYTES_LIVE] = Math.max(live, 0);
    words[BYTES_DEALLOCATED]! += bytes;
  }

  /** The inner allocator was reset. */
  reset(): void {
    this.words[NUM_RESET]!++;
  }

  /** No block is live any more. */
  forget(): void {
    const words = this.words;
    words[NUM_FORGOTTEN]! += words[NUM_LIVE]!;
    words[BYTES_FORGOTTEN]! += words[BYTES_LIVE]!;
    words[NUM_LIVE] = 0;
    words[BYTES_LIVE] = 0;
  }

  /** Answers what was counted until now, as a frozen object. */
  snapshot(): Counters {
    const word = (at: number) => this.words[at]!;
    const buckets = [...this.words.subarray(BUCKETS)].map((count, log) => [2 ** log, count] as const);
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
