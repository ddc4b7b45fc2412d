/**
 * Extents: ranges of whole granules of 16 bytes, by best fit, coalesced when they come back.
 *
 *     a chunk    base                                            top          limit
 *                │ large │ free │   slab   │ slab │ free │ large │┈┈ untouched ┈┈│
 *
 * Memory comes in chunks from the parent. The newest chunk grows at its top, if the parent can resize in place; what lies
 * above the top has never been used and counts for nothing. An extent that comes back is joined with its free neighbours; at
 * the top it lowers the top instead. So no two free extents touch, and none touches the top.
 *
 * @module
 */
import { type Allocator, alignUp, invariant, type Memory } from "@alloc/core";
import { Bins } from "./bins.ts";
import { Chunks } from "./chunks.ts";
import { Directory } from "./directory.ts";
import { ABOVE, ADDRESS, BELOW, FREE, GRANULE, KIND, Records, SIZE } from "./records.ts";
import { LAST, LIMIT, TOP } from "./top.ts";
import { trimExtents } from "./trim.ts";

/** Granules of 4 GiB: no extent is so long. */
const LIMIT_SIZE = 2 ** 28;

export class Extents {
  readonly records: Records;
  readonly bins: Bins;
  readonly directory: Directory;
  readonly chunks: Chunks;
  readonly state: Int32Array;
  /** Releases extents that are kept empty, and answers whether there were any. */
  readonly reclaim: () => boolean;

  constructor(memory: Memory, parent: Allocator, reclaim: () => boolean) {
    this.reclaim = reclaim;
    this.records = new Records(memory);
    this.bins = new Bins(memory, this.records);
    this.directory = new Directory(memory, this.records);
    this.chunks = new Chunks(memory, parent);
    this.state = memory.words(Int32Array, 3);
  }

  /** Answers the record of a new extent, 0 if there is no room. Size and align in granules. */
  allocate(size: number, align: number, kind: number): number {
    if (size + align > LIMIT_SIZE) return 0;
    const fit = this.bins.fit(size, align) || (this.reclaim() ? this.bins.fit(size, align) : 0);
    const record = fit !== 0 ? this.carve(fit, size, align) : this.extend(size, align);
    if (record === 0) return 0;
    this.records.words[record + KIND] = kind;
    this.directory.enter(record);
    return record;
  }

  release(record: number): void {
    const { words } = this.records;
    const below = words[record + BELOW]!;
    const above = words[record + ABOVE]!;
    this.directory.leave(record);
    words[record + KIND] = FREE;
    if (this.isFree(above)) {
      this.bins.remove(above);
      this.unite(record, above);
    }
    if (this.isFree(below)) {
      this.bins.remove(below);
      this.unite(below, record);
      this.settle(below);
    } else this.settle(record);
  }

  /** Makes a used extent larger where it lies. */
  grow(record: number, size: number): boolean {
    const { words } = this.records;
    const missing = size - words[record + SIZE]!;
    const above = words[record + ABOVE]!;
    if (record === this.state[LAST]) {
      if (!this.reach(this.state[TOP]! + missing)) return false;
      this.state[TOP]! += missing;
    } else if (this.isFree(above) && words[above + SIZE]! >= missing) this.moveStart(above, missing);
    else return false;
    words[record + SIZE] = size;
    return true;
  }

  /** Makes a used extent smaller; what is cut off becomes free. */
  shrink(record: number, size: number): void {
    const cut = this.size(record) - size;
    if (cut === 0) return;
    const above = this.records.words[record + ABOVE]!;
    if (record === this.state[LAST]) this.state[TOP]! -= cut;
    else if (this.isFree(above)) this.moveStart(above, -cut);
    else this.bins.insert(this.split(record, size));
    this.records.words[record + SIZE] = size;
  }

  trim(): void {
    trimExtents(this);
  }

  /** Forgets all extents; the chunks stay. */
  reset(): void {
    const newest = this.state[LIMIT] === 0 ? -1 : this.chunks.count - 1;
    this.records.clear();
    this.bins.clear();
    this.directory.clear();
    this.state[LAST] = 0;
    for (let chunk = 0; chunk < this.chunks.count; chunk++) {
      if (chunk === newest) this.state[TOP] = this.chunks.base(chunk);
      else this.bins.insert(this.records.make(this.chunks.base(chunk), this.chunks.size(chunk)));
    }
  }

  address(record: number): number {
    return this.records.words[record + ADDRESS]!;
  }

  size(record: number): number {
    return this.records.words[record + SIZE]!;
  }

  /** Bytes up to the top of the newest chunk, and all of the others. */
  get held(): number {
    return (this.chunks.total - this.state[LIMIT]! + this.state[TOP]!) * GRANULE;
  }

