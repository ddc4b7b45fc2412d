/**
 * Extents: ranges of whole granules of 16 bytes, allocated by best fit and coalesced on release.
 *
 *     a chunk    base                                            top          limit
 *                │ large │ free │   slab   │ slab │ free │ large │┈┈ untouched ┈┈│
 *
 * Memory comes in chunks from the parent. A released extent is coalesced with its free neighbours; at the top it lowers the top
 * instead. So free extents never touch each other, nor the top.
 *
 * Before the heap grows, it empties its caches: see `Hoard`.
 *
 * @module
 */
import { type Allocator, alignUp, Layout, type Memory } from "@alloc/core";
import { invariant } from "@alloc/core/author";
import { type Chunks, GENEROUS_CHUNK } from "../chunks/chunks.ts";
import { Top } from "../chunks/top.ts";
import { trimExtents } from "../chunks/trim.ts";
import type { Found } from "../found.ts";
import { ABOVE, ADDRESS, BELOW, FREE, GRANULE, KIND, LARGE, leastOf, SIZE } from "../records.ts";
import { COARSEST_ALIGN, MOST_ALIGN } from "../small/size-classes.ts";
import { LAST } from "../words.ts";
import { Bins } from "./bins.ts";
import { Directory } from "./directory.ts";

/** Granules of 4 GiB: every extent is shorter. */
const LIMIT_SIZE = 2 ** 28;

/** How many free extents a request for an aligned one looks at before the heap grows: the more, the more it would grow. */
const LOOKS = 64;
const LOOKS_PER_GRANULE = 4;

/** The caches in front of the extents. */
export interface Hoard {
  /** Releases cached extents. Returns whether there were any. */
  release(): boolean;
  /** Releases everything that is not live, which takes longer to find. If a request fails otherwise, less is cached for a while. */
  releaseAll(isShort?: boolean): void;
  /** Returns the granules of the small blocks that are not live, cached or free in their slabs. */
  kept(): number;
  /** Called when chunks were taken, released or resized. */
  moved?(): void;
}

export class Extents extends Bins {
  readonly directory: Directory;
  readonly top: Top;
  readonly hoard: Hoard;
  /** Whether the parent serves chunks of the least requested size. */
  readonly isGenerous: boolean;
  /** The largest align of a small block. */
  readonly coarsest: number;

  constructor(memory: Memory, parent: Allocator, hoard: Hoard, found?: Found) {
    super(memory, leastOf(parent), found?.extents);
    this.hoard = hoard;
    this.isGenerous = parent.usableSize(Layout.of(GENEROUS_CHUNK, GRANULE)) !== 0;
    // Small chunks leave no room to search for multiples of more than a granule.
    const large = Math.min(GENEROUS_CHUNK, Math.max(GRANULE, Math.floor(memory.extent / 2)));
    this.coarsest = parent.usableSize(Layout.of(large, GRANULE)) === 0 ? MOST_ALIGN : COARSEST_ALIGN;
    this.directory = new Directory(this, found?.directory);
    this.top = new Top(this, parent, found?.chunks);
  }

  get chunks(): Chunks {
    return this.top.chunks;
  }

  /**
   * Returns the record of a new extent; 0 if there is no room. All in granules. If `gap` is less than `size`, the extent may be
   * as short as `gap` where the heap would have to grow for `size`, and longer where too short a rest would remain; where the
   * heap cannot grow, it may be as short as `least`.
   */
  allocate(size: number, align: number, kind: number, gap: number, least: number = gap): number {
    if (!(size + align <= LIMIT_SIZE) || (!this.isGenerous && !this.serves(least, align))) return 0;
    const free = this.fit(size, align) || (this.top.rises(size) ? this.press(size, align, gap) : 0);
    const record =
      (free !== 0 ? this.carve(free, size, align, gap) : this.extend(size, align)) || this.squeeze(size, align, least);
    if (record === 0) return 0;
    const { words } = this;
    const address = words[record + ADDRESS]!;
    words[record + KIND] = kind;
    if (kind === LARGE) this.directory.enterLarge(record, address);
    else this.directory.enterSlab(record, address, words[record + SIZE]!);
    return record;
  }

