/**
 * Ranges: splitting and coalescing of free extents.
 *
 *     carve     │          free          │  ──▶  │ front │ used │    rest    │
 *     absorb    │   free   │  free now   │  ──▶  │          free            │
 *
 * Free extents are in their bins, except while they are split. All sizes in granules.
 *
 * @module
 */

import { ABOVE, ADDRESS, BELOW, FREE, KIND, SIZE } from "../records.ts";
import { Bins } from "./bins.ts";

/** A rest shorter than the shortest used extent would be useless beside a slab. */
const LEAST_REST = 32;

export class Ranges extends Bins {
  address(record: number): number {
    return this.words[record + ADDRESS]!;
  }

  size(record: number): number {
    return this.words[record + SIZE]!;
  }

  isFree(record: number): boolean {
    return record !== 0 && this.words[record + KIND] === FREE;
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
}