  /** Bytes of the words in use. */
  get bookkeeping(): number {
    const { records, bins, directory, chunks, state } = this;
    return 4 * (records.used + bins.heads.length + bins.maps.length + directory.used + chunks.used + state.length);
  }

  /** Throws unless the extents fill their chunks, and each used one is found at its address. */
  check(): void {
    this.records.check();
    this.bins.check();
    let all = 0;
    this.records.each((record) => {
      all += this.size(record);
      const { words } = this.records;
      if (words[record + KIND] === FREE) return;
      invariant(this.directory.find(this.address(record)) === record, `extent ${record} is found at its address`);
    });
    invariant(all * GRANULE === this.held, `the extents fill the chunks of ${this.held} bytes, came ${all * GRANULE}`);
    const last = this.state[LAST]!;
    invariant(
      last === 0 || (!this.isFree(last) && this.address(last) + this.size(last) === this.state[TOP]),
      "the last extent is used and ends at the top",
    );
  }

  isFree(record: number): boolean {
    return record !== 0 && this.records.words[record + KIND] === FREE;
  }

  /** Cuts a new extent out of a free one; what is left in front and behind stays free. */
  carve(free: number, size: number, align: number): number {
    const front = alignUp(this.address(free), align) - this.address(free);
    this.bins.remove(free);
    let record = free;
    if (front !== 0) {
      record = this.split(free, front);
      this.bins.insert(free);
    }
    if (this.size(record) > size) this.bins.insert(this.split(record, size));
    return record;
  }

  /** Makes a new extent at the top of the newest chunk, or of a new one. */
  extend(size: number, align: number): number {
    let start = alignUp(this.state[TOP]!, align);
    if (!this.reach(start + size)) {
      if (!this.addChunk(size + align - 1)) return 0;
      start = alignUp(this.state[TOP]!, align);
    }
    if (start !== this.state[TOP]) this.bins.insert(this.put(start - this.state[TOP]!));
    return this.put(size);
  }

  /** Whether the newest chunk reaches up to `end`, or can be made to. */
  reach(end: number): boolean {
    if (end <= this.state[LIMIT]!) return true;
    const newest = this.chunks.count - 1;
    if (this.state[LIMIT] === 0 || !this.chunks.raise(newest, end - this.chunks.base(newest))) return false;
    this.state[LIMIT] = this.chunks.end(newest);
    this.directory.cover(this.chunks.base(newest), this.state[LIMIT]!);
    return true;
  }

  /** Takes another chunk. What is left of the one before becomes a free extent. */
  addChunk(size: number): boolean {
    if (!this.chunks.take(size)) return false;
    const rest = this.state[LIMIT]! - this.state[TOP]!;
    if (rest !== 0) this.bins.insert(this.put(rest));
    const newest = this.chunks.count - 1;
    this.state.set([this.chunks.base(newest), this.chunks.end(newest), 0]);
    this.directory.cover(this.chunks.base(newest), this.chunks.end(newest));
    return true;
  }

  /** Makes an extent of the next `size` granules at the top. */
  put(size: number): number {
    const record = this.records.make(this.state[TOP]!, size);
    this.records.join(this.state[LAST]!, record);
    this.state[TOP]! += size;
    this.state[LAST] = record;
    return record;
  }

  /** Cuts an extent after `size` granules, and answers the upper part: a free extent that is in no bin yet. */
  split(record: number, size: number): number {
    const upper = this.records.make(this.address(record) + size, this.size(record) - size);
    this.records.join(upper, this.records.words[record + ABOVE]!);
    this.records.join(record, upper);
    this.records.words[record + SIZE] = size;
    return upper;
  }

  /** Makes one extent of two neighbours: the lower. */
  unite(lower: number, upper: number): void {
    const { words } = this.records;
    words[lower + SIZE]! += words[upper + SIZE]!;
    this.records.join(lower, words[upper + ABOVE]!);
    if (this.state[LAST] === upper) this.state[LAST] = lower;
    this.records.drop(upper);
  }

  /** Bins a free extent, or lowers the top if that is where it lies. */
  settle(free: number): void {
    if (free !== this.state[LAST]) this.bins.insert(free);
    else {
      this.state[TOP] = this.address(free);
      this.state[LAST] = this.records.words[free + BELOW]!;
      this.records.join(this.state[LAST]!, 0);
      this.records.drop(free);
    }
  }

  /** Moves the start of a free extent up, or down if `by` is negative. One of which nothing is left is dropped. */
  moveStart(free: number, by: number): void {
    const { words } = this.records;
    this.bins.remove(free);
    words[free + ADDRESS]! += by;
    words[free + SIZE]! -= by;
    if (words[free + SIZE] !== 0) this.bins.insert(free);
    else {
      this.records.join(words[free + BELOW]!, words[free + ABOVE]!);
      this.records.drop(free);
    }
  }
}
