/**
 * Ranges: free extents, and how others are cut out of them and joined to them again.
 *
 *     carve     │          free          │  ──▶  │ front │ used │    rest    │
 *     absorb    │   free   │  free now   │  ──▶  │          free            │
 *
 * Free extents are in their bins, but for the moment in which they are cut. All in granules.
 *
 * @module
 */

import { ABOVE, ADDRESS, BELOW, FREE, KIND, SIZE } from "../records.ts";
import { Bins } from "./bins.ts";

/** What is shorter than the shortest used extent is worth nothing beside a slab. */
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

  /** Cuts a new extent out of a free one; what is left in front and behind stays free. */
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

  /** Cuts a new extent off the lower end of a free one that is longer. */
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

  /** Cuts an extent after `size` granules, and answers the upper part: free, and in no bin yet. */
  split(record: number, size: number): number {
    const upper = this.make(this.address(record) + size, this.size(record) - size);
    this.join(upper, this.words[record + ABOVE]!);
    this.join(record, upper);
    return upper;
  }

  /** Makes a free extent reach over the one above it. */
  absorb(free: number, above: number): void {
    const { words } = this;
    const size = words[free + SIZE]! + words[above + SIZE]!;
    this.join(free, words[above + ABOVE]!);
    this.drop(above);
    this.resize(free, size);
  }

  /** Moves the start of a free extent up, or down if `by` is negative. One of which nothing is left is dropped. */
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
