/**
 * Releases: the blocks of a region that were released out of order, that is, not at the tip; by position.
 *
 *     positions   0       │ A │ B │   C   │ D │      tip        B was released, and then A
 *     bits        0 0 0 0 1 0 0 1 0 0 0 0 …                     one for each position below `RELEASED`, all others are 0
 *
 * This detects double frees, so counters of live blocks stay right. A region whose blocks are released in order, last in, first
 * out, has no bits at all.
 *
 * @module
 */
import type { Memory } from "@alloc/core";

/** Bits of a word, and the mask of a position's bit number. */
const BITS = 32;
const LOW = BITS - 1;
/** The least number of words. */
const FEW = 8;

export class Releases {
  readonly memory: Memory;
  /** The words of the region; `words[index]` is the position after the start of the highest block here, or 0. */
  readonly words: Float64Array;
  readonly index: number;
  /** Shared ones have their full length from the start. */
  bits: Uint32Array;

  /**
   * @param positions - the largest number of positions
   * @param bits - those of a region that is made again. Default: new ones
   */
  constructor(memory: Memory, words: Float64Array, index: number, positions: number, bits?: Uint32Array) {
    this.memory = memory;
    this.words = words;
    this.index = index;
    this.bits = bits ?? memory.words(Uint32Array, 0, Math.ceil(positions / BITS));
  }

  /** Bytes of the words in use. */
  get bytes(): number {
    return 4 * Math.ceil(this.words[this.index]! / BITS);
  }

  /** Adds the block at a position. Returns whether it is the highest. */
  add(position: number): boolean {
    const { memory, words, index } = this;
    const word = wordOf(position);
    if (word >= this.bits.length) this.bits = memory.widen(this.bits, Math.max(word + 1, FEW));
    this.bits[word]! |= 1 << (position & LOW);
    const isHighest = position >= words[index]!;
    if (isHighest) words[index] = position + 1;
    return isHighest;
  }

  /** Returns whether the block at a position was added. */
  has(position: number): boolean {
    return position < this.words[this.index]! && ((this.bits[wordOf(position)]! >>> (position & LOW)) & 1) !== 0;
  }

  /**
   * Removes all blocks from a position on, because it will be handed out again. Amortised O(1) per release.
   */
  forget(position: number): void {
    const { words, index, bits } = this;
    const end = words[index]!;
    if (end <= position) return;
    let word = wordOf(position);
    bits.fill(0, word + 1, wordOf(end - 1) + 1);
    bits[word]! &= (1 << (position & LOW)) - 1;
    while (word >= 0 && bits[word] === 0) word--;
    words[index] = word < 0 ? 0 : BITS * (word + 1) - Math.clz32(bits[word]!);
  }

  /** Whether no bit from `RELEASED` on is set, as far as its word shows. */
  isWhole(): boolean {
    const end = this.words[this.index]!;
    return (this.bits[wordOf(end)] ?? 0) >>> (end & LOW) === 0;
  }
}

/** Returns the index of the word with the bit of a position. */
function wordOf(position: number): number {
  return (position / BITS) | 0;
}
