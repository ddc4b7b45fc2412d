/**
 * Heap: the layers, and which of them serves which request.
 *
 *     rounded size    1 … 1024 bytes ──▶ magazines ──▶ slabs ──▶ extents ──▶ chunks of the parent
 *                     more           ──▶ parked ───────────────▶ extents
 *
 * Each layer asks the next when it is empty, and caches what it gets until the cache is too large, or the heap would grow.
 *
 * The most common paths of large blocks are written out in `allocateLarge` and `releaseLarge`, although `Parked.take` and
 * `largeAt` do the same: without calls they are short enough for engines to inline.
 *
 * @module
 */
import type { Allocator, Footprint, MisuseError, Null, Ptr } from "@alloc/core";
import { bytesText, recycle } from "@alloc/core/author";
import type { Found } from "./found.ts";
import { Extents, type Hoard } from "./large/extents.ts";
import { headOf, Parked } from "./large/parked.ts";
import { misuseAt, misuseIn } from "./misuse.ts";
import { ABOVE, ADDRESS, GRANULE, KIND, LARGE, NEXT, PARKED, SIZE } from "./records.ts";
import { CheckedMagazines } from "./small/checked-magazines.ts";
import { CheckedSlabs } from "./small/checked-slabs.ts";
import { Magazines, STRIDE } from "./small/magazines.ts";
import { bytesFor, classSize, largeGranules, largeSize, SMALL } from "./small/size-classes.ts";
import { Slabs, slabBytes } from "./small/slabs.ts";
import { PARKED_SUM, RECORD, SHIFT } from "./words.ts";

/** The word of `counters`: the peak before the last trim or reset. */
const PEAK = 0;

export class Heap implements Hoard {
  readonly extents: Extents;
  readonly slabs: Slabs;
  readonly magazines: Magazines;
  readonly parked: Parked;
  readonly counters: Float64Array;

  /** @param found - the words of a heap that is made again. Default: new ones */
  constructor(parent: Allocator, isChecked = false, found?: Found) {
    const { memory } = parent;
    this.extents = new Extents(memory, parent, this, found);
    if (isChecked) {
      const slabs = new CheckedSlabs(memory, this.extents, found);
      this.slabs = slabs;
      this.magazines = new CheckedMagazines(memory, slabs, found);
    } else {
      this.slabs = new Slabs(memory, this.extents, found);
      this.magazines = new Magazines(memory, this.slabs, found?.magazines);
    }
    this.parked = new Parked(this.extents);
    this.counters = found?.counters ?? memory.words(Float64Array, 1);
  }

  /** Returns a block of the class at `at`, whose magazine is empty; NULL if there is no room. */
  refill(at: number): Ptr | Null {
    const { slabs, magazines } = this;
    const sizeClass = at / STRIDE;
    if (slabs.partial[sizeClass] === 0) {
      const isAdded = slabs.add(sizeClass);
      if (isAdded) magazines.adjust(sizeClass);
      // The parent may have called the heap, which filled the magazine: then the new slab stays empty.
      if (!magazines.isEmpty(at)) {
        if (isAdded) slabs.retire(slabs.partial[sizeClass]!, sizeClass);
        return magazines.pop(at) as Ptr;
      }
      if (slabs.partial[sizeClass] === 0) return 0;
    }
    return magazines.refill(at) as Ptr;
  }

  /** Allocates a large block: often the block of its size that was parked last. */
  allocateLarge(size: number, align: number): Ptr | Null {
    const granules = largeGranules(size);
    const { words } = this.extents;
    const head = headOf(granules);
    const record = words[head]!;
    if (record === 0 || words[record + SIZE] !== granules || align > GRANULE) return this.findLarge(granules, align);
    words[head] = words[record + NEXT]!;
    words[record + KIND] = LARGE;
    words[PARKED_SUM]! -= granules;
    return ((words[record + ADDRESS]! << 4) >>> 0) as Ptr;
  }

  findLarge(granules: number, align: number): Ptr | Null {
    const { extents } = this;
    let record = align <= GRANULE ? this.parked.take(granules) : 0;
    if (record === 0) {
      record = extents.allocate(granules, align <= GRANULE ? 1 : align >>> 4, LARGE, granules);
      if (record === 0) return 0;
    }
    return ((extents.words[record + ADDRESS]! << 4) >>> 0) as Ptr;
  }

  /** Releases a large block. */
  releaseLarge(ptr: Ptr, size: number): void {
    const granules = largeGranules(size);
    const { words, directory } = this.extents;
    const record = directory.entries[(ptr >>> directory.log) + words[SHIFT]!]! << RECORD;
    const start = (words[record + ADDRESS]! << 4) >>> 0;
    if (start === ptr && words[record + SIZE] === granules && words[record + KIND] === LARGE) {
      this.parked.put(record, granules);
    } else this.largeAt(ptr, size); // throws the right error
  }

  /** Releases a small block. One outside the known range of chunks is looked up. */
  releaseSmall(ptr: Ptr, sizeClass: number): void {
    this.requireSmall(ptr, sizeClass);
    this.magazines.push(sizeClass * STRIDE, ptr);
  }