  /** Whether there can ever be an extent of `size` granules at a multiple of `align`, in a chunk that the parent may serve. */
  serves(size: number, align: number): boolean {
    const { base, maximum } = this.memory;
    const bytes = size * GRANULE;
    if (alignUp(Math.max(base, GRANULE), align * GRANULE) + bytes > maximum) return false;
    if (this.isGenerous && bytes <= GENEROUS_CHUNK) return true;
    return this.chunks.parent.usableSize(Layout.of(bytes, GRANULE)) !== 0;
  }

  /** Frees a used extent: coalesces it with its free neighbours, or lowers the top. */
  release(record: number): void {
    const { words } = this;
    const below = words[record + BELOW]!;
    const above = words[record + ABOVE]!;
    const size = words[record + SIZE]!;
    const isFreeBelow = below !== 0 && words[below + KIND] === FREE;
    if (words[record + KIND]! > 0) this.directory.leaveSlab(record, words[record + ADDRESS]!, size);
    else this.directory.leaveLarge(words[record + ADDRESS]!);
    words[record + KIND] = FREE;
    if (record === this.words[LAST]) {
      this.lower(record, below, size);
      if (!isFreeBelow) return;
      this.remove(below);
      this.lower(below, words[below + BELOW]!, words[below + SIZE]!);
    } else if (above !== 0 && words[above + KIND] === FREE) {
      this.join(below, above);
      this.drop(record);
      words[above + ADDRESS]! -= size;
      this.resize(above, words[above + SIZE]! + size);
      if (!isFreeBelow) return;
      this.remove(above);
      this.absorb(below, above);
    } else if (isFreeBelow) this.absorb(below, record);
    else this.insert(record);
  }

  /** Enlarges a used extent in place. */
  grow(record: number, size: number): boolean {
    const { words } = this;
    const missing = size - words[record + SIZE]!;
    const above = words[record + ABOVE]!;
    if (record === words[LAST]) {
      if (!this.reach(this.top.granule + missing)) return false;
      // A parent that called back may have put something above it.
      if (record !== this.words[LAST] || this.top.granule + missing > this.top.limit) return false;
      this.top.move(missing);
    } else if (this.isFree(above) && words[above + SIZE]! >= missing) this.moveStart(above, missing);
    else return false;
    words[record + SIZE] = size;
    return true;
  }

  /** Shrinks a used extent; the rest becomes free. */
  shrink(record: number, size: number): void {
    const length = this.size(record);
    if (size === length) return;
    const above = this.words[record + ABOVE]!;
    if (record === this.words[LAST]) this.top.move(size - length);
    else if (this.isFree(above)) this.moveStart(above, size - length);
    else this.insert(this.split(record, size));
    this.words[record + SIZE] = size;
  }

  trim(): void {
    try {
      trimExtents(this);
      this.top.trim();
    } finally {
      this.chunks.survey();
      this.hoard.moved?.();
    }
  }

  /** Drops all extents; the chunks stay. */
  reset(): void {
    this.clear();
    this.directory.clear();
    this.words[LAST] = 0;
    const newest = this.top.reset();
    for (let chunk = 0; chunk < this.chunks.count; chunk++) {
      if (chunk !== newest) this.insert(this.make(this.chunks.base(chunk), this.chunks.size(chunk)));
    }
  }

  /** Bytes of the words in use. */
  get bookkeeping(): number {
    const { directory, chunks, top } = this;
    return 4 * (this.used - this.above(top.high) + chunks.used) + directory.bookkeeping;
  }

  /** Throws unless the extents fill their chunks and each used one is found by its address. */
  override check(): void {
    super.check();
    let all = 0;
    this.each((record) => {
      all += this.size(record);
      if (this.isFree(record)) return;
      invariant(this.directory.find(this.address(record)) === record, () => `extent ${record} is found at its address`);
    });
    invariant(all === this.top.held, () => `the extents fill ${this.top.held} granules of their chunks, got ${all}`);
    const last = this.words[LAST]!;
    invariant(
      last === 0 || (!this.isFree(last) && this.address(last) + this.size(last) === this.top.granule),
      () => "the last extent is used and ends at the top",
    );
  }

