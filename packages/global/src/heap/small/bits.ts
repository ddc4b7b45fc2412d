/**
 * Bits: one bit for each block of a slab, 1 where it is free.
 *
 *     words of a slab    counts │ 31 … 0 │ 63 … 32 │ …
 *     counts             how many are free, how many there are, and the hint: no free block lies before this word
 *
 * The words of bits are a power of two, of which there are six, so that a dropped area is soon used again: by the next slab of
 * as many.
 *
 * @module
 */
import type { Memory } from "@alloc/core";
import { MOST_LEAST } from "../records.ts";

/** The most blocks that a slab may have. */
export const MOST_BLOCKS = 1024;

/** The counts: free blocks in the lowest bits, all blocks from bit 11, the hint from bit 22. */
const MASK = 2047;
const BLOCKS = 11;
export const HINT = 22;
/** Words before the bits. */
export const HEADER = 1;
const MOST_WORDS = MOST_BLOCKS / 32;

/** Word 0 is the end of the words in use; word n the first dropped area of n words of bits. */
const END = 0;

export class Bits {
  words: Int32Array;
  readonly memory: Memory;

  /** @param least - the bytes of the shortest slab */
  constructor(memory: Memory, least = MOST_LEAST) {
    this.memory = memory;
    this.words = memory.words(Int32Array, 128, MOST_WORDS + 1 + Math.ceil(memory.maximum * wordsPerByte(least)));
    this.clear();
  }

  /** Words in use. */
  get used(): number {
    return this.words[END]!;
  }

  /** Makes an area in which `blocks` blocks are free, and answers its offset. */
  make(blocks: number): number {
    const length = wordsFor(blocks);
    let area = this.words[length]!;
    if (area !== 0) this.words[length] = this.words[area]!;
    else {
      area = this.used;
      this.words = this.memory.widen(this.words, area + HEADER + length);
      this.words[END] = area + HEADER + length;
    }
    this.words[area] = blocks | (blocks << BLOCKS);
    const full = area + HEADER + (blocks >>> 5);
    this.words.fill(-1, area + HEADER, full);
    this.words.fill(0, full, area + HEADER + length);
    if (blocks % 32 !== 0) this.words[full] = (1 << blocks) - 1;
    return area;
  }

  drop(area: number): void {
    const length = wordsFor(this.blocks(area));
    this.words[area] = this.words[length]!;
    this.words[length] = area;
  }

  clear(): void {
    this.words.fill(0, 0, MOST_WORDS + 1);
    this.words[END] = MOST_WORDS + 1;
  }

  /** How many blocks are free. */
  free(area: number): number {
    return freeOf(this.words[area]!);
  }

  blocks(area: number): number {
    return blocksOf(this.words[area]!);
  }

  /** Whether a block is free. */
  isFree(area: number, block: number): boolean {
    return ((this.words[area + HEADER + (block >>> 5)]! >>> (block & 31)) & 1) === 1;
  }

  /**
   * Takes `count` free blocks, the first ones, and writes their addresses from `into[last]` on downwards. All in 32 bits: what
   * is above 2 GiB wraps, and `into` unwraps it.
   *
   * @param start - the address of the first block, and `size` the bytes of each
   */
  take(area: number, count: number, into: Uint32Array, last: number, start: number, size: number): void {
    const { words } = this;
    const first = area + HEADER;
    const counts = words[area]!;
    let word = first + (counts >>> HINT);
    let bits = words[word]!;
    let ptr = (start + Math.imul((word - first) << 5, size)) | 0;
    for (let slot = last; slot > last - count; slot--) {
      while (bits === 0) {
        words[word++] = 0;
        bits = words[word]!;
        ptr = (ptr + (size << 5)) | 0;
      }
      const bit = bits & -bits;
      bits ^= bit;
      into[slot] = (ptr + Math.imul(31 - Math.clz32(bit), size)) | 0;
    }
    words[word] = bits;
    words[area] = (counts & ((1 << HINT) - 1)) - count + ((word - first) << HINT);
  }

  /**
   * As {@link take}, but the bits stay as they are; at the same index, `places` gets the place of each.
   */
  lend(
    area: number,
    count: number,
    into: Uint32Array,
    places: Uint32Array,
    last: number,
    start: number,
    size: number,
  ): void {
    const { words } = this;
    const first = area + HEADER;
    const counts = words[area]!;
    let word = first + (counts >>> HINT);
    let bits = words[word]!;
    for (let slot = last; slot > last - count; slot--) {
      while (bits === 0) bits = words[++word]!;
      const bit = 31 - Math.clz32(bits & -bits);
      bits &= bits - 1;
      into[slot] = (start + Math.imul(((word - first) << 5) + bit, size)) | 0;
      places[slot] = (word << 5) + bit;
    }
    words[area] = (counts & ((1 << HINT) - 1)) - count + ((word - first) << HINT);
  }

  /** Tells that a block in a word before the hint is free. */
  hint(area: number, word: number): void {
    this.words[area] = (this.words[area]! & ((1 << HINT) - 1)) | (word << HINT);
  }

  /** Counts blocks whose bits were set, and answers how many are free now. */
  returned(area: number, count: number): number {
    const counts = this.words[area]! + count;
    this.words[area] = counts;
    return freeOf(counts);
  }

  /** Counts the bits of an area. */
  count(area: number): number {
    let free = 0;
    for (let block = 0; block < this.blocks(area); block++) if (this.isFree(area, block)) free++;
    return free;
  }
}

/** Returns the words of bits for a slab: a power of two. */
function wordsFor(blocks: number): number {
  const words = (blocks + 31) >>> 5;
  return words === 1 ? 1 : 1 << (32 - Math.clz32(words - 1));
}

/**
 * Returns the words that slabs can need for a byte, if those of each length take all memory in turn: a slab has at least `least`
 * bytes, and one with n words of bits, from 2 on, more than 16 n blocks of at least 4 bytes.
 */
function wordsPerByte(least: number): number {
  return [1, 2, 4, 8, 16, 32].reduce((sum, n) => sum + (HEADER + n) / Math.max(least, 64 * n), 0);
}

/** Returns how many blocks are free, of the counts of an area. */
export function freeOf(counts: number): number {
  return counts & MASK;
}

/** Returns how many blocks there are, of the counts of an area. */
export function blocksOf(counts: number): number {
  return (counts >>> BLOCKS) & MASK;
}