  /** Throws unless a small block may be live at an address: one outside the range that is all the heap's is looked up. */
  requireSmall(ptr: Ptr, sizeClass: number): void {
    if (!this.magazines.spans(ptr) && this.slabs.classAt(ptr) !== sizeClass) throw misuseAt(this, ptr);
  }

  /** Resizes a large block in place. Returns whether there was room. */
  resizeLarge(ptr: Ptr, from: number, to: number): boolean {
    const record = this.largeAt(ptr, from);
    const { words } = this.extents;
    const before = words[record + SIZE]!;
    const after = largeGranules(to);
    if (after === before) return true;
    if (after < before) {
      this.extents.shrink(record, after);
      return true;
    }
    if (words[words[record + ABOVE]! + KIND] === PARKED) this.parked.release();
    return this.extents.grow(record, after);
  }

  /** Returns the extent of a large block; throws unless it is live and `size` fits it. */
  largeAt(ptr: Ptr, size: number): number {
    const record = this.large(ptr);
    if (record === 0) throw misuseAt(this, ptr);
    if (this.extents.size(record) !== largeGranules(size)) throw this.wrongLayout(ptr, size);
    return record;
  }

  /** Returns the extent of the large block at an address; 0 if there is none. */
  large(ptr: Ptr): number {
    const { words, directory } = this.extents;
    const record = directory.at(ptr >>> 4);
    // Record 0 is no extent: its kind is not LARGE.
    return words[record + KIND] === LARGE && (words[record + ADDRESS]! << 4) >>> 0 === ptr ? record : 0;
  }

  /** Returns the usable bytes of the block at an address; throws if there is none. */
  sizeAt(ptr: Ptr): number {
    const sizeClass = this.slabs.classAt(ptr);
    if (sizeClass !== 0) return classSize(sizeClass);
    const record = this.large(ptr);
    if (record === 0) throw misuseAt(this, ptr);
    return this.extents.size(record) * GRANULE;
  }

  /**
   * Returns the bytes of a block of any layout: 0 if it exceeds the address space, or if the parent never serves its extent, alone or
   * in a chunk.
   */
  usable(size: number, align: number): number {
    const { extents } = this;
    const bytes = bytesFor(size, align, extents.coarsest);
    const extent = bytes <= SMALL ? slabBytes(bytes, extents.least) : bytes;
    return extents.serves(extent / GRANULE, Math.max(align, GRANULE) / GRANULE) ? bytes : 0;
  }

  /** Passes the known range of chunks to the magazines. */
  moved(): void {
    const { low, high } = this.extents.chunks;
    this.magazines.bound(low * GRANULE, high * GRANULE);
  }

  release(): boolean {
    const released = this.slabs.releaseSpares();
    return this.parked.release() || released;
  }

  releaseAll(isShort = false): void {
    this.magazines.flushAll();
    this.release();
    if (isShort) this.magazines.ration();
    if (!isShort || this.slabs.hasCredit) this.slabs.cut();
  }

  kept(): number {
    return (this.slabs.free + this.magazines.bytes) / GRANULE;
  }

  trim(): void {
    this.note();
    this.releaseAll();
    this.extents.trim();
  }

  reset(): void {
    this.note();
    this.magazines.reset();
    this.parked.reset();
    this.slabs.reset();
    this.extents.reset();
  }

  check(): void {
    this.extents.check();
    this.slabs.check(this.magazines);
    this.magazines.check();
    this.parked.check();
  }

  footprint(): Footprint {
    const { top } = this.extents;
    const bookkeeping = this.bookkeeping();
    const peak = Math.max(this.counters[PEAK]!, top.high * GRANULE + bookkeeping);
    return { held: top.held * GRANULE, bookkeeping, peak };
  }

  /** Saves the peak before bookkeeping shrinks. Until then it never decreases, so the present value belongs to the peak. */
  note(): void {
    this.counters[PEAK] = this.footprint().peak;
  }

  bookkeeping(): number {
    const { extents, slabs, magazines, counters } = this;
    return extents.bookkeeping + slabs.bookkeeping + magazines.bookkeeping + counters.byteLength;
  }

  wrongLayout(ptr: Ptr, size: number): MisuseError {
    return misuseIn(
      this,
      "wrong-layout",
      `the block at ${ptr} has ${this.sizeAt(ptr)} usable bytes; a layout of ${bytesText(size)} belongs to a block of ${largeSize(size)}`,
    );
  }

  /** Gives back the chunks, and the words. */
  close(): void {
    const { memory, chunks } = this.extents;
    try {
      chunks.giveAll();
    } finally {
      recycle(memory, ...Object.values(this.state()));
    }
  }

  /** Returns its words by name. */
  state() {
    const { words, directory, chunks } = this.extents;
    const { bits, partial, spare, population } = this.slabs;
    return {
      ...this.magazines.state(),
      partial,
      spare,
      population,
      bits: bits.words,
      extents: words,
      directory: directory.entries,
      chunks: chunks.words,
      counters: this.counters,
    };
  }
}
