/**
 * Ranges: free granules, sorted by address and by length. Ranges that touch are merged.
 *
 *     record       start │ length │ left  right │ left  right        words; numbered from 1, and 0 is none
 *                                   by address    by length
 *     record 0     count │ spare  │ root  seed  │ root    –
 *
 * Two treaps over the same records: search trees by their keys, and heaps by a pseudorandom rank per record, which keeps their
 * depth near the logarithm. The ranks depend on a random seed: otherwise an order of releases could be chosen that makes the
 * trees lists. So finding a neighbour or the best fit, and any change, takes O(log n). The root of a tree is the
 * left child of record 0, so no change needs a special case for it.
 *
 * Words that threads share cannot become longer. If they are full, the shortest range is lost: it is not handed out again, until all ranges
 * are cleared.
 *
 * Source: treaps (Aragon, Seidel 1989); best fit, lowest address first.
 *
 * @module
 */
import type { Memory } from "@alloc/core";
import { invariant, isGated } from "@alloc/core/author";

/** Offsets in a record, in words. */
const START = 0;
const LENGTH = 1;
const RECORD = 6;
/** The least words. */
export const LEAST_RANGES: number = 8 * RECORD;
/** Offsets in record 0: the number of records ever created, and the head of the free list, linked by START. */
const COUNT = 0;
const SPARE = 1;
/** The trees, each by the offset of a record's left child in it; the right child is next to it. */
const BY_ADDRESS = 2;
const BY_LENGTH = 4;
/** The seed of the ranks, in place of the right child of record 0. */
const SEED = 3;

export class Ranges {
  readonly memory: Memory;
  words: Int32Array;

  /**
   * @param most - the maximum number of ranges; used if the memory is shared
   * @param words - those of a tree that is made again. Default: new ones
   */
  constructor(memory: Memory, most: number, words?: Int32Array) {
    this.memory = memory;
    this.words = words ?? memory.words(Int32Array, LEAST_RANGES, RECORD * (most + 1));
    if (words === undefined) this.words[SEED] = Math.floor(2 ** 32 * Math.random());
  }

  /** Bytes of words used so far. */
  get bytes(): number {
    return 4 * RECORD * (this.words[COUNT]! + 1);
  }

  /** Forgets all ranges. */
  clear(): void {
    const seed = this.words[SEED]!;
    this.words.fill(0, 0, RECORD);
    this.words[SEED] = seed;
  }

  start(record: number): number {
    return this.words[record * RECORD + START]!;
  }

  length(record: number): number {
    return this.words[record * RECORD + LENGTH]!;
  }

  end(record: number): number {
    return this.start(record) + this.length(record);
  }

  /** Returns the last range that starts at or below a granule, 0 if none does. */
  at(granule: number): number {
    const { words } = this;
    let found = 0;
    let record = words[BY_ADDRESS]!;
    while (record !== 0) {
      const right = words[record * RECORD + START]! <= granule;
      if (right) found = record;
      record = words[record * RECORD + BY_ADDRESS + Number(right)]!;
    }
    return found;
  }

  /** Returns the shortest range of at least `length` granules, 0 if there is none. */
  fit(length: number): number {
    const { words } = this;
    let found = 0;
    let record = words[BY_LENGTH]!;
    while (record !== 0) {
      const right = words[record * RECORD + LENGTH]! < length;
      if (!right) found = record;
      record = words[record * RECORD + BY_LENGTH + Number(right)]!;
    }
    return found;
  }

  /** Whether any of `length` granules from `start` are in a range. */
  overlaps(start: number, length: number): boolean {
    const range = this.at(start + length - 1);
    return range !== 0 && this.end(range) > start;
  }

  /** Adds granules, merged with the ranges they touch. Returns false and changes nothing if some are already in a range. */
  add(start: number, length: number): boolean {
    const end = start + length;
    const last = this.at(end);
    const after = last !== 0 && this.start(last) === end ? last : 0;
    const before = after === 0 ? last : this.at(end - 1);
    if (before !== 0 && this.end(before) > start) return false;
    if (before !== 0 && this.end(before) === start) {
      const more = after === 0 ? 0 : this.length(after);
      if (after !== 0) this.drop(after);
      this.change(before, this.start(before), this.length(before) + length + more);
    } else if (after !== 0) this.change(after, start, length + this.length(after));
    else this.make(start, length);
    return true;
  }

  /** Removes granules from the range that holds them. */
  remove(record: number, start: number, length: number): void {
    const first = this.start(record);
    const rest = this.end(record) - start - length;
    if (start > first) {
      this.change(record, first, start - first);
      if (rest > 0) this.make(start + length, rest);
    } else if (rest > 0) this.change(record, start + length, rest);
    else this.drop(record);
  }

  /** Returns the ranges by address. */
  list(): number[] {
    return this.inOrder(BY_ADDRESS, this.words[BY_ADDRESS]!);
  }

