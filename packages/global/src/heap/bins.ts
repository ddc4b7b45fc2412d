/**
 * Bins: the free extents by size, so that a good fit is found without a walk.
 *
 *     granules    0 … 15    16 … 31    32 34 36 … 62    64 68 … 124    128 …
 *     bin         0 … 15    16 … 31    32 33 34 … 47    48 49 …  63     64 …      sixteen to an octave
 *
 * Two levels of bitmaps tell which octaves, and which bins of an octave, hold an extent; each bin is a list. A request
 * searches a few extents of its own bin, where some may be too small, and then of the next bin that is not empty, where none
 * is. O(1), and the fit is at most a sixteenth larger than the best.
 *
 * Source: two-level segregated fit (Masmano, Ripoll, Crespo, Real 2004).
 *
 * @module
 */
import { invariant, type Memory } from "@alloc/core";
import { ADDRESS, FREE, KIND, NEXT, PREVIOUS, type Records, SIZE } from "./records.ts";

const LOG = 4;
const PER_OCTAVE = 1 << LOG;
/** Sizes are granules of 16 B below 4 GiB: less than 2 ** 28. */
const OCTAVES = 28 - LOG + 1;
/** How many extents of a bin are looked at. */
const SEARCH = 8;

/** Word 0 of `maps`: the octaves that are not empty; then a word for the bins of each octave. */
const OCTAVE_MAP = 0;

export class Bins {
  readonly records: Records;
  /** The first extent of each bin. */
  readonly heads: Int32Array;
  readonly maps: Int32Array;

  constructor(memory: Memory, records: Records) {
    this.records = records;
    this.heads = memory.words(Int32Array, OCTAVES * PER_OCTAVE);
    this.maps = memory.words(Int32Array, 1 + OCTAVES);
  }

  /** Answers the words that are in use where no extent is longer than `size`. */
  used(size: number): number {
    return binOf(size) + 1 + this.maps.length;
  }

  insert(record: number): void {
    const { heads } = this;
    const { words } = this.records;
    const bin = binOf(words[record + SIZE]!);
    const head = heads[bin]!;
    words[record + NEXT] = head;
    words[record + PREVIOUS] = 0;
    heads[bin] = record;
    if (head !== 0) words[head + PREVIOUS] = record;
    else {
      this.maps[1 + (bin >>> LOG)]! |= 1 << (bin & (PER_OCTAVE - 1));
      this.maps[OCTAVE_MAP]! |= 1 << (bin >>> LOG);
    }
  }

  remove(record: number): void {
    const { words } = this.records;
    const next = words[record + NEXT]!;
    const previous = words[record + PREVIOUS]!;
    if (next !== 0) words[next + PREVIOUS] = previous;
    if (previous !== 0) words[previous + NEXT] = next;
    else this.behead(binOf(words[record + SIZE]!), next);
  }

  /** Takes the first extent out of a bin, behind which `next` stands. */
  behead(bin: number, next: number): void {
    const { heads, maps } = this;
    const octave = bin >>> LOG;
    heads[bin] = next;
    if (next !== 0) return;
    const rest = maps[1 + octave]! & ~(1 << (bin & (PER_OCTAVE - 1)));
    maps[1 + octave] = rest;
    if (rest === 0) maps[OCTAVE_MAP]! &= ~(1 << octave);
  }

  /** Gives a free extent another size. */
  resize(record: number, size: number): void {
    const { words } = this.records;
    if (binOf(size) === binOf(words[record + SIZE]!)) words[record + SIZE] = size;
    else {
      this.remove(record);
      words[record + SIZE] = size;
      this.insert(record);
    }
  }

  /** Answers one of the longest free extents if it has room for `size` granules at a multiple of `align`, else 0. */
  longest(size: number, align: number): number {
    const octaves = this.maps[OCTAVE_MAP]!;
    if (octaves === 0) return 0;
    const octave = highest(octaves);
    return this.best(this.heads[(octave << LOG) + highest(this.maps[1 + octave]!)]!, size, align);
  }

  /**
   * Answers a free extent with room for `size` granules that start at a multiple of `align`, 0 if there is none. It stays in
   * its bin. One that is aligned by chance is looked for before one that is long enough wherever it starts.
   */
  fit(size: number, align = 1): number {
    const bin = binOf(size);
    const fit = this.best(this.heads[bin]!, size, align) || this.best(this.firstAbove(bin), size, align);
    return fit !== 0 || align === 1 ? fit : this.fit(size + align - 1);
  }

  clear(): void {
    this.heads.fill(0);
    this.maps.fill(0);
  }

  /** Throws unless exactly the free extents are here, each in its bin, and the maps tell which bins are not empty. */
  check(): void {
    const { words } = this.records;
    let here = 0;
    this.heads.forEach((head, bin) => {
      let before = 0;
      for (let record = head; record !== 0; record = words[record + NEXT]!) {
        invariant(words[record + KIND] === FREE, `extent ${record} in bin ${bin} is free`);
        invariant(binOf(words[record + SIZE]!) === bin, `free extent ${record} is in the bin of its size, not ${bin}`);
        invariant(words[record + PREVIOUS] === before, `free extent ${record} knows the one before it`);
        before = record;
        here++;
      }
      const mapped = (this.maps[1 + (bin >>> LOG)]! >>> (bin & (PER_OCTAVE - 1))) & 1;
      invariant((head !== 0) === (mapped === 1), `the map tells whether bin ${bin} is empty`);
    });
    for (let octave = 0; octave < OCTAVES; octave++) {
      const mapped = (this.maps[OCTAVE_MAP]! >>> octave) & 1;
      invariant((this.maps[1 + octave] !== 0) === (mapped === 1), `the map tells whether octave ${octave} is empty`);
    }
    let free = 0;
    this.records.each((record) => {
      if (words[record + KIND] === FREE) free++;
    });
    invariant(free === here, `of ${free} free extents all are in a bin, came ${here}`);
  }

  /** Answers the smallest of the first few extents of a list that has room; 0 if none of them has. */
  best(head: number, size: number, align: number): number {
    const { words } = this.records;
    let best = 0;
    let least = 0x7fffffff;
    let record = head;
    for (let looks = SEARCH; looks > 0 && record !== 0; looks--) {
      const room = words[record + SIZE]!;
      if (room < least && room >= size + (-words[record + ADDRESS]! & (align - 1))) {
        best = record;
        least = room;
      }
      record = words[record + NEXT]!;
    }
    return best;
  }

  /** Answers the first extent of the next bin above that is not empty; 0 if all are. */
  firstAbove(bin: number): number {
    const octave = bin >>> LOG;
    const bins = this.maps[1 + octave]! & (-2 << (bin & (PER_OCTAVE - 1)));
    if (bins !== 0) return this.heads[(octave << LOG) + lowest(bins)]!;
    const octaves = this.maps[OCTAVE_MAP]! & (-2 << octave);
    if (octaves === 0) return 0;
    const above = lowest(octaves);
    return this.heads[(above << LOG) + lowest(this.maps[1 + above]!)]!;
  }
}

/** Rounds down: an extent goes to the bin whose sizes it can serve. */
export function binOf(size: number): number {
  if (size < PER_OCTAVE) return size;
  const shift = 31 - Math.clz32(size) - LOG;
  return ((shift + 1) << LOG) + ((size >>> shift) & (PER_OCTAVE - 1));
}

function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

function highest(bits: number): number {
  return 31 - Math.clz32(bits);
}
