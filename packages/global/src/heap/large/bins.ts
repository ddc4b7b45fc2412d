/**
 * Bins: the free extents by size, so that a good fit is found without a long search; and their splitting and coalescing.
 *
 *     granules    0 … 15    16 … 31    32 34 36 … 62    64 68 … 124    128 …
 *     bin         0 … 15    16 … 31    32 33 34 … 47    48 49 …  63     64 …      16 bins per octave
 *
 * Two levels of bitmaps show which octaves, and which bins of an octave, are not empty; each bin is a list. A request searches a
 * few extents of its own bin, some of which may be too small, then of the next bin that is not empty, where all are large enough.
 * O(1); the fit is at most 1/16 larger than the best.
 *
 *     carve     │          free          │  ──▶  │ front │ used │    rest    │
 *     absorb    │   free   │  free now   │  ──▶  │          free            │
 *
 * Free extents are in their bins, except while they are split. All sizes in granules.
 *
 * Source: two-level segregated fit (Masmano, Ripoll, Crespo, Real 2004).
 *
 * @module
 */
import { invariant } from "@alloc/core/author";
import { ABOVE, ADDRESS, BELOW, BIN, FREE, KIND, NEXT, PREVIOUS, Records, SIZE } from "../records.ts";
import { BIN_HEADS, BIN_MAPS, BINS_LOG, FIRST, LAST, OCTAVE_MAP, OCTAVES } from "../words.ts";

const PER_OCTAVE = 1 << BINS_LOG;
/** The number of extents to examine in a bin. */
const SEARCH = 8;
/** A rest shorter than the shortest used extent would be useless beside a slab. */
const LEAST_REST = 32;

export class Bins extends Records {
  address(record: number): number {
    return this.words[record + ADDRESS]!;
  }

  size(record: number): number {
    return this.words[record + SIZE]!;
  }

  isFree(record: number): boolean {
    return record !== 0 && this.words[record + KIND] === FREE;
  }

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

  /**
   * Like {@link fit}, for extents that are aligned by chance: looks at `looks` of them, not only at the first few of two bins.
   * For a request that would otherwise make the heap grow, or fail.
   */
  search(size: number, align: number, looks: number): number {
    const { words } = this;
    const bin = binOf(size);
    let record = words[BIN_HEADS + bin]! || this.firstAbove(bin);
    for (let left = looks; left > 0 && record !== 0; left--) {
      if (words[record + SIZE]! >= size + (-words[record + ADDRESS]! & (align - 1))) return record;
      record = words[record + NEXT]! || this.firstAbove(words[record + BIN]!);
    }
    return 0;
  }

  /** Splits a new extent off a free one; the rest in front and behind stays free. */
  carve(free: number, size: number, align: number, least: number): number {
    const { words } = this;
    const front = -words[free + ADDRESS]! & (align - 1);
    if (front !== 0) {
      const rest = this.split(free, front);
      this.resize(free, front);
      this.insert(rest);
      return this.carve(rest, size, align, least);
    }
    const room = words[free + SIZE]!;
    if (room > size && (least === size || room >= size + LEAST_REST)) return this.cut(free, size);
    this.remove(free);
    return free;
  }

  /** Splits a new extent off the lower end of a longer free one. */
  cut(free: number, size: number): number {
    const record = this.make(this.address(free), size);
    const { words } = this;
    const below = words[free + BELOW]!;
    if (below !== 0) words[below + ABOVE] = record;
    words[record + BELOW] = below;
    words[record + ABOVE] = free;
    words[free + BELOW] = record;
    words[free + ADDRESS]! += size;
    this.resize(free, words[free + SIZE]! - size);
    return record;
  }

  /** Splits an extent after `size` granules. Returns the upper part: free, and not in a bin yet. */
  split(record: number, size: number): number {
    const upper = this.make(this.address(record) + size, this.size(record) - size);
    this.join(upper, this.words[record + ABOVE]!);
    this.join(record, upper);
    return upper;
  }

  /** Divides a used extent after `size` granules. Returns the upper part, of the same kind; the directory does not know it yet. */
  divide(record: number, size: number): number {
    const upper = this.split(record, size);
    const { words } = this;
    words[record + SIZE] = size;
    words[upper + KIND] = words[record + KIND]!;
    if (words[LAST] === record) words[LAST] = upper;
    return upper;
  }

  /** Coalesces a free extent with the one above it. */
  absorb(free: number, above: number): void {
    const { words } = this;
    const size = words[free + SIZE]! + words[above + SIZE]!;
    this.join(free, words[above + ABOVE]!);
    this.drop(above);
    this.resize(free, size);
  }

  /** Moves the start of a free extent up, or down if `by` is negative. Drops it if nothing is left. */
  moveStart(free: number, by: number): void {
    const { words } = this;
    const size = words[free + SIZE]! - by;
    if (size !== 0) {
      words[free + ADDRESS]! += by;
      this.resize(free, size);
    } else {
      this.remove(free);
      this.join(words[free + BELOW]!, words[free + ABOVE]!);
      this.drop(free);
    }
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
