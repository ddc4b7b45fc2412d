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
/** Initial number of words. */
const FEW = 8;

export class Releases {
  readonly memory: Memory;
  /** The words of the region; `words[index]` is the position after the start of the highest block here, or 0. */
  readonly words: Float64Array;
  readonly index: number;
  /** The largest number of words; shared ones are made at full length. */
  readonly most: number;
  bits: Uint32Array;

  constructor(memory: Memory, words: Float64Array, index: number, positions: number) {
    this.memory = memory;
    this.words = words;
    this.index = index;
    this.most = Math.ceil(positions / BITS);
    this.bits = new Uint32Array(0);
  }

  /** Bytes of the words. */
  get bytes(): number {
    return this.bits.byteLength;
  }

  /** Adds the block at a position. Returns whether the words were widened. */
  add(position: number): boolean {
    const { words, index } = this;
    const word = wordOf(position);
    const isMore = word >= this.bits.length;
    if (isMore) this.widen(word + 1);
    this.bits[word]! |= 1 << (position & LOW);
    if (position >= words[index]!) words[index] = position + 1;
    return isMore;
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

  widen(length: number): void {
    const { memory, bits } = this;
    if (bits.length !== 0) this.bits = memory.widen(bits, length);
    else this.bits = memory.words(Uint32Array, Math.max(length, FEW), this.most);
  }
}

/** Returns the index of the word with the bit of a position. */
function wordOf(position: number): number {
  return (position / BITS) | 0;
}
