/**
 * Bins: the free extents by size, so that a good fit is found without a long search.
 *
 *     granules    0 … 15    16 … 31    32 34 36 … 62    64 68 … 124    128 …
 *     bin         0 … 15    16 … 31    32 33 34 … 47    48 49 …  63     64 …      16 bins per octave
 *
 * Two levels of bitmaps show which octaves, and which bins of an octave, are not empty; each bin is a list. A request searches a
 * few extents of its own bin, some of which may be too small, then of the next bin that is not empty, where all are large enough.
 * O(1); the fit is at most 1/16 larger than the best.
 *
 * Source: two-level segregated fit (Masmano, Ripoll, Crespo, Real 2004).
 *
 * @module
 */
import { invariant } from "@alloc/core/author";
import { ADDRESS, BIN, FREE, KIND, NEXT, PREVIOUS, Records, SIZE } from "../records.ts";
import { BIN_HEADS, BIN_MAPS, BINS_LOG, FIRST, OCTAVE_MAP, OCTAVES } from "../words.ts";

const PER_OCTAVE = 1 << BINS_LOG;
/** The number of extents to examine in a bin. */
const SEARCH = 8;

export class Bins extends Records {
  /** Returns the number of bins for extents longer than `size`. If there are none so long, their words were never in use. */
  above(size: number): number {
    return OCTAVES * PER_OCTAVE - 1 - binOf(size);
  }

  insert(record: number): void {
    this.file(record, binOf(this.words[record + SIZE]!));
  }

  remove(record: number): void {
    const { words } = this;
    const next = words[record + NEXT]!;
    const previous = words[record + PREVIOUS]!;
    if (next !== 0) words[next + PREVIOUS] = previous;
    if (previous !== 0) words[previous + NEXT] = next;
    else this.behead(words[record + BIN]!, next);
  }

  /** Changes the size of a free extent. */
  resize(record: number, size: number): void {
    const { words } = this;
    const bin = binOf(size);
    if (bin === words[record + BIN]) words[record + SIZE] = size;
    else {
      this.remove(record);
      words[record + SIZE] = size;
      this.file(record, bin);
    }
  }

  /** Puts an extent into a bin. */
  file(record: number, bin: number): void {
    const { words } = this;
    const head = words[BIN_HEADS + bin]!;
    words[record + BIN] = bin;
    words[record + NEXT] = head;
    words[record + PREVIOUS] = 0;
    words[BIN_HEADS + bin] = record;
    if (head !== 0) words[head + PREVIOUS] = record;
    else {
      words[BIN_MAPS + (bin >>> BINS_LOG)]! |= 1 << (bin & (PER_OCTAVE - 1));
      words[OCTAVE_MAP]! |= 1 << (bin >>> BINS_LOG);
    }
  }

  /** Removes the first extent of a bin; `next` follows it. */
  behead(bin: number, next: number): void {
    const { words } = this;
    words[BIN_HEADS + bin] = next;
    if (next !== 0) return;
    const octave = bin >>> BINS_LOG;
    const rest = words[BIN_MAPS + octave]! & ~(1 << (bin & (PER_OCTAVE - 1)));
    words[BIN_MAPS + octave] = rest;
    if (rest === 0) words[OCTAVE_MAP]! &= ~(1 << octave);
  }

  /** Returns one of the longest free extents if it has room for `size` granules at a multiple of `align`; otherwise 0. */
  longest(size: number, align: number): number {
    const { words } = this;
    const octaves = words[OCTAVE_MAP]!;
    if (octaves === 0) return 0;
    const octave = highest(octaves);
    const bin = (octave << BINS_LOG) + highest(words[BIN_MAPS + octave]!);
    return this.smallest(words[BIN_HEADS + bin]!, size, align);
  }

