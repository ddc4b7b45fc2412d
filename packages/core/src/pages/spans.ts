/**
 * Spans: a set of granules, as sorted ranges that neither overlap nor touch.
 *
 *     list    start  end │ start  end │ …  │ AFTER      granule numbers, end exclusive
 *              16    20     32    64
 *
 * Added ranges are coalesced with their neighbours at once, so there are few: a search is O(log n), a change O(n) in the number
 * of ranges, and whole after one store: see {@link Halves}.
 *
 * @module
 */
import { Halves } from "../memory/halves.ts";
import type { Memory } from "../memory/memory.ts";

/** Sentinel behind the last range, so that a failed search needs no test. */
const AFTER = 0x7fffffff;

export class Spans {
  readonly list: Halves;

  /**
   * @param most - the largest number of ranges; needed if the memory is shared
   * @param words - those of spans that exist. Default: new ones, of no range
   */
  constructor(memory: Memory, most: number, words?: Int32Array) {
    this.list = new Halves(memory, 1 + 2 * most, words);
    if (words === undefined) this.list.replace(0, 0, [AFTER]);
  }

  get count(): number {
    return this.list.count >> 1;
  }

  start(index: number): number {
    return this.list.at(2 * index);
  }

  end(index: number): number {
    return this.list.at(2 * index + 1);
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
    this.list.replace(2 * index, 2 * joined, [first, last]);
    return true;
  }

  /** Removes granules that one range contains. */
  remove(start: number, end: number): void {
    const index = this.find(start);
    const rest: number[] = [];
    if (this.start(index) < start) rest.push(this.start(index), start);
    if (end < this.end(index)) rest.push(end, this.end(index));
    this.list.replace(2 * index, 2, rest);
  }

  /** The number of granules. */
  get total(): number {
    let total = 0;
    for (let index = 0; index < this.count; index++) total += this.end(index) - this.start(index);
    return total;
  }

  /** Whether the words are those of ranges from `least` up to `most`. */
  isSound(least: number, most: number): boolean {
    const { words, count, used } = this.list;
    if (words[0]! >>> 1 !== 0 || count % 2 !== 1 || used > words.length || this.start(this.count) !== AFTER)
      return false;
    let last = least - 1;
    for (let index = 0; index < this.count; index++) {
      if (this.start(index) <= last || this.end(index) <= this.start(index)) return false;
      last = this.end(index);
    }
    return last <= most;
  }
}