  /** Returns a free extent that is aligned by chance; 0 if none is among the first `looks`, or the align is no more than usual. */
  find(size: number, align: number, looks: number): number {
    return align === 1 ? 0 : this.search(size, align, looks);
  }

  /** Searches longer, empties caches, and returns a free extent; 0 if the heap has to grow. */
  press(size: number, align: number, least: number): number {
    const found = this.find(size, align, LOOKS + LOOKS_PER_GRANULE * size);
    if (found !== 0) return found;
    const { hoard } = this;
    const free = hoard.release() ? this.fit(size, align) : 0;
    if (free !== 0) return free;
    const shorter = least < size ? this.longest(least, align) : 0;
    if (shorter !== 0 || !this.top.isPressing(hoard)) return shorter;
    hoard.releaseAll();
    this.top.pressed(hoard.kept());
    return this.fit(size, align) || (least < size ? this.longest(least, align) : 0);
  }

  /** Returns a new extent if the heap cannot grow, after emptying all caches; 0 if there is no room. */
  squeeze(size: number, align: number, least: number): number {
    const { granule } = this.top;
    this.hoard.releaseAll(true);
    this.top.pressed(this.hoard.kept());
    const free = this.fit(size, align) || this.find(size, align, Infinity) || this.longest(least, align);
    if (free !== 0) return this.carve(free, size, align, least);
    // The parent has just refused this.
    if (least === size && this.top.granule === granule) return 0;
    return this.extend(size, align) || this.extend(least, align);
  }

  /** Makes a new extent at the top of the newest chunk, or of a new one. */
  extend(size: number, align: number): number {
    const { top } = this;
    if (!this.reach(alignUp(top.granule, align) + size) && !this.addChunk(size + align - 1)) return 0;
    const start = alignUp(top.granule, align);
    // A parent that called back may have used the new room.
    if (start + size > top.limit) return this.extend(size, align);
    if (start !== top.granule) this.insert(this.put(start - top.granule));
    return this.put(size);
  }

  /** Whether the newest chunk reaches `end`, or can be extended to it. */
  reach(end: number): boolean {
    if (end <= this.top.limit) return true;
    const { top } = this;
    const { limit } = top;
    if (!top.reach(end)) return false;
    try {
      this.cover();
    } catch (error) {
      // The host has no room for so long a directory: restore the previous state.
      top.retreat(limit);
      throw error;
    }
    this.hoard.moved?.();
    return true;
  }

  /** Takes another chunk. The rest of the previous one becomes a free extent. */
  addChunk(size: number): boolean {
    const { top, chunks } = this;
    if (!chunks.take(size)) return false;
    const { granule, limit } = top;
    try {
      this.cover();
    } catch (error) {
      // The host has no room for so long a directory: restore the previous state.
      chunks.give(chunks.newest);
      throw error;
    }
    top.begin();
    if (granule !== limit) {
      const rest = this.make(granule, limit - granule);
      this.join(this.words[LAST]!, rest);
      this.insert(rest);
    }
    this.words[LAST] = 0;
    this.hoard.moved?.();
    return true;
  }

  /** Makes room for the entries of all chunks. */
  cover(): void {
    const { chunks } = this;
    this.directory.cover(chunks.base(0), chunks.end(chunks.count - 1));
  }

  /** Makes an extent of the next `size` granules at the top. */
  put(size: number): number {
    const record = this.make(this.top.granule, size);
    this.join(this.words[LAST]!, record);
    this.top.move(size);
    this.words[LAST] = record;
    return record;
  }

  /** Drops the last extent, of `size` granules, and lowers the top to the one below it. */
  lower(last: number, below: number, size: number): void {
    this.top.move(-size);
    this.words[LAST] = below;
    if (below !== 0) this.words[below + ABOVE] = 0;
    this.drop(last);
  }
}
