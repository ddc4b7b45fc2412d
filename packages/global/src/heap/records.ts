/**
 * Records: one per extent. An extent is a range of the heap's memory: a large block, a slab, or free.
 *
 *     word     0        1     2      3      4     5         6     7
 *              ADDRESS  SIZE  BELOW  ABOVE  NEXT  PREVIOUS  KIND  BITS
 *              granules of 16 B   neighbours  a list of equals   bits of a slab, or BIN of a free one
 *
 * The offset of its first word identifies a record; 0 is none.
 *
 * @module
 */
import { type Allocator, Layout, type Memory } from "@alloc/core";
import { invariant } from "@alloc/core/author";
import { DROPPED, END, FIRST, RECORD } from "./words.ts";

/** Bytes of the unit of addresses and sizes of extents. */
export const GRANULE = 16;

export const ADDRESS = 0;
export const SIZE = 1;
export const BELOW = 2;
export const ABOVE = 3;
export const NEXT = 4;
export const PREVIOUS = 5;
export const KIND = 6;
export const BITS = 7;
export const BIN = BITS;

/** Kinds of extents; a positive kind is the size class of a slab. */
export const FREE = 0;
export const LARGE = -1;
/** A released large block, cached for the next request of its size. */
export const PARKED = -2;

const LENGTH = 1 << RECORD;
/** Bounds of the bytes of the shortest used extent, a power of two. Memories of 256 KiB or more have the most. */
export const MOST_LEAST = 512;
const LEAST_LEAST = 16;
/** The number of shortest extents in a small memory. */
const EXTENTS = 2048;

export class Records {
  words: Int32Array;
  readonly memory: Memory;

  /** The bytes of the shortest used extent, a power of two. */
  readonly least: number;

  /** @param words - those of a heap that is made again. Default: new ones */
  constructor(memory: Memory, least: number = MOST_LEAST, words?: Int32Array) {
    this.memory = memory;
    this.least = least;
    if (words !== undefined) {
      this.words = words;
      return;
    }
    // At most one free extent lies between two used ones.
    const most = FIRST + LENGTH * 2 * Math.ceil(memory.maximum / least);
    this.words = memory.words(Int32Array, FIRST + 8 * LENGTH, most);
    this.clear();
  }

  /** Words in use. */
  get used(): number {
    return this.words[END]!;
  }

  /** Makes a record of an extent without neighbours. */
  make(address: number, size: number): number {
    let record = this.words[DROPPED]!;
    if (record !== 0) this.words[DROPPED] = this.words[record + NEXT]!;
    else {
      record = this.used;
      this.words = this.memory.widen(this.words, record + LENGTH);
      this.words[END] = record + LENGTH;
    }
    const { words } = this;
    words[record + ADDRESS] = address;
    words[record + SIZE] = size;
    words[record + BELOW] = 0;
    words[record + ABOVE] = 0;
    words[record + KIND] = FREE;
    return record;
  }

  /** Makes sure that `count` records can be made. A shared array is long enough from the start. */
  reserve(count: number): void {
    if (!this.memory.shared) this.words = this.memory.widen(this.words, this.used + count * LENGTH);
  }

  drop(record: number): void {
    const { words } = this;
    words[record + SIZE] = 0;
    words[record + NEXT] = words[DROPPED]!;
    words[DROPPED] = record;
  }

  clear(): void {
    this.words[DROPPED] = 0;
    this.words[END] = FIRST;
  }

  /** Makes `lower` and `upper` neighbours. 0 is the edge of a chunk. */
  join(lower: number, upper: number): void {
    if (lower !== 0) this.words[lower + ABOVE] = upper;
    if (upper !== 0) this.words[upper + BELOW] = lower;
  }

  /** Inserts a record before `head` in a list. Returns the new head. */
  link(record: number, head: number): number {
    const { words } = this;
    words[record + NEXT] = head;
    words[record + PREVIOUS] = 0;
    if (head !== 0) words[head + PREVIOUS] = record;
    return record;
  }

  /** Removes a record from the list of `head`. Returns the new head. */
  unlink(record: number, head: number): number {
    const { words } = this;
    const next = words[record + NEXT]!;
    const previous = words[record + PREVIOUS]!;
    if (next !== 0) words[next + PREVIOUS] = previous;
    if (previous !== 0) words[previous + NEXT] = next;
    return record === head ? next : head;
  }

  /** Calls `visit` for every extent, in the order in which records were made. */
  each(visit: (record: number) => void): void {
    for (let record = FIRST; record < this.used; record += LENGTH) {
      if (this.words[record + SIZE] !== 0) visit(record);
    }
  }

  /** Throws unless neighbours name each other, touch, and are not both free. */
  check(): void {
    const { words } = this;
    this.each((record) => {
      const above = words[record + ABOVE]!;
      const end = words[record + ADDRESS]! + words[record + SIZE]!;
      invariant(words[record + SIZE]! > 0, () => `extent ${record} has a size`);
      if (above === 0) return;
      invariant(words[above + BELOW] === record, () => `extent ${above} knows extent ${record} below it`);
      invariant(words[above + ADDRESS] === end, () => `extent ${above} begins where extent ${record} ends`);
      invariant(
        words[record + KIND] !== FREE || words[above + KIND] !== FREE,
        () => `free extents ${record}, ${above} are one`,
      );
    });
  }
}

/**
 * Returns the bytes of the shortest used extent of a heap: less if its memory is small, or if its parent only serves small
 * chunks.
 */
export function leastOf(parent: Allocator): number {
  const { extent } = parent.memory;
  let least = MOST_LEAST;
  while (least > LEAST_LEAST && (extent < EXTENTS * least || parent.usableSize(Layout.of(least, GRANULE)) === 0)) {
    least /= 2;
  }
  return least;
}
