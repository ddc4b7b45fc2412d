/**
 * Slabs: small blocks of one class in one extent.
 *
 *     a slab of class 6    │ 24 B │ 24 B │ 24 B │ 24 B │ … │ < 24 B, unused │
 *     its bits             │  0   │  1   │  0   │  0   │ …                     1 is free
 *
 * A new slab has about 1/16 of the bytes that its class has already, so that a small heap stays dense and a large one has few
 * slabs. Where the heap would have to grow for it, it is shorter; where too short a rest would remain, it is longer. Slabs with a
 * free block are listed by class. Empty slabs are cached for their class while they are a small share of the heap, and sparse ones are
 * cut before the heap grows: see `cuts.ts`.
 *
 * Blocks are taken and released in batches; the magazines in front serve single blocks.
 *
 * @module
 */
import type { Memory } from "@alloc/core";
import type { Found } from "../found.ts";
import type { Extents } from "../large/extents.ts";
import { ADDRESS, BITS, KIND, MOST_LEAST, NEXT, SIZE } from "../records.ts";
import { Bits, blocksOf, HEADER, HINT, MOST_BLOCKS } from "./bits.ts";
import { cutSlabs } from "./cuts.ts";
import { CLASSES, classAlign, classSize, NO_CLASS } from "./size-classes.ts";
import { checkSlabs } from "./slabs-check.ts";

/**
 * Bounds of a slab: 1/16 of the bytes of its class, from the shortest extent up to MOST_BYTES, and at least about FEW_BLOCKS
 * blocks unless the memory is small.
 */
const MOST_BYTES = 32768;
const FEW_BLOCKS = 4;
/** The blocks of a slab that fills a gap; one if there is no room for more. */
const GAP_BLOCKS = 2;
/** The most granules in empty slabs: 1/8 of the heap, as a shift, plus a constant. */
const SPARE_SHARE = 3;
const LEAST_SPARE = 1024;

/** The element of `spare` with the sum of their granules, and of `partial` with the sum of all free blocks in words of 4 bytes. */
const SPARES = NO_CLASS;
const FREE_WORDS = NO_CLASS;
/**
 * The element of `population` with the steps that the next cut may take: each released block pays for some. So requests without room
 * one after the other do not look at all slabs again and again.
 */
export const CREDIT = NO_CLASS;
const PER_BLOCK = 8;
const MOST_CREDIT = 2 ** 30;

/** The cache that holds taken blocks. */
export interface Waiting {
  each(visit: (ptr: number, sizeClass: number) => void): void;
}

export class Slabs {
  readonly extents: Extents;
  readonly bits: Bits;
  /** By class: the first slab with a free block, the first cached empty slab, and the number of blocks in all slabs. */
  readonly partial: Int32Array;
  readonly spare: Int32Array;
  readonly population: Int32Array;

  constructor(memory: Memory, extents: Extents, found?: Found) {
    this.extents = extents;
    this.bits = new Bits(memory, extents.least, found?.bits);
    this.partial = found?.partial ?? memory.words(Int32Array, CLASSES);
    this.spare = found?.spare ?? memory.words(Int32Array, CLASSES);
    this.population = found?.population ?? memory.words(Int32Array, CLASSES);
  }

  /**
   * Takes up to `most` blocks, at least one, from the first listed slab and writes their addresses after `into[base]`, the lowest
   * last. Returns the number of blocks.
   */
  take(sizeClass: number, most: number, into: Uint32Array, base: number): number {
    const slab = this.partial[sizeClass]!;
    const { extents } = this;
    const area = extents.words[slab + BITS]!;
    const free = this.bits.free(area);
    const count = Math.min(most, free);
    this.bits.take(area, count, into, base + count, extents.words[slab + ADDRESS]! << 4, classSize(sizeClass));
    if (count === free) this.partial[sizeClass] = extents.unlink(slab, slab);
    this.count(sizeClass, -count);
    return count;
  }