  check(): void {
    const records = this.list();
    records.slice(1).forEach((record, index) => {
      invariant(this.end(records[index]!) < this.start(record), () => "free tree: ranges are sorted, and do not touch");
    });
    const lengths = this.inOrder(BY_LENGTH, this.words[BY_LENGTH]!);
    lengths.slice(1).forEach((record, index) => {
      invariant(this.isBefore(BY_LENGTH, lengths[index]!, record), () => "free tree: lengths are sorted");
    });
    invariant(`${lengths.toSorted()}` === `${records.toSorted()}`, () => "free tree: both trees hold the same ranges");
    for (const record of records) invariant(this.length(record) > 0, () => "free tree: no range is empty");
  }

  /** Returns the records of a tree in order. Not recursive: callers can make the tree arbitrarily deep. */
  inOrder(tree: number, root: number): number[] {
    const { words } = this;
    const sorted: number[] = [];
    const above: number[] = [];
    for (let record = root; record !== 0 || above.length > 0; ) {
      if (record === 0) {
        const next = above.pop()!;
        sorted.push(next);
        record = words[next * RECORD + tree + 1]!;
        continue;
      }
      for (const child of words.subarray(record * RECORD + tree, record * RECORD + tree + 2)) {
        invariant(child === 0 || this.rank(child) < this.rank(record), () => "free tree: a parent has the higher rank");
      }
      above.push(record);
      record = words[record * RECORD + tree]!;
    }
    return sorted;
  }

  make(start: number, length: number): void {
    if (this.isFull) {
      const shortest = this.fit(1);
      if (this.length(shortest) >= length) return;
      this.drop(shortest);
    }
    const spare = this.words[SPARE]!;
    if (spare !== 0) this.words[SPARE] = this.start(spare);
    else {
      this.words = this.memory.widen(this.words, (this.words[COUNT]! + 2) * RECORD);
      this.words[COUNT]!++;
    }
    const record = spare || this.words[COUNT]!;
    this.words[record * RECORD + START] = start;
    this.words[record * RECORD + LENGTH] = length;
    this.insert(BY_ADDRESS, record);
    this.insert(BY_LENGTH, record);
  }

  /** Whether there is no record left, and the words may not be replaced. */
  get isFull(): boolean {
    const { words, memory } = this;
    return words[SPARE] === 0 && (words[COUNT]! + 2) * RECORD > words.length && isGated(memory);
  }

  drop(record: number): void {
    this.take(BY_ADDRESS, record);
    this.take(BY_LENGTH, record);
    this.words[record * RECORD + START] = this.words[SPARE]!;
    this.words[SPARE] = record;
  }

  /** Moves the ends of a range. It stays between its neighbours, so its position by address is unchanged. */
  change(record: number, start: number, length: number): void {
    this.take(BY_LENGTH, record);
    this.words[record * RECORD + START] = start;
    this.words[record * RECORD + LENGTH] = length;
    this.insert(BY_LENGTH, record);
  }

  isBefore(tree: number, one: number, other: number): boolean {
    const { words } = this;
    const by = tree === BY_ADDRESS ? 0 : words[one * RECORD + LENGTH]! - words[other * RECORD + LENGTH]!;
    return by !== 0 ? by < 0 : words[one * RECORD + START]! < words[other * RECORD + START]!;
  }

  /** Inserts a record at the depth of its rank and splits the subtree there into its two children. */
  insert(tree: number, record: number): void {
    const { words } = this;
    let link = tree;
    let other = words[link]!;
    while (other !== 0 && this.rank(other) > this.rank(record)) {
      link = other * RECORD + tree + Number(this.isBefore(tree, other, record));
      other = words[link]!;
    }
    words[link] = record;
    let left = record * RECORD + tree;
    let right = left + 1;
    while (other !== 0) {
      const isLeft = this.isBefore(tree, other, record);
      words[isLeft ? left : right] = other;
      if (isLeft) left = other * RECORD + tree + 1;
      else right = other * RECORD + tree;
      other = words[isLeft ? left : right]!;
    }
    words[left] = 0;
    words[right] = 0;
  }

  /** Removes a record from a tree and joins its two children in its place. */
  take(tree: number, record: number): void {
    const { words } = this;
    let link = tree;
    while (words[link] !== record) {
      const other = words[link]!;
      link = other * RECORD + tree + Number(this.isBefore(tree, other, record));
    }
    let left = words[record * RECORD + tree]!;
    let right = words[record * RECORD + tree + 1]!;
    while (left !== 0 && right !== 0) {
      const isLeft = this.rank(left) > this.rank(right);
      words[link] = isLeft ? left : right;
      link = (isLeft ? left : right) * RECORD + tree + Number(isLeft);
      if (isLeft) left = words[link]!;
      else right = words[link]!;
    }
    words[link] = left || right;
  }

  /** Returns a pseudorandom number, unique per record because each step is invertible. */
  rank(record: number): number {
    const seeded = record ^ this.words[SEED]!;
    const mixed = Math.imul(seeded ^ (seeded >>> 16), 0x45d9f3b);
    return Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
  }
}