  /**
   * Returns a free extent with room for `size` granules at a multiple of `align`; 0 if there is none. It stays in its bin.
   * Extents that are aligned by chance are tried before those that are long enough wherever they start.
   */
  fit(size: number, align = 1): number {
    const bin = binOf(size);
    const head = this.words[BIN_HEADS + bin]!;
    const fit = this.smallest(head, size, align) || this.smallest(this.firstAbove(bin), size, align);
    return fit !== 0 || align === 1 ? fit : this.fit(size + align - 1);
  }

  override clear(): void {
    super.clear();
    this.words.fill(0, OCTAVE_MAP, FIRST);
  }

  /** Throws unless exactly the free extents are listed, each in its bin, and the maps show which bins are not empty. */
  override check(): void {
    super.check();
    const { words } = this;
    let here = 0;
    words.subarray(BIN_HEADS, BIN_HEADS + OCTAVES * PER_OCTAVE).forEach((head, bin) => {
      let before = 0;
      for (let record = head; record !== 0; record = words[record + NEXT]!) {
        invariant(words[record + KIND] === FREE, () => `extent ${record} in bin ${bin} is free`);
        invariant(words[record + BIN] === bin, () => `free extent ${record} knows its bin ${bin}`);
        invariant(
          binOf(words[record + SIZE]!) === bin,
          () => `free extent ${record} is in the bin of its size, not ${bin}`,
        );
        invariant(words[record + PREVIOUS] === before, () => `free extent ${record} knows the one before it`);
        before = record;
        here++;
      }
      const mapped = (words[BIN_MAPS + (bin >>> BINS_LOG)]! >>> (bin & (PER_OCTAVE - 1))) & 1;
      invariant((head !== 0) === (mapped === 1), () => `the map shows whether bin ${bin} is empty`);
    });
    for (let octave = 0; octave < OCTAVES; octave++) {
      const mapped = (words[OCTAVE_MAP]! >>> octave) & 1;
      invariant(
        (words[BIN_MAPS + octave] !== 0) === (mapped === 1),
        () => `the map shows whether octave ${octave} is empty`,
      );
    }
    let free = 0;
    this.each((record) => {
      if (words[record + KIND] === FREE) free++;
    });
    invariant(free === here, () => `all ${free} free extents are in bins, got ${here}`);
  }

  /** Returns the smallest of the first few extents of a list with room; 0 if none has. */
  smallest(head: number, size: number, align: number): number {
    const { words } = this;
    let best = 0;
    let least = 0x7fffffff;
    for (let record = head, looks = SEARCH; looks > 0 && record !== 0; looks--) {
      const room = words[record + SIZE]!;
      if (room < least && room >= size + (-words[record + ADDRESS]! & (align - 1))) {
        best = record;
        if (room === size) break;
        least = room;
      }
      record = words[record + NEXT]!;
    }
    return best;
  }

  /** Returns the first extent of the next larger bin that is not empty; 0 if there is none. */
  firstAbove(bin: number): number {
    const { words } = this;
    const octave = bin >>> BINS_LOG;
    const bins = words[BIN_MAPS + octave]! & (-2 << (bin & (PER_OCTAVE - 1)));
    if (bins !== 0) return words[BIN_HEADS + (octave << BINS_LOG) + lowest(bins)]!;
    const octaves = words[OCTAVE_MAP]! & (-2 << octave);
    if (octaves === 0) return 0;
    const above = lowest(octaves);
    return words[BIN_HEADS + (above << BINS_LOG) + lowest(words[BIN_MAPS + above]!)]!;
  }
}

/** Returns the bin of a size, rounded down: an extent goes to the bin whose sizes it can serve. */
export function binOf(size: number): number {
  if (size < PER_OCTAVE) return size;
  const shift = 31 - Math.clz32(size) - BINS_LOG;
  return ((shift + 1) << BINS_LOG) + ((size >>> shift) & (PER_OCTAVE - 1));
}

function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

function highest(bits: number): number {
  return 31 - Math.clz32(bits);
}
