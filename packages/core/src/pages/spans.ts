/**
 * Spans: a set of granules, as sorted ranges that neither overlap nor touch.
 *
 *     words   count │ start  end │ start  end │ …  │ AFTER      granule numbers, end exclusive
 *               2      16    20     32    64
 *
 * Added ranges are coalesced with their neighbours at once, so there are few: a search is O(log n), a change O(n) in the number
 * of ranges, by one `copyWithin`.
 *
 * @module
 */
import type { Memory } from "../memory/memory.ts";

/** Sentinel behind the last range, so that a failed search needs no test. */
const AFTER = 0x7fffffff;

export class Spans {
  words: Int32Array;
  readonly memory: Memory;

  /**
   * @param most - the largest number of ranges; needed if the memory is shared
   * @param words - those of spans that exist. Default: new ones, of no range
   */
  constructor(memory: Memory, most: number, words?: Int32Array) {
    this.memory = memory;
    this.words = words ?? memory.words(Int32Array, 8, 2 + 2 * most);
    if (words === undefined) this.words[1] = AFTER;
  }

  /** The number of elements in use. */
  get used(): number {
    return 2 + 2 * this.count;
  }

  get count(): number {
    return this.words[0]!;
  }

  start(index: number): number {
    return this.words[1 + 2 * index]!;
  }

  end(index: number): number {
    return this.words[2 + 2 * index]!;
  }

  /** Returns the index of the first range that ends after `granule`; `count` if there is none. */
  find(granule: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.end(middle) > granule) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Whether one range contains all granules from `start` to `end`. */
  covers(start: number, end: number): boolean {
    const index = this.find(start);
    return this.start(index) <= start && end <= this.end(index);
  }

  /** Whether any granule from `start` to `end` is in the set. */
  overlaps(start: number, end: number): boolean {
    return this.start(this.find(start)) < end;
  }

  /** Adds granules. Returns false and changes nothing if some of them are already in the set. */
  add(start: number, end: number): boolean {
    if (this.overlaps(start, end)) return false;
    let index = this.find(start);
    let joined = 0;
    let [first, last] = [start, end];
    if (this.start(index) === end) {
      last = this.end(index);
      joined++;
    }
    if (index > 0 && this.end(index - 1) === start) {
      index--;
      first = this.start(index);
      joined++;
    }
    this.replace(index, joined, [first, last]);
    return true;
  }

  /** Removes granules that one range contains. */
  remove(start: number, end: number): void {
    const index = this.find(start);
    const rest: number[] = [];
    if (this.start(index) < start) rest.push(this.start(index), start);
    if (end < this.end(index)) rest.push(end, this.end(index));
    this.replace(index, 1, rest);
  }

  /** Replaces `old` ranges from `index` on by those of `rest`. */
  replace(index: number, old: number, rest: readonly number[]): void {
    const length = 2 + 2 * this.count;
    const from = 1 + 2 * (index + old);
    const by = rest.length - 2 * old;
    this.words = this.memory.widen(this.words, length + by);
    this.words.copyWithin(from + by, from, length);
    this.words.set(rest, 1 + 2 * index);
    this.words[0]! += by / 2;
  }
}
