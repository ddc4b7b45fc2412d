/**
 * Bits: one bit for each block of a slab, 1 where it is free.
 *
 *     words of a slab    free  blocks  hint │ 31 … 0 │ 63 … 32 │ …        hint: no free block lies before this word
 *
 * The words of bits are a power of two, of which there are six, so that a dropped area is soon used again: by the next slab of
 * as many.
 *
 * @module
 */
import type { Memory } from "@alloc/core";

/** The most blocks that a slab may have. */
export const MOST_BLOCKS = 1024;

const FREE = 0;
const BLOCKS = 1;
const HINT = 2;
const HEADER = 3;
const MOST_WORDS = MOST_BLOCKS / 32;
/**
 * The words that slabs can need, if those of each length take all memory in turn: a slab has at least 512 bytes, and one
 * with n words of bits, from 4 on, more than 16 n blocks of at least 8 bytes.
 */
const WORDS_PER_BYTE = /* @__PURE__ */ [1, 2, 4, 8, 16, 32].reduce(
  (sum, n) => sum + (HEADER + n) / Math.max(512, 128 * n),
  0,
);

/** Word 0 is the end of the words in use; word n the first dropped area of n words of bits. */
const END = 0;

export class Bits {
  words: Int32Array;
  readonly memory: Memory;

  constructor(memory: Memory) {
    this.memory = memory;
    this.words = memory.words(Int32Array, 128, MOST_WORDS + 1 + Math.ceil(memory.maximum * WORDS_PER_BYTE));
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
    this.words[area + FREE] = blocks;
    this.words[area + BLOCKS] = blocks;
    this.words[area + HINT] = 0;
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
    return this.words[area + FREE]!;
  }

  blocks(area: number): number {
    return this.words[area + BLOCKS]!;
  }

  /** Whether a block is free. */
  isFree(area: number, block: number): boolean {
    return ((this.words[area + HEADER + (block >>> 5)]! >>> (block & 31)) & 1) === 1;
  }

  /** Takes the first free block of an area that has one, and answers its number. */
  take(area: number): number {
    const { words } = this;
    let word = words[area + HINT]!;
    while (words[area + HEADER + word] === 0) word++;
    const bits = words[area + HEADER + word]!;
    const bit = bits & -bits;
    words[area + HEADER + word] = bits ^ bit;
    words[area + HINT] = word;
    words[area + FREE]!--;
    return (word << 5) + 31 - Math.clz32(bit);
  }

  /** Makes a block free. */
  put(area: number, block: number): void {
    const { words } = this;
    const word = block >>> 5;
    words[area + HEADER + word]! |= 1 << (block & 31);
    words[area + FREE]!++;
    if (word < words[area + HINT]!) words[area + HINT] = word;
  }

  /** Counts the bits of an area. */
  count(area: number): number {
    let free = 0;
    for (let block = 0; block < this.blocks(area); block++) if (this.isFree(area, block)) free++;
    return free;
  }
}

/** Answers the words of bits for a slab: a power of two. */
function wordsFor(blocks: number): number {
  const words = (blocks + 31) >>> 5;
  return words === 1 ? 1 : 1 << (32 - Math.clz32(words - 1));
}
