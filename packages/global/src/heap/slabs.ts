/**
 * Slabs: small blocks, all of one class in one extent.
 *
 *     a slab of class 3    │ 24 B │ 24 B │ 24 B │ 24 B │ … │ < 24 B, unused │
 *     its bits             │  0   │  1   │  0   │  0   │ …                     1 is free
 *
 * A slab has about a sixteenth of the bytes that its class has already, so that a small heap stays tight and a large one has
 * few slabs. Slabs with a free block are listed by class. One that becomes empty is kept as the spare of its class, so that
 * a block that comes and goes does not make and release a slab each time; a second one is released for other sizes, and so
 * are the spares before the heap would grow.
 *
 * A slab starts at a multiple of the largest power of two that divides its class size, and so do all its blocks.
 *
 * @module
 */
import { invariant, type Memory } from "@alloc/core";
import { Bits, MOST_BLOCKS } from "./bits.ts";
import type { Extents } from "./extents.ts";
import { BITS, GRANULE, KIND, NEXT } from "./records.ts";
import { CLASSES, classSize } from "./size-classes.ts";

/** The bytes of a slab: those of its class divided by 16, within these bounds; and at least so many blocks. */
const SHARE = 16;
const LEAST_BYTES = 512;
const MOST_BYTES = 32768;
const LEAST_BLOCKS = 4;

/** The word of `spare` that counts them: there is no class 0. */
const SPARES = 0;

export class Slabs {
  readonly extents: Extents;
  readonly bits: Bits;
  /** By class: the first slab with a free block, an empty slab that is kept, and the blocks of all slabs. */
  readonly partial: Int32Array;
  readonly spare: Int32Array;
  readonly population: Int32Array;

  constructor(memory: Memory, extents: Extents) {
    this.extents = extents;
    this.bits = new Bits(memory);
    this.partial = memory.words(Int32Array, CLASSES);
    this.spare = memory.words(Int32Array, CLASSES);
    this.population = memory.words(Int32Array, CLASSES);
  }

  /** Answers the address of a block, 0 if no slab of the class has one free. */
  allocate(sizeClass: number): number {
    const slab = this.partial[sizeClass]!;
    if (slab === 0) return 0;
    const { records } = this.extents;
    const area = records.words[slab + BITS]!;
    const block = this.bits.take(area);
    if (this.bits.free(area) === 0) this.partial[sizeClass] = records.unlink(slab, slab);
    return this.extents.address(slab) * GRANULE + block * classSize(sizeClass);
  }

  /** Takes a block back that `locate` has found. */
  release(slab: number, block: number): void {
    const { records } = this.extents;
    const sizeClass = records.words[slab + KIND]!;
    const area = records.words[slab + BITS]!;
    this.bits.put(area, block);
    const free = this.bits.free(area);
    if (free === 1) this.partial[sizeClass] = records.link(slab, this.partial[sizeClass]!);
    if (free === this.bits.blocks(area)) this.retire(slab);
  }

  /** Lists one more slab of a class, and answers whether there was room for it. */
  add(sizeClass: number): boolean {
    let slab = this.spare[sizeClass]!;
    if (slab !== 0) {
      this.spare[sizeClass] = 0;
      this.spare[SPARES]!--;
    } else {
      slab = this.make(sizeClass);
      if (slab === 0) return false;
    }
    this.partial[sizeClass] = this.extents.records.link(slab, this.partial[sizeClass]!);
    return true;
  }

  /** Answers the number of the live block that starts at an address, −1 if none does. */
  locate(slab: number, ptr: number): number {
    const { words } = this.extents.records;
    const area = words[slab + BITS]!;
    const block = (ptr - this.extents.address(slab) * GRANULE) / classSize(words[slab + KIND]!);
    if (!Number.isInteger(block) || block < 0 || block >= this.bits.blocks(area)) return -1;
    return this.bits.isFree(area, block) ? -1 : block;
  }

  /** Releases the empty slabs that were kept, and answers whether there were any. */
  releaseSpares(): boolean {
    if (this.spare[SPARES] === 0) return false;
    for (let sizeClass = 1; sizeClass < CLASSES; sizeClass++) {
      const slab = this.spare[sizeClass]!;
      if (slab === 0) continue;
      this.spare[sizeClass] = 0;
      this.drop(slab);
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

  /** Throws unless every slab counts its free blocks right, and is listed where such a slab is. */
  check(): void {
    const { records } = this.extents;
    const listed = new Set<number>();
    this.partial.forEach((first, sizeClass) => {
      for (let slab = first; slab !== 0; slab = records.words[slab + NEXT]!) {
        invariant(records.words[slab + KIND] === sizeClass, `slab ${slab} is listed in its class, not ${sizeClass}`);
        listed.add(slab);
      }
    });
    const blocks = new Int32Array(CLASSES);
    records.each((slab) => {
      const sizeClass = records.words[slab + KIND]!;
      if (sizeClass <= 0) return;
      const area = records.words[slab + BITS]!;
      const capacity = this.bits.blocks(area);
      const free = this.bits.free(area);
      blocks[sizeClass]! += capacity;
      invariant(free === this.bits.count(area), `slab ${slab} counts its free blocks: ${free}`);
      invariant(
        listed.has(slab) === (free > 0 && free < capacity),
        `slab ${slab} is listed if it is neither full nor empty`,
      );
      invariant((this.spare[sizeClass] === slab) === (free === capacity), `slab ${slab} is the spare if it is empty`);
    });
    invariant(
      blocks.every((count, sizeClass) => count === this.population[sizeClass]),
      "the population of each class is that of its slabs",
    );
  }

  make(sizeClass: number): number {
    const size = classSize(sizeClass);
    const bytes = Math.max(LEAST_BYTES, Math.min((this.population[sizeClass]! * size) / SHARE, MOST_BYTES));
    const blocks = Math.min(MOST_BLOCKS, Math.max(LEAST_BLOCKS, Math.floor(bytes / size)));
    const granules = Math.ceil(Math.max(LEAST_BYTES, blocks * size) / GRANULE);
    const slab = this.extents.allocate(granules, Math.max(1, (size & -size) / GRANULE), sizeClass);
    if (slab === 0) return 0;
    const capacity = Math.min(MOST_BLOCKS, Math.floor((granules * GRANULE) / size));
    this.extents.records.words[slab + BITS] = this.bits.make(capacity);
    this.population[sizeClass]! += capacity;
    return slab;
  }

  /** Keeps a slab that has become empty as the spare of its class, or drops it if there is one. */
  retire(slab: number): void {
    const { records } = this.extents;
    const sizeClass = records.words[slab + KIND]!;
    this.partial[sizeClass] = records.unlink(slab, this.partial[sizeClass]!);
    if (this.spare[sizeClass] !== 0) this.drop(slab);
    else {
      this.spare[sizeClass] = slab;
      this.spare[SPARES]!++;
    }
  }

  drop(slab: number): void {
    const { words } = this.extents.records;
    const area = words[slab + BITS]!;
    this.population[words[slab + KIND]!]! -= this.bits.blocks(area);
    this.bits.drop(area);
    this.extents.release(slab);
  }
}

/** Answers the bytes of the smallest slab of blocks of a size. */
export function slabBytes(size: number): number {
  return Math.max(LEAST_BYTES, LEAST_BLOCKS * size);
}
