/**
 * System: the general-purpose heap. Slabs for small blocks, extents for large ones, and nothing of it in the memory.
 *
 *     rounded size    1 … 1024 bytes ──▶ slabs: a block of its class
 *                     more           ──▶ extents: granules of 16 bytes, best fit
 *     ptr ──▶ directory ──▶ the extent: a large block, or the slab whose bit for the block must be 0
 *
 * The size that counts is the one rounded up to the align. A block is looked up by its address when it comes back, so a
 * second release, an address inside a block, a foreign one and a layout of another size are all seen.
 *
 * @module
 */
import {
  Allocator,
  alignUp,
  type Footprint,
  Layout,
  type Memory,
  type MisuseCode,
  MisuseError,
  type Null,
  type Powers,
  type Ptr,
  pages,
  type SelfDescription,
} from "@alloc/core";
import { GENEROUS_CHUNK } from "./heap/chunks.ts";
import { Extents } from "./heap/extents.ts";
import { misuseAt } from "./heap/misuse.ts";
import { GRANULE, KIND, LARGE } from "./heap/records.ts";
import { classOf, classSize, SMALL } from "./heap/size-classes.ts";
import { Slabs, slabBytes } from "./heap/slabs.ts";

/** Bytes of the least large block: more than a small one can have, so that its size tells that it is large. */
const LEAST_LARGE = SMALL + GRANULE;
/** The word of `counters`. */
const PEAK = 0;

/** A general-purpose heap. */
export interface System
  extends Allocator,
    Pick<Powers, "owns" | "reset" | "resizeInPlace" | "sizeAt" | "check" | "trim"> {}

export const SEES: readonly MisuseCode[] = ["double-free", "interior-pointer", "foreign-pointer", "wrong-layout"];

class SystemMachine extends Allocator implements System {
  override readonly memory: Memory;
  override readonly parent: Allocator;
  override readonly sees = SEES;
  readonly extents: Extents;
  readonly slabs: Slabs;
  readonly counters: Float64Array;

  constructor(parent: Allocator) {
    super(parent);
    const { memory } = parent;
    this.memory = memory;
    this.parent = parent;
    this.extents = new Extents(memory, parent, () => this.slabs.releaseSpares());
    this.slabs = new Slabs(memory, this.extents);
    this.counters = memory.words(Float64Array, 1);
    this.note();
  }

