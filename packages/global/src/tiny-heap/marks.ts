/**
 * Marks: the ranges of a tiny heap, sorted by address.
 *
 *     memory    ┈┈ not ours ┈┈│ live │ live │    free    │   live   │ free │┈┈ not ours ┈┈
 *     marks     GAP           LIVE   LIVE   FREE         LIVE       FREE   GAP               granule * 4 + kind
 *
 * A range ends at the next mark, so one word describes it. Free ranges never touch. A GAP ends every chunk, so adjoining chunks
 * stay apart. A position is the index of a mark; mark 0 is a GAP, because no block has the address NULL.
 *
 * The search for the lowest free range with room starts at a hint. There is one hint per class of sizes: no free range of this or
 * a larger class starts below it. Hints ascend with the classes. A search raises them and a release lowers them, both only as far
 * as they change.
 *
 * The heap extends this class instead of containing it, which saves a tenth of the code.
 *
 * @module
 */
import { Allocator, alignUp, type BlockVisitor, type Capabilities, type Memory } from "@alloc/core";
import { hide, invariant } from "@alloc/core/author";

/** Bytes of the unit of addresses in marks. */
export const GRANULE = 8;

/** Kinds of ranges. */
export const GAP = 0;
export const FREE = 1;
export const LIVE = 2;
const KINDS = 4;

/** Words of `state`: the number of marks, the bytes of all chunks, the peak in units of 4 bytes, whether the parent is short; then the hints, as addresses. */
export const COUNT = 0;
export const HELD = 1;
export const PEAK = 2;
export const SHORT = 3;
const HINTS = 4;
/** Number of classes of sizes below 4 GiB: see `hintOf`. */
const CLASSES = 8 * 29 + 1;
/** The number of words of `state`. */
export const STATE = HINTS + CLASSES;

/** The words of a tiny heap. */
export interface Found {
  readonly state: Uint32Array;
  readonly marks: Uint32Array;
}

/** The list of ranges of a tiny heap. Addresses and sizes are in bytes, and multiples of the granule. */
export abstract class Marked extends Allocator {
  override readonly memory: Memory;
  /** The field of the base class; its `resizeInPlace` is tested for where it is used. */
  declare readonly parent: Allocator & Partial<Capabilities>;
  /** The largest number of marks. */
  readonly most!: number;
  readonly state!: Uint32Array;
  marks!: Uint32Array;

  /** @param found - the words of a heap that is made again. Default: new ones */
  constructor(parent: Allocator, most: number, found?: Found) {
    super(parent);
    const { memory } = parent;
    this.memory = memory;
    hide(this, {
      most,
      state: found?.state ?? memory.words(Uint32Array, STATE),
      marks: found?.marks ?? memory.words(Uint32Array, 16, most),
    });
    if (found === undefined) this.replace(0, 0, [GAP]);
  }

  /** Makes each chunk one free range. */
  reset(): void {
    for (const [base, gap] of this.chunks()) this.replace(base, gap, [this.start(base) / 2 + FREE]);
    this.state.fill(0, HINTS);
  }

  /** Throws unless the marks ascend, searches find every free range, none touch, and the rest of the chunks is live. */
  check(): void {
    const { marks, state } = this;
    let held = 0;
    for (let position = 0; position < this.last; position++) {
      const start = this.start(position);
      const size = this.start(position + 1) - start;
      invariant(marks[position]! < marks[position + 1]!, () => "marks ascend");
      if (this.kind(position) !== GAP) held += size;
      if (this.kind(position) !== FREE) continue;
      const isFound = state[hintOf(size)]! <= start && this.kind(position + 1) !== FREE;
      invariant(isFound, () => `free range at ${start} is found`);
    }
    invariant(held === state[HELD], () => `chunks have ${state[HELD]} bytes, got ${held}`);
  }