  /**
   * Takes back the blocks of a class whose addresses are after `from[base]` up to `from[top]`. Neighbours in the list are often
   * neighbours in a slab: the slab is looked up, and a word of bits written, once per run.
   *
   * Addresses that are not taken blocks of this class are dropped, so that no release can corrupt the counts.
   */
  put(sizeClass: number, from: Uint32Array, base: number, top: number): void {
    const { words, directory } = this.extents;
    const bits = this.bits.words;
    const size = classSize(sizeClass);
    // Multiplying is faster than dividing; half a block more makes up for rounding down.
    const perByte = 1 / size;
    let start = 0;
    let end = 0;
    let slab = 0;
    let area = 0;
    let word = 0;
    let free = 0;
    let count = 0;
    for (let slot = base + 1; slot <= top; slot++) {
      const ptr = from[slot]!;
      if (ptr < start || ptr >= end) {
        if (count !== 0) {
          bits[word] = free;
          this.returned(slab, sizeClass, count);
        }
        slab = directory.find(ptr >>> 4);
        count = 0;
        word = 0;
        end = 0;
        if (slab === 0 || words[slab + KIND] !== sizeClass) continue;
        start = (words[slab + ADDRESS]! << 4) >>> 0;
        area = words[slab + BITS]!;
        end = start + blocksOf(bits[area]!) * size;
        if (ptr < start || ptr >= end) continue;
      }
      const block = ((ptr - start) * perByte + 0.5) | 0;
      const at = area + HEADER + (block >>> 5);
      if (at !== word) {
        if (word !== 0) bits[word] = free;
        word = at;
        free = bits[at]!;
        if (block >>> 5 < bits[area]! >>> HINT) this.bits.hint(area, block >>> 5);
      }
      const bit = 1 << (block & 31);
      if ((free & bit) !== 0 || start + block * size !== ptr) continue;
      free |= bit;
      count++;
    }
    if (count === 0) return;
    bits[word] = free;
    this.returned(slab, sizeClass, count);
  }

  /** Returns the number of the taken block at an address; −1 if there is none. */
  locate(slab: number, ptr: number): number {
    const { words } = this.extents;
    const area = words[slab + BITS]!;
    const start = (words[slab + ADDRESS]! << 4) >>> 0;
    const size = classSize(words[slab + KIND]!);
    const block = ((ptr - start) / size) | 0;
    if (start + block * size !== ptr || block >= this.bits.blocks(area)) return -1;
    return this.bits.isFree(area, block) ? -1 : block;
  }

  /** Returns the class of the taken block at an address; 0 if there is none. */
  classAt(ptr: number): number {
    const slab = this.extents.directory.find(ptr >>> 4);
    const kind = this.extents.words[slab + KIND]!;
    return slab !== 0 && kind > 0 && this.locate(slab, ptr) >= 0 ? kind : 0;
  }

  /** Releases the cached empty slabs. Returns whether there were any. */
  releaseSpares(): boolean {
    if (this.spare[SPARES] === 0) return false;
    for (let sizeClass = 1; sizeClass < CLASSES; sizeClass++) {
      let slab = this.spare[sizeClass]!;
      this.spare[sizeClass] = 0;
      while (slab !== 0) {
        const next = this.extents.words[slab + NEXT]!;
        this.drop(slab, sizeClass);
        slab = next;
      }
    }
    this.spare[SPARES] = 0;
    return true;
  }

  reset(): void {
    for (const words of [this.partial, this.spare, this.population]) words.fill(0);
    this.bits.clear();
  }

  /** The bytes of all free blocks. */
  get free(): number {
    return 4 * this.partial[FREE_WORDS]!;
  }

  /** Whether enough blocks were released since the last cut to pay for another one. */
  get hasCredit(): boolean {
    return this.population[CREDIT]! > 0;
  }

  /** Makes free extents of the unused parts of slabs with few taken blocks. All magazines must be empty. */
  cut(): void {
    this.population[CREDIT] = -cutSlabs(this);
  }

  /** Counts blocks that have become free; a negative number are taken. */
  count(sizeClass: number, blocks: number): void {
    this.partial[FREE_WORDS]! += blocks * (classSize(sizeClass) >>> 2);
  }

  /** Bytes of the words in use. */
  get bookkeeping(): number {
    return 4 * (this.bits.used + 3 * CLASSES);
  }

  /** Throws if a slab counts wrong or is in the wrong list. */
  check(_magazines?: Waiting): void {
    checkSlabs(this);
  }

