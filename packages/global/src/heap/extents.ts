/**
 * Extents: ranges of whole granules of 16 bytes, by best fit, coalesced when they come back.
 *
 *     a chunk    base                                            top          limit
 *                │ large │ free │   slab   │ slab │ free │ large │┈┈ untouched ┈┈│
 *
 * Memory comes in chunks from the parent. An extent that comes back is joined with its free neighbours; at the top it lowers
 * the top instead. So no two free extents touch, and none touches the top.
 *
 * Before the heap grows, it gives up what it keeps back: see `Hoard`.
 *
 * @module
 */
import { type Allocator, alignUp, invariant, type Memory } from "@alloc/core";
import type { Chunks } from "./chunks.ts";
import { Directory } from "./directory.ts";
import { Ranges } from "./ranges.ts";
import { ABOVE, ADDRESS, BELOW, FREE, KIND, LARGE, SIZE } from "./records.ts";
import { Top } from "./top.ts";
import { trimExtents } from "./trim.ts";

/** Granules of 4 GiB: no extent is so long. */
const LIMIT_SIZE = 2 ** 28;
/** The word of `state`: the last extent of the newest chunk; 0 if there is none. */
const LAST = 0;

/** What is kept back from the extents, so that it need not be found again. */
export interface Hoard {
  /** Releases the extents that are kept as they are, and answers whether there were any. */
  release(): boolean;
  /** Releases all that is not live, at the cost of looking for it. */
  releaseAll(): void;
}

export class Extents extends Ranges {
  readonly directory: Directory;
  readonly chunks: Chunks;
  readonly top: Top;
  readonly state: Int32Array;
  readonly hoard: Hoard;

  constructor(memory: Memory, parent: Allocator, hoard: Hoard) {
    super(memory);
    this.hoard = hoard;
    this.directory = new Directory(memory, this.records);
    this.top = new Top(memory, parent);
    this.chunks = this.top.chunks;
    this.state = memory.words(Int32Array, 1);
  }

  /**
   * Answers the record of a new extent, 0 if there is no room. All in granules. An extent that may be as short as `least` is
   * so where the heap would have to grow for `size`, and longer where too little would be left beside it.
   */
  allocate(size: number, align: number, kind: number, least: number): number {
    if (size + align > LIMIT_SIZE) return 0;
    const free = this.bins.fit(size, align) || (this.top.rises(size) ? this.press(size, align, least) : 0);
    const record =
      (free !== 0 ? this.carve(free, size, align, least) : this.extend(size, align)) ||
      this.squeeze(size, align, least);
    if (record === 0) return 0;
    const { words } = this.records;
    const address = words[record + ADDRESS]!;
    words[record + KIND] = kind;
    if (kind === LARGE) this.directory.enterLarge(record, address);
    else this.directory.enterSlab(record, address, words[record + SIZE]!);
    return record;
  }

  /** Makes a used extent free: one with its free neighbours, or none if it lies at the top. */
  release(record: number): void {
    const { records, bins } = this;
    const { words } = records;
    const below = words[record + BELOW]!;
    const above = words[record + ABOVE]!;
    const size = words[record + SIZE]!;
    const isFreeBelow = below !== 0 && words[below + KIND] === FREE;
    this.directory.leave(record, words[record + ADDRESS]!, words[record + KIND]! > 0 ? size : 1);
    words[record + KIND] = FREE;
    if (record === this.state[LAST]) {
      this.lower(record, below, size);
      if (!isFreeBelow) return;
      bins.remove(below);
      this.lower(below, words[below + BELOW]!, words[below + SIZE]!);
    } else if (above !== 0 && words[above + KIND] === FREE) {
      records.join(below, above);
      records.drop(record);
      words[above + ADDRESS]! -= size;
      bins.resize(above, words[above + SIZE]! + size);
      if (!isFreeBelow) return;
      bins.remove(above);
      this.absorb(below, above);
    } else if (isFreeBelow) this.absorb(below, record);
    else bins.insert(record);
  }

  /** Makes a used extent larger where it lies. */
  grow(record: number, size: number): boolean {
    const { words } = this.records;
    const missing = size - words[record + SIZE]!;
    const above = words[record + ABOVE]!;
    if (record === this.state[LAST]) {
      const end = this.top.granule + missing;
      if (!this.reach(end)) return false;
      this.top.move(missing);
    } else if (this.isFree(above) && words[above + SIZE]! >= missing) this.moveStart(above, missing);
    else return false;
    words[record + SIZE] = size;
    return true;
  }

