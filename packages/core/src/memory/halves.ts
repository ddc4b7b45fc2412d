/**
 * Halves: a list of numbers that changes by one store.
 *
 *     words    which │ count a  count b │ a0 b0 │ a1 b1 │ a2 b2 │ …        the list is a or b: `which` is 0 or 1
 *     change   write the other one, then `which`
 *
 * A thread that ends in the middle of a change has changed nothing. The two lists alternate, so that the words in use are the first
 * ones.
 *
 * @module
 */
import type { Memory } from "./memory.ts";

/** Words before the first number. */
const HEADER = 3;

/** A list of numbers that changes by one store. For authors of allocators that threads share. */
export class Halves {
  /** The words of both lists. */
  words: Int32Array;
  /** The memory that they are made by. */
  readonly memory: Memory;

  /**
   * @param most - the largest number of elements; needed if the memory is shared
   * @param words - those of a list that exists. Default: new ones, of no element
   */
  constructor(memory: Memory, most: number, words?: Int32Array) {
    this.memory = memory;
    this.words = words ?? memory.words(Int32Array, 16, HEADER + 2 * most);
  }

  /** The number of elements. */
  get count(): number {
    return this.words[1 + this.words[0]!]!;
  }

  /** The number of words in use, from the first on. */
  get used(): number {
    return HEADER + 2 * this.count;
  }

  /** Returns an element; what lies behind the last one is not specified. */
  at(index: number): number {
    return this.words[HEADER + 2 * index + this.words[0]!]!;
  }

  /** Replaces `old` elements from `index` on by those of `rest`. O(count). */
  replace(index: number, old: number, rest: readonly number[]): void {
    const { count } = this;
    const by = rest.length - old;
    this.words = this.memory.widen(this.words, HEADER + 2 * (count + by));
    const { words } = this;
    const from = words[0]!;
    const to = 1 - from;
    const [source, target] = [HEADER + from, HEADER + to];
    for (let at = 0; at < index; at++) words[target + 2 * at] = words[source + 2 * at]!;
    for (let at = 0; at < rest.length; at++) words[target + 2 * (index + at)] = rest[at]!;
    for (let at = index + old; at < count; at++) words[target + 2 * (at + by)] = words[source + 2 * at]!;
    words[1 + to] = count + by;
    words[0] = to;
  }
}
