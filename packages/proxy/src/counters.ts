/**
 * Counters: what a stats counts, as words while it counts and as a plain object to be read.
 *
 *     words   numAllocate │ numAllocateFail │ … │ bytesDeallocated │ requests of ≤ 1, ≤ 2, ≤ 4 … ≤ 2 ** 32 bytes
 *
 * They are doubles, since sums of bytes pass 2 ** 32; up to 2 ** 53 they are exact. All bytes but those that say "asked" are
 * usable bytes. A release may name any size that fits, so what is counted by the size asked would not come out even.
 *
 * @module
 */
import type { Memory } from "@alloc/core";

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
  /** Bytes of the blocks released; what a reset forgets is not among them. */
  readonly bytesDeallocated: number;
  /**
   * Requests for a block, answered or not, by the size asked: the key is the largest size, in bytes, that is counted there.
   * Keys are powers of two; those of which there were none are missing.
   */
  readonly numBySize: { readonly [bytes: number]: number };
}

const AT = {
  numAllocate: 0,
  numAllocateFail: 1,
  numGrow: 2,
  numGrowFail: 3,
  numShrink: 4,
  numShrinkFail: 5,
  numMoved: 6,
  numDeallocate: 7,
  numReset: 8,
  numLive: 9,
  numHighWater: 10,
  bytesLive: 11,
  bytesHighWater: 12,
  bytesAsked: 13,
  bytesAllocated: 14,
  bytesGrown: 15,
  bytesShrunk: 16,
  bytesMoved: 17,
  bytesDeallocated: 18,
} satisfies Record<Exclude<keyof Counters, "numBySize">, number>;
/** The first bucket of sizes; one for each power of two from 2 ** 0 to 2 ** 32. */
const BUCKETS = 19;
const NUM_BUCKETS = 33;

/** The words, and what each event adds to them. */
export class Tally {
  readonly words: Float64Array;

  constructor(memory: Memory) {
    this.words = memory.words(Float64Array, BUCKETS + NUM_BUCKETS);
  }

  /** A block of `size` bytes was asked for. */
  requested(size: number): void {
    this.words[BUCKETS + 32 - Math.clz32(size - 1)]!++;
  }

  /** It was handed out, with `bytes` usable bytes. */
  allocated(size: number, bytes: number): void {
    const { words } = this;
    words[AT.numAllocate]!++;
    words[AT.bytesAsked]! += size;
    words[AT.bytesAllocated]! += bytes;
    this.live(1, bytes);
  }

  allocateFailed(): void {
    this.words[AT.numAllocateFail]!++;
  }

  /** A block has `after` usable bytes where it had `before`. */
  resized(grows: boolean, before: number, after: number): void {
    const { words } = this;
    words[grows ? AT.numGrow : AT.numShrink]!++;
    words[AT.bytesGrown]! += Math.max(after - before, 0);
    words[AT.bytesShrunk]! += Math.max(before - after, 0);
    this.live(0, after - before);
  }

  /** A block that was resized has another address, to which `bytes` bytes were copied. */
  moved(bytes: number): void {
    this.words[AT.numMoved]!++;
    this.words[AT.bytesMoved]! += bytes;
  }

  resizeFailed(grows: boolean): void {
    this.words[grows ? AT.numGrowFail : AT.numShrinkFail]!++;
  }

  released(bytes: number): void {
    this.words[AT.numDeallocate]!++;
    this.words[AT.bytesDeallocated]! += bytes;
    this.live(-1, -bytes);
  }

  reset(): void {
    const { words } = this;
    words[AT.numReset]!++;
    words[AT.numLive] = 0;
    words[AT.bytesLive] = 0;
  }

  live(blocks: number, bytes: number): void {
    const { words } = this;
    words[AT.numLive]! += blocks;
    words[AT.bytesLive]! += bytes;
    if (words[AT.numLive]! > words[AT.numHighWater]!) words[AT.numHighWater] = words[AT.numLive]!;
    if (words[AT.bytesLive]! > words[AT.bytesHighWater]!) words[AT.bytesHighWater] = words[AT.bytesLive]!;
  }

  /** Answers what was counted until now, as a frozen object. */
  snapshot(): Counters {
    const { words } = this;
    const buckets = [...words.subarray(BUCKETS)].map((count, log) => [2 ** log, count] as const);
    const numBySize = Object.freeze(Object.fromEntries(buckets.filter(([, count]) => count > 0)));
    const counts = Object.entries(AT).map(([name, word]) => [name, words[word]!] as const);
    return Object.freeze({ ...Object.fromEntries(counts), numBySize }) as Counters;
  }
}