  /** Makes a used extent smaller; what is cut off becomes free. */
  shrink(record: number, size: number): void {
    const length = this.size(record);
    if (size === length) return;
    const above = this.records.words[record + ABOVE]!;
    if (record === this.state[LAST]) this.top.move(size - length);
    else if (this.isFree(above)) this.moveStart(above, size - length);
    else this.bins.insert(this.split(record, size));
    this.records.words[record + SIZE] = size;
  }

  trim(): void {
    trimExtents(this);
    this.top.trim();
  }

  /** Forgets all extents; the chunks stay. */
  reset(): void {
    this.records.clear();
    this.bins.clear();
    this.directory.clear();
    this.state[LAST] = 0;
    const newest = this.top.reset();
    for (let chunk = 0; chunk < this.chunks.count; chunk++) {
      if (chunk !== newest) this.bins.insert(this.records.make(this.chunks.base(chunk), this.chunks.size(chunk)));
    }
  }

  /** Bytes of the words in use. */
  get bookkeeping(): number {
    const { records, bins, directory, chunks, top, state } = this;
    return (
      4 * (records.used + bins.used(top.high) + chunks.used + top.words.length + state.length) + directory.bookkeeping
    );
  }

  /** Throws unless the extents fill their chunks, and each used one is found at its address. */
  check(): void {
    this.records.check();
    this.bins.check();
    let all = 0;
    this.records.each((record) => {
      all += this.size(record);
      if (this.isFree(record)) return;
      invariant(this.directory.find(this.address(record)) === record, `extent ${record} is found at its address`);
    });
    invariant(all === this.top.held, `the extents fill ${this.top.held} granules of their chunks, came ${all}`);
    const last = this.state[LAST]!;
    invariant(
      last === 0 || (!this.isFree(last) && this.address(last) + this.size(last) === this.top.granule),
      "the last extent is used and ends at the top",
    );
  }

  /** Answers a free extent of what was kept back, 0 if the heap has to grow. */
  press(size: number, align: number, least: number): number {
    const { bins, hoard } = this;
    const free = hoard.release() ? bins.fit(size, align) : 0;
    if (free !== 0) return free;
    const shorter = least < size ? bins.longest(least, align) : 0;
    if (shorter !== 0 || !this.top.isPressing()) return shorter;
    hoard.releaseAll();
    return bins.fit(size, align);
  }

  /** Answers a new extent from all that is not live, where the heap cannot grow; 0 if there is no room. */
  squeeze(size: number, align: number, least: number): number {
    this.hoard.releaseAll();
    const free = this.bins.fit(size, align) || this.bins.longest(least, align);
    return free !== 0 ? this.carve(free, size, align, least) : this.extend(size, align) || this.extend(least, align);
  }

  /** Makes a new extent at the top of the newest chunk, or of a new one. */
  extend(size: number, align: number): number {
    const { top } = this;
    let start = alignUp(top.granule, align);
    if (!this.reach(start + size)) {
      if (!this.addChunk(size + align - 1)) return 0;
      start = alignUp(top.granule, align);
    }
    if (start !== top.granule) this.bins.insert(this.put(start - top.granule));
    return this.put(size);
  }

  /** Whether the newest chunk reaches up to `end`, or can be made to. */
  reach(end: number): boolean {
    if (end <= this.top.limit) return true;
    if (!this.top.reach(end)) return false;
    this.directory.cover(this.top.base, this.top.limit);
    return true;
  }

  /** Takes another chunk. What is left of the one before becomes a free extent. */
  addChunk(size: number): boolean {
    const { top, records } = this;
    const { granule, limit } = top;
    if (!top.add(size)) return false;
    if (granule !== limit) {
      const rest = records.make(granule, limit - granule);
      records.join(this.state[LAST]!, rest);
      this.bins.insert(rest);
    }
    this.state[LAST] = 0;
    this.directory.cover(top.base, top.limit);
    return true;
  }

  /** Makes an extent of the next `size` granules at the top. */
  put(size: number): number {
    const record = this.records.make(this.top.granule, size);
    this.records.join(this.state[LAST]!, record);
    this.top.move(size);
    this.state[LAST] = record;
    return record;
  }

  /** Drops the last extent, of `size` granules, and lowers the top to the one below it. */
  lower(last: number, below: number, size: number): void {
    this.top.move(-size);
    this.state[LAST] = below;
    if (below !== 0) this.records.words[below + ABOVE] = 0;
    this.records.drop(last);
  }
}
