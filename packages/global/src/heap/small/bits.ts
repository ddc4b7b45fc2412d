/**
 * Bits: one bit per block of a slab, 1 if it is free.
 *
 *     words of a slab    counts │ 31 … 0 │ 63 … 32 │ …
 *     counts             free blocks, all blocks, and the hint: no free block lies before this word
 *
 * The number of words of bits is one of six powers of two, so that a dropped area is soon reused by a slab of the same number.
 *
 * @module
 */
import type { Memory } from "@alloc/core";
import { MOST_LEAST } from "../records.ts";

/** The largest number of blocks in a slab. */
export const MOST_BLOCKS = 1024;

/** The counts: free blocks in the lowest bits, all blocks from bit 11, the hint from bit 22. */
const MASK = 2047;
const BLOCKS = 11;
export const HINT = 22;
/** Words before the bits. */
export const HEADER = 1;
export const MOST_WORDS = MOST_BLOCKS / 32;

/** Word 0 is the end of the words in use; word n is the first dropped area of n words of bits. */
const END = 0;

export class Bits {
  words: Int32Array;
  readonly memory: Memory;

  /**
   * @param least - the bytes of the shortest slab
   * @param words - those of a heap that is made again. Default: new ones
   */
  constructor(memory: Memory, least = MOST_LEAST, words?: Int32Array) {
    this.memory = memory;
    if (words !== undefined) {
      this.words = words;
      return;
    }
    this.words = memory.words(Int32Array, 128, MOST_WORDS + 1 + Math.ceil(memory.maximum * wordsPerByte(least)));
    this.clear();
  }

  /** Words in use. */
  get used(): number {
    return this.words[END]!;
  }

  /** Makes an area with `blocks` free blocks. Returns its offset. */
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

  /** Makes an area that is a copy of the bits of the blocks from `from` to `to` of another one. */
  copy(area: number, from: number, to: number): number {
    const copy = this.make(to - from);
    const { words } = this;
    for (let block = this.nextTaken(area, from); block < to; block = this.nextTaken(area, block + 1)) {
      words[copy + HEADER + ((block - from) >>> 5)]! &= ~(1 << (block - from));
      words[copy]!--;
    }
    return copy;
  }

  drop(area: number): void {
    const length = wordsFor(this.blocks(area));
    this.words[area] = this.words[length]!;
    this.words[length] = area;
  }

  /** Makes sure that areas for `blocks` blocks in `parts` parts can be made. A shared array is long enough from the start. */
  reserve(parts: number, blocks: number): void {
    if (!this.memory.shared)
      this.words = this.memory.widen(this.words, this.used + parts * (HEADER + 2) + (blocks >>> 4));
  }

  clear(): void {
    this.words.fill(0, 0, MOST_WORDS + 1);
    this.words[END] = MOST_WORDS + 1;
  }

  /** Returns the number of free blocks. */
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

  /** Returns the first taken block from `block` on; the number of blocks or more if there is none. */
  nextTaken(area: number, block: number): number {
    const blocks = this.blocks(area);
    if (block >= blocks) return blocks;
    let word = area + HEADER + (block >>> 5);
    let taken = ~this.words[word]! & (-1 << (block & 31));
    let first = block & -32;
    while (taken === 0) {
      first += 32;
      if (first >= blocks) return blocks;
      taken = ~this.words[++word]!;
    }
    return first + 31 - Math.clz32(taken & -taken);
  }

  /**
   * Takes the first `count` free blocks and writes their addresses from `into[last]` downwards. All in 32 bits: addresses above 2
   * GiB wrap, and `into` unwraps them.
   *
   * @param start - the address of the first block
   * @param size - the bytes of each block
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
   * Like {@link take}, but leaves the bits as they are, and writes the place of each bit to `places` at the same index.
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

  /** Moves the hint to an earlier word with a free block. */
  hint(area: number, word: number): void {
    this.words[area] = (this.words[area]! & ((1 << HINT) - 1)) | (word << HINT);
  }

  /** Counts released blocks, whose bits are already set. Returns the number of free blocks. */
  returned(area: number, count: number): number {
    const counts = this.words[area]! + count;
    this.words[area] = counts;
    return freeOf(counts);
  }

  /** Counts the bits that are set in an area. */
  count(area: number): number {
    let free = 0;
    for (let block = 0; block < this.blocks(area); block++) if (this.isFree(area, block)) free++;
    return free;
  }
}

/** Returns the number of words of bits for a slab, a power of two. */
function wordsFor(blocks: number): number {
  const words = (blocks + 31) >>> 5;
  return words === 1 ? 1 : 1 << (32 - Math.clz32(words - 1));
}

/**
 * Returns the most words that slabs can need per byte, even if slabs of each length use all memory in turn: a slab has at least
 * `least` bytes, and one with n words of bits, from 2 on, more than 16 n blocks of at least 4 bytes.
 */
function wordsPerByte(least: number): number {
  return [1, 2, 4, 8, 16, 32].reduce((sum, n) => sum + (HEADER + n) / Math.max(least, 64 * n), 0);
}

/** Returns the number of free blocks in the counts of an area. */
export function freeOf(counts: number): number {
  return counts & MASK;
}

/** Returns the number of blocks in the counts of an area. */
export function blocksOf(counts: number): number {
  return (counts >>> BLOCKS) & MASK;
}