  /** Visits each live block and each free range in address order. O(marks). */
  blocks(visit: BlockVisitor): void {
    for (let position = 0; position < this.last; position++) {
      const start = this.start(position);
      const kind = this.kind(position);
      if (kind !== GAP) visit(start, this.start(position + 1) - start, kind === LIVE ? "live" : "free");
    }
  }

  /** The position of the last mark: the end of the highest chunk. */
  get last(): number {
    return this.state[COUNT]! - 1;
  }

  /** Words in use. */
  get used(): number {
    return this.state[COUNT]! + this.state.length;
  }

  /** Returns the address at a position, in bytes. */
  start(position: number): number {
    return (this.marks[position]! >>> 2) * GRANULE;
  }

  kind(position: number): number {
    return this.marks[position]! % KINDS;
  }

  /** Returns the position of the free range that ends at a position; the position itself if there is none. */
  below(position: number): number {
    return this.kind(position - 1) === FREE ? position - 1 : position;
  }

  /** Returns the position after a range and, if it is free, the range that follows it. */
  above(position: number): number {
    return this.kind(position + 1) === FREE ? position + 2 : position + 1;
  }

  /** Returns the position of the last mark at or below an address. O(log marks). */
  find(ptr: number): number {
    const { marks } = this;
    const mark = Math.floor(ptr / GRANULE) * KINDS + LIVE;
    let low = 0;
    let high = this.last + 1;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (marks[middle]! <= mark) low = middle;
      else high = middle;
    }
    return low;
  }

  /** Returns the position of the lowest free range with room; 0 if there is none. O(marks). */
  fit(size: number, align: number): number {
    const { state, last } = this;
    const least = hintOf(size);
    let passed = 0;
    for (let position = this.find(state[least]!); position < last; position++) {
      if (this.kind(position) !== FREE) continue;
      const start = this.start(position);
      const end = this.start(position + 1);
      if (alignUp(start, align) + size <= end) {
        for (let hint = Math.max(least, hintOf(passed) + 1); state[hint]! < start; hint++) state[hint] = start;
        return position;
      }
      passed = Math.max(passed, end - start);
    }
    return 0;
  }

  /** Makes a live block in the range between two positions; the rest in front and behind becomes free. */
  occupy(from: number, to: number, start: number, end: number): void {
    const marks = [start / 2 + LIVE];
    if (this.start(from) < start) marks.unshift(this.start(from) / 2 + FREE);
    if (this.start(to) > end) marks.push(end / 2 + FREE);
    this.replace(from, to, marks);
  }

  /** Frees the range at a position, and coalesces it with its free neighbours. */
  release(position: number): void {
    const { state } = this;
    const first = this.below(position);
    const above = this.above(position);
    const start = this.start(first);
    for (let hint = hintOf(this.start(above) - start); state[hint]! > start; hint--) state[hint] = start;
    this.replace(first, above, [start / 2 + FREE]);
  }

  /** Replaces the marks between two positions. O(marks), by one `copyWithin`. */
  replace(from: number, to: number, marks: readonly number[]): void {
    const { state } = this;
    const next = from + marks.length;
    const count = state[COUNT]!;
    if (next !== to) {
      state[COUNT] = count + next - to;
      this.marks = this.memory.widen(this.marks, state[COUNT]!);
      this.marks.copyWithin(next, to, count);
    }
    this.marks.set(marks, from);
    state[PEAK] = Math.max(state[PEAK]!, state[HELD]! / 4 + this.used);
  }

  /** Yields the first and the last position of each chunk, highest first: the caller may change the current one. O(marks). */
  *chunks(): Generator<[base: number, gap: number]> {
    for (let gap = this.last; gap > 0; ) {
      let base = gap - 1;
      while (this.kind(base - 1) !== GAP) base--;
      yield [base, gap];
      gap = base - 1;
    }
  }
}

/** Returns the index of the hint for a size. A class is an eighth of an octave; small sizes have one each. */
function hintOf(bytes: number): number {
  return HINTS + Math.floor(8 * Math.log2(1 + bytes / GRANULE));
}