  /** Lists one more slab of a class. Returns whether there was room for it. */
  add(sizeClass: number): boolean {
    const { extents } = this;
    let slab = this.spare[sizeClass]!;
    if (slab !== 0) {
      this.spare[sizeClass] = extents.words[slab + NEXT]!;
      this.spare[SPARES]! -= extents.words[slab + SIZE]!;
    } else {
      slab = this.make(sizeClass);
      if (slab === 0) return false;
    }
    this.partial[sizeClass] = extents.link(slab, this.partial[sizeClass]!);
    return true;
  }

  make(sizeClass: number): number {
    const size = classSize(sizeClass);
    const { least, coarsest } = this.extents;
    const few = least < MOST_LEAST ? 1 : FEW_BLOCKS;
    const bytes = Math.max(least, Math.min((this.population[sizeClass]! * size) >>> 4, MOST_BYTES));
    const blocks = Math.min(MOST_BLOCKS, Math.max(few, Math.floor(bytes / size)));
    const wanted = (Math.max(least, blocks * size) + 15) >>> 4;
    const gap = (Math.max(least, GAP_BLOCKS * size) + 15) >>> 4;
    const slab = this.extents.allocate(
      wanted,
      classAlign(size, coarsest) >>> 4,
      sizeClass,
      gap,
      slabBytes(size, least) >>> 4,
    );
    if (slab === 0) return 0;
    const { words } = this.extents;
    const capacity = Math.min(MOST_BLOCKS, Math.floor((words[slab + SIZE]! << 4) / size));
    words[slab + BITS] = this.bits.make(capacity);
    this.population[sizeClass]! += capacity;
    this.count(sizeClass, capacity);
    return slab;
  }

  /** Counts released blocks of a slab, and moves it to the right list. */
  returned(slab: number, sizeClass: number, count: number): void {
    const { extents } = this;
    const area = extents.words[slab + BITS]!;
    const free = this.bits.returned(area, count);
    this.count(sizeClass, count);
    this.population[CREDIT] = Math.min(MOST_CREDIT, this.population[CREDIT]! + PER_BLOCK * count);
    if (free === count) this.partial[sizeClass] = extents.link(slab, this.partial[sizeClass]!);
    if (free === this.bits.blocks(area)) this.retire(slab, sizeClass);
  }

  /** Caches a slab that has become empty, or drops it if too many are cached. */
  retire(slab: number, sizeClass: number): void {
    const { extents } = this;
    const size = extents.words[slab + SIZE]!;
    this.partial[sizeClass] = extents.unlink(slab, this.partial[sizeClass]!);
    if (this.spare[SPARES]! + size > LEAST_SPARE + (extents.top.held >>> SPARE_SHARE)) this.drop(slab, sizeClass);
    else {
      extents.words[slab + NEXT] = this.spare[sizeClass]!;
      this.spare[sizeClass] = slab;
      this.spare[SPARES]! += size;
    }
  }

  /** Gives a slab its bits, and lists it if a block is free. */
  list(slab: number, sizeClass: number, area: number): void {
    this.extents.words[slab + BITS] = area;
    this.population[sizeClass]! += this.bits.blocks(area);
    this.count(sizeClass, this.bits.free(area));
    if (this.bits.free(area) > 0) this.partial[sizeClass] = this.extents.link(slab, this.partial[sizeClass]!);
  }

  /** Takes a slab with a free block off its list. */
  unlist(slab: number, sizeClass: number): void {
    const area = this.extents.words[slab + BITS]!;
    this.population[sizeClass]! -= this.bits.blocks(area);
    this.count(sizeClass, -this.bits.free(area));
    this.partial[sizeClass] = this.extents.unlink(slab, this.partial[sizeClass]!);
  }

  drop(slab: number, sizeClass: number): void {
    const { words } = this.extents;
    const area = words[slab + BITS]!;
    this.population[sizeClass]! -= this.bits.blocks(area);
    this.count(sizeClass, -this.bits.blocks(area));
    this.bits.drop(area);
    this.extents.release(slab);
  }
}

/** Returns the bytes of the shortest slab for blocks of a size, in a heap whose extents have at least `least` bytes. */
export function slabBytes(size: number, least: number): number {
  return Math.max(least, (size + 15) & -16);
}
