/**
 * Segments: the blocks that a free tree took from its child, sorted by address.
 *
 *     words    count │ top │ start  length  log │ start  length  log │ …        granules of 8 bytes
 *
 * Segments that touch stay separate, because each is released as it was allocated. The top is the youngest one: over a region,
 * the block at its tip.
 *
 * @module
 */
import { Layout, type Memory, type Ptr } from "@alloc/core";
import { isGated } from "@alloc/core/author";

/** Bytes. */
export const GRANULE = 8;
const COUNT = 0;
const TOP = 1;
const HEAD = 2;
/** Offsets in a segment, in words; LOG is the binary logarithm of its align. */
const START = 0;
const LENGTH = 1;
const LOG = 2;
const RECORD = 3;
/** The least words. */
export const LEAST_SEGMENTS: number = HEAD + RECORD;

export class Segments {
  readonly memory: Memory;
  words: Int32Array;

  /**
   * @param most - the maximum number of segments; used if the memory is shared
   * @param words - those of a tree that is made again. Default: new ones
   */
  constructor(memory: Memory, most: number, words?: Int32Array) {
    this.memory = memory;
    this.words = words ?? memory.words(Int32Array, LEAST_SEGMENTS, HEAD + RECORD * most);
  }

  get count(): number {
    return this.words[COUNT]!;
  }

  /** Bytes of words in use. */
  get bytes(): number {
    return 4 * (HEAD + RECORD * this.count);
  }

  /** Whether there is no room for another one: words that threads share cannot become longer. */
  get isFull(): boolean {
    return HEAD + RECORD * (this.count + 1) > this.words.length && isGated(this.memory);
  }

  /** Returns the index of the segment that holds a granule, −1 if none does. */
  find(granule: number): number {
    const { words } = this;
    let low = 0;
    let high = words[0]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (words[HEAD + RECORD * middle + START]! <= granule) low = middle + 1;
      else high = middle;
    }
    return low > 0 && granule < this.end(low - 1) ? low - 1 : -1;
  }

  /** Returns the index of the top, −1 if there is none: no segment holds granule 0. */
  top(): number {
    return this.find(this.words[TOP]!);
  }

  start(index: number): number {
    return this.words[HEAD + RECORD * index + START]!;
  }

  end(index: number): number {
    return this.start(index) + this.words[HEAD + RECORD * index + LENGTH]!;
  }

  ptr(index: number): Ptr {
    return (this.start(index) * GRANULE) as Ptr;
  }

  layout(index: number): Layout {
    const words = this.words;
    const at = HEAD + RECORD * index;
    return Layout.of(words[at + LENGTH]! * GRANULE, 2 ** words[at + LOG]!);
  }

  /** Adds a segment, which becomes the top. */
  add(start: number, length: number, align: number): void {
    const used = HEAD + RECORD * this.count;
    this.words = this.memory.widen(this.words, used + RECORD);
    const { words } = this;
    let at = used;
    while (at > HEAD && words[at - RECORD + START]! > start) at -= RECORD;
    words.copyWithin(at + RECORD, at, used);
    words.set([start, length, Math.log2(align)], at);
    words[COUNT]!++;
    words[TOP] = start;
  }

  resize(index: number, length: number): void {
    this.words[HEAD + RECORD * index + LENGTH] = length;
  }

  /** Removes a segment. If it was the top, there is no top until the next one is added, because no segment holds its start. */
  remove(index: number): void {
    const { words } = this;
    const at = HEAD + RECORD * index;
    words.copyWithin(at, at + RECORD, HEAD + RECORD * words[COUNT]!);
    words[COUNT]!--;
  }

  clear(): void {
    this.words.fill(0, 0, HEAD);
  }
}