  override allocate(layout: Layout): Ptr | Null {
    const size = alignUp(layout.size, layout.align);
    if (size > SMALL) return this.allocateLarge(layout);
    if (size === 0) return layout.dangling;
    const sizeClass = classOf(size);
    return (this.slabs.allocate(sizeClass) || this.allocateFromNewSlab(sizeClass)) as Ptr | Null;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout.size === 0) return;
    const record = this.extents.directory.find(Math.floor(ptr / GRANULE));
    const kind = this.extents.records.words[record + KIND]!;
    if (record !== 0 && kind !== LARGE) {
      const block = this.slabs.locate(record, ptr);
      if (block < 0) throw misuseAt(this.extents, ptr);
      if (bytesFor(layout) !== this.bytesOf(record)) throw this.wrongLayout(ptr, layout);
      this.slabs.release(record, block);
    } else {
      if (record === 0 || this.extents.address(record) * GRANULE !== ptr) throw misuseAt(this.extents, ptr);
      if (bytesFor(layout) !== this.bytesOf(record)) throw this.wrongLayout(ptr, layout);
      this.extents.release(record);
    }
  }

  override usableSize(layout: Layout): number {
    const bytes = bytesFor(layout);
    const extent = bytes <= SMALL ? slabBytes(bytes) : bytes;
    return this.canServe(extent, layout.align) ? bytes : 0;
  }

  owns(ptr: Ptr): boolean {
    return this.extents.chunks.find(Math.floor(ptr / GRANULE)) >= 0;
  }

  reset(): void {
    this.slabs.reset();
    this.extents.reset();
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    if (from.align !== to.align || from.size === 0 || to.size === 0) return false;
    const record = this.live(ptr);
    const before = this.bytesOf(record);
    const after = bytesFor(to);
    if (bytesFor(from) !== before) throw this.wrongLayout(ptr, from);
    if (after === before) return true;
    if (after <= SMALL || before <= SMALL) return false;
    if (after < before) this.extents.shrink(record, after / GRANULE);
    else if (!this.extents.grow(record, after / GRANULE)) return false;
    this.note();
    return true;
  }

  sizeAt(ptr: Ptr): number {
    return this.bytesOf(this.live(ptr));
  }

  check(): void {
    this.extents.check();
    this.slabs.check();
  }

  trim(): void {
    this.slabs.releaseSpares();
    this.extents.trim();
  }

  override footprint(): Footprint {
    return { held: this.extents.held, bookkeeping: this.bookkeeping(), peak: this.counters[PEAK]! };
  }

  override describeSelf(): SelfDescription {
    const { records, bins, directory, chunks, state } = this.extents;
    const { bits, partial, spare, population } = this.slabs;
    return {
      kind: "system",
      options: {},
      state: {
        records: records.words,
        binHeads: bins.heads,
        binMaps: bins.maps,
        directory: directory.words,
        chunks: chunks.words,
        top: state,
        bits: bits.words,
        partial,
        spare,
        population,
        counters: this.counters,
      },
    };
  }

  override dispose(): void {
    super.dispose();
    this.extents.chunks.giveAll();
  }

  allocateFromNewSlab(sizeClass: number): number {
    if (!this.slabs.add(sizeClass)) return 0;
    this.note();
    return this.slabs.allocate(sizeClass);
  }

  allocateLarge(layout: Layout): Ptr | Null {
    const record = this.extents.allocate(bytesFor(layout) / GRANULE, Math.max(1, layout.align / GRANULE), LARGE);
    if (record === 0) return 0;
    this.note();
    return (this.extents.address(record) * GRANULE) as Ptr;
  }

  /** Whether the memory has such an address, and the parent could ever serve an extent: alone, or in a generous chunk. */
  canServe(bytes: number, align: number): boolean {
    if (align + bytes > this.memory.maximum) return false;
    const chunks = [bytes, Math.max(bytes, GENEROUS_CHUNK)];
    return chunks.some((chunk) => this.parent.usableSize(Layout.of(chunk, GRANULE)) !== 0);
  }

  /** Answers the extent of the live block that starts at an address, or throws. */
  live(ptr: Ptr): number {
    const record = this.extents.directory.find(Math.floor(ptr / GRANULE));
    if (record === 0) throw misuseAt(this.extents, ptr);
    const isLarge = this.extents.records.words[record + KIND] === LARGE;
    if (isLarge ? this.extents.address(record) * GRANULE !== ptr : this.slabs.locate(record, ptr) < 0) {
      throw misuseAt(this.extents, ptr);
    }
    return record;
  }

  /** Answers the usable bytes of the block of an extent, or of each block of a slab. */
  bytesOf(record: number): number {
    const kind = this.extents.records.words[record + KIND]!;
    return kind === LARGE ? this.extents.size(record) * GRANULE : classSize(kind);
  }

  note(): void {
    this.counters[PEAK] = Math.max(this.counters[PEAK]!, this.extents.held + this.bookkeeping());
  }

  bookkeeping(): number {
    return this.extents.bookkeeping + this.slabs.bookkeeping + this.counters.byteLength;
  }

  wrongLayout(ptr: Ptr, layout: Layout): MisuseError {
    return new MisuseError(
      "wrong-layout",
      `the block at ${ptr} has ${this.sizeAt(ptr)} usable bytes; ${layout} is the layout of one of ${bytesFor(layout)}`,
    );
  }
}

/**
 * Makes a general-purpose heap: blocks of any size and alignment. It takes chunks from its parent as it needs them, and
 * gives back those that are empty on `trim`.
 *
 * Blocks of up to 1024 bytes, rounded up to their align, have at most 7 bytes of slack up to 512 bytes and 63 above; larger
 * ones at most 15. Cost: O(1), whatever is live; about 1.6 % of the memory for bookkeeping, outside of it.
 *
 * Source: slabs after Bonwick (1994), two-level segregated fit after Masmano and others (2004).
 *
 * @param options - `parent`: where the chunks come from, `pages()` unless said
 * @example
 * ```ts
 * import { Layout, orThrow } from "@alloc/core";
 * import { system } from "@alloc/global";
 *
 * using heap = system();
 * const layout = Layout.of(100);
 * const ptr = orThrow(heap.allocate(layout), layout);
 * heap.sizeAt(ptr); // => 104
 * heap.deallocate(ptr, layout);
 * ```
 */
export function system(options: { readonly parent?: Allocator } = {}): System {
  return new SystemMachine(options.parent ?? pages());
}

/** Answers the bytes of the block that a layout is served with. */
function bytesFor(layout: Layout): number {
  const size = alignUp(layout.size, layout.align);
  if (size <= SMALL) return classSize(classOf(size));
  return Math.max(LEAST_LARGE, alignUp(layout.size, GRANULE));
}
