/**
 * Slabs: small blocks, all of one class in one extent.
 *
 *     a slab of class 6    │ 24 B │ 24 B │ 24 B │ 24 B │ … │ < 24 B, unused │
 *     its bits             │  0   │  1   │  0   │  0   │ …                     1 is free
 *
 * A slab has about a sixteenth of the bytes that its class has already, so that a small heap stays tight and a large one has
 * few slabs. Where the heap would have to grow for it, it is content with less; where too little would be left beside it, it
 * takes that too. Slabs with a free block are listed by class. Those that become empty are kept for their class while they
 * have a small share of the heap in all.
 *
 * Blocks come and go by the batch: the magazines before the slabs serve the single ones.
 *
 * @module
 */
import type { Memory } from "@alloc/core";
import type { Extents } from "../large/extents.ts";
import { ADDRESS, BITS, KIND, MOST_LEAST, NEXT, SIZE } from "../records.ts";
import { Bits, blocksOf, HEADER, HINT, MOST_BLOCKS } from "./bits.ts";
import { CLASSES, classAlign, classSize, NO_CLASS } from "./size-classes.ts";
import { checkSlabs } from "./slabs-check.ts";

/**
 * The bytes of a slab: those of its class divided by 16, from those of the shortest extent up to so many; and about so many
 * blocks at least, unless the memory is small.
 */
const MOST_BYTES = 32768;
const FEW_BLOCKS = 4;
/** So many blocks a slab has where it fills a gap; one where there is no room for more. */
const GAP_BLOCKS = 2;
/** So much of the heap may be empty slabs: its eighth, as a shift, and so many granules in any case. */
const SPARE_SHARE = 3;
const LEAST_SPARE = 1024;

/** The word of `spare` that sums their granules. */
const SPARES = NO_CLASS;

/** Whoever holds blocks of the slabs for the next request. */
export interface Waiting {
  each(visit: (ptr: number, sizeClass: number) => void): void;
}

export class Slabs {
  readonly extents: Extents;
  readonly bits: Bits;
  /** By class: the first slab with a free block, the first empty slab that is kept, and the blocks of all slabs. */
  readonly partial: Int32Array;
  readonly spare: Int32Array;
  readonly population: Int32Array;

  constructor(memory: Memory, extents: Extents) {
    this.extents = extents;
    this.bits = new Bits(memory, extents.least);
    this.partial = memory.words(Int32Array, CLASSES);
    this.spare = memory.words(Int32Array, CLASSES);
    this.population = memory.words(Int32Array, CLASSES);
  }

  /**
   * Takes up to `most` blocks of the first slab that is listed, at least one, and writes their addresses behind
   * `into[base]`, the lowest one last. Returns how many.
   */
  take(sizeClass: number, most: number, into: Uint32Array, base: number): number {
    const slab = this.partial[sizeClass]!;
    const { extents } = this;
    const area = extents.words[slab + BITS]!;
    const free = this.bits.free(area);
    const count = Math.min(most, free);
    this.bits.take(area, count, into, base + count, extents.words[slab + ADDRESS]! << 4, classSize(sizeClass));
    if (count === free) this.partial[sizeClass] = extents.unlink(slab, slab);
    return count;
  }

  /**
   * Takes back the taken blocks of a class whose addresses are behind `from[base]` up to `from[top]`. Neighbours in the list are
   * often neighbours in a slab: the slab is looked up, and a word of bits written, once for those that lie in it in a row.
   *
   * An address that is no taken block of this class is left out, so that no release can make the slabs count wrong.
   */
  put(sizeClass: number, from: Uint32Array, base: number, top: number): void {
    const { words, directory } = this.extents;
    const bits = this.bits.words;
    const size = classSize(sizeClass);
    // A product and no quotient, which takes longer: half a block more makes up for what rounding takes away.
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

  /** Returns the number of the taken block that starts at an address, −1 if none does. */
  locate(slab: number, ptr: number): number {
    const { words } = this.extents;
    const area = words[slab + BITS]!;
    const start = (words[slab + ADDRESS]! << 4) >>> 0;
    const size = classSize(words[slab + KIND]!);
    const block = ((ptr - start) / size) | 0;
    if (start + block * size !== ptr || block >= this.bits.blocks(area)) return -1;
    return this.bits.isFree(area, block) ? -1 : block;
  }

  /** Returns the class of the taken block that starts at an address; 0 if none does. */
  classAt(ptr: number): number {
    const slab = this.extents.directory.find(ptr >>> 4);
    const kind = this.extents.words[slab + KIND]!;
    return slab !== 0 && kind > 0 && this.locate(slab, ptr) >= 0 ? kind : 0;
  }

  /** Releases the empty slabs that were kept, and answers whether there were any. */
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

  /** Bytes of the words in use. */
  get bookkeeping(): number {
    return 4 * (this.bits.used + 3 * CLASSES);
  }

  /** Throws where a slab counts wrong, or is not listed where it belongs. */
  check(_magazines?: Waiting): void {
    checkSlabs(this);
  }

  /** Lists one more slab of a class, and answers whether there was room for it. */
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
    return slab;
  }

  /** Counts blocks of a slab that came back, and lists it where it belongs now. */
  returned(slab: number, sizeClass: number, count: number): void {
    const { extents } = this;
    const area = extents.words[slab + BITS]!;
    const free = this.bits.returned(area, count);
    if (free === count) this.partial[sizeClass] = extents.link(slab, this.partial[sizeClass]!);
    if (free === this.bits.blocks(area)) this.retire(slab, sizeClass);
  }

  /** Keeps a slab that has become empty, or drops it if too many are kept. */
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

  drop(slab: number, sizeClass: number): void {
    const { words } = this.extents;
    const area = words[slab + BITS]!;
    this.population[sizeClass]! -= this.bits.blocks(area);
    this.bits.drop(area);
    this.extents.release(slab);
  }
}

/** Returns the bytes of the shortest slab of blocks of a size, in a heap whose extents have at least `least` bytes. */
export function slabBytes(size: number, least: number): number {
  return Math.max(least, (size + 15) & -16);
}
