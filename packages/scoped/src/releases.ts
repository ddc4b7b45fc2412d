/**
 * Releases: the blocks of a region that were released where they do not lie at the tip, by their positions.
 *
 *     positions   0       │ A │ B │   C   │ D │      tip        B was released, and then A
 *     bits        0 0 0 0 1 0 0 1 0 0 0 0 …                     one for each position below `RELEASED`, all others are 0
 *
 * So a second release is detected, and whoever counts the live blocks of a region counts right. A region whose blocks are released in
 * order, the last one first, has no bits at all.
 *
 * @module
 */
import type { Memory } from "@alloc/core";

/** Bits of a word, and those of a position that tell which one it is. */
const BITS = 32;
const LOW = BITS - 1;
/** Words to begin with. */
const FEW = 8;

export class Releases {
  readonly memory: Memory;
  /** The words of the region; the one at `index` is the position behind the start of the last block that is here, 0 if none is. */
  readonly words: Float64Array;
  readonly index: number;
  /** Words that there can ever be: shared ones are made at once. */
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

  /** Adds the block at a position. Returns whether there are more words now. */
  add(position: number): boolean {
    const { words, index } = this;
    const word = wordOf(position);
    const isMore = word >= this.bits.length;
    if (isMore) this.widen(word + 1);
    this.bits[word]! |= 1 << (position & LOW);
    if (position >= words[index]!) words[index] = position + 1;
    return isMore;
  }

  /** Returns whether the block at a position is here. */
  has(position: number): boolean {
    return position < this.words[this.index]! && ((this.bits[wordOf(position)]! >>> (position & LOW)) & 1) !== 0;
  }

  /**
   * Forgets what lies at a position or above, since it will be handed out again. O(1) for each release there was, in all.
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

  /** Whether no bit from `RELEASED` on is set, as far as its word tells. */
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

/** Returns the word that has the bit of a position. */
function wordOf(position: number): number {
  return (position / BITS) | 0;
}
