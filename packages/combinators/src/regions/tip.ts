/**
 * Tip: the blocks that a free tree took from its child, and the free ranges in them.
 *
 *     segments    │ live │░░ free ░░│ live │          │ live │ live │░░ free ░░│┈┈ missing ┈┈
 *                                                       the top                  resizeInPlace
 *
 * If no range fits a request, the top (the youngest block of the child) is extended in place, by the bytes missing behind the
 * range at its end. Only if that fails is a new block requested.
 *
 * @module
 */
import { type Allocator, type BlockVisitor, can, Layout, type Ptr } from "@alloc/core";
import { attempt, invariant } from "@alloc/core/author";
import type { Child } from "../composable.ts";
import { Ranges } from "./ranges.ts";
import { GRANULE, Segments } from "./segments.ts";

/** The number of records in shared words, which are made at full length: 2 MiB for the ranges of 16 MiB, and at most 12 MiB. */
const LEAST_ROOM = 2 ** 16;
const MOST_ROOM = 2 ** 19;
const BYTES_PER_RANGE = 192;
const MOST_SEGMENTS = 2 ** 12;

/** The words of a tip. */
export interface TipWords {
  readonly ranges: Int32Array;
  readonly segments: Int32Array;
}

export class Tip {
  readonly inner: Child;
  readonly ranges: Ranges;
  readonly segments: Segments;
  /** Whether the child is being called: its callbacks may re-enter, and must find the segments unchanged. */
  isCalling = false;
  /** How often segments were forgotten: a call of the child that changes it has ended the blocks it was about. */
  endings = 0;
  /** Forgets the segments of a child that was reset. */
  readonly refresh: () => void;

  /** @param words - those of a tree that is made again. Default: new ones */
  constructor(inner: Child, refresh: () => void, words?: TipWords) {
    const { memory } = inner;
    this.inner = inner;
    this.refresh = refresh;
    this.ranges = new Ranges(memory, mostRanges(memory.maximum), words?.ranges);
    this.segments = new Segments(memory, MOST_SEGMENTS, words?.segments);
  }

  /** Bytes of words in use. */
  get bytes(): number {
    return this.ranges.bytes + this.segments.bytes;
  }

  /** Takes `length` free granules at a multiple of `step`. Returns the first one, 0 if there is no room. */
  take(length: number, step: number): number {
    const { ranges } = this;
    let range = ranges.fit(length);
    if (range !== 0 && step > 1 && up(ranges.start(range), step) + length > ranges.end(range)) {
      range = ranges.fit(length + step - 1);
    }
    if (range === 0) {
      range = this.extend(length, step);
      // Callbacks of the child may have taken some of it.
      if (range === 0 || up(ranges.start(range), step) + length > ranges.end(range)) return 0;
    }
    const start = up(ranges.start(range), step);
    ranges.remove(range, start, length);
    return start;
  }

  /** Takes `more` granules right behind a block. Returns false if they are neither free nor available from the child. */
  lengthen(end: number, more: number): boolean {
    const { ranges, segments } = this;
    const next = ranges.at(end);
    const room = next !== 0 && ranges.start(next) === end ? ranges.length(next) : 0;
    if (room < more) {
      const top = segments.top();
      if (top < 0 || end + room !== segments.end(top) || !this.extendTop(top, more - room)) return false;
    }
    const behind = ranges.at(end);
    if (behind === 0 || ranges.start(behind) !== end || ranges.length(behind) < more) return false;
    ranges.remove(behind, end, more);
    return true;
  }

  /** Returns a range with enough room, extended by the child; 0 if the child has no room. */
  extend(length: number, step: number): number {
    const { ranges, segments, inner } = this;
    if (this.isCalling) return 0;
    const top = segments.top();
    if (top >= 0) {
      const end = segments.end(top);
      const last = ranges.at(end);
      const start = last !== 0 && ranges.end(last) === end ? ranges.start(last) : end;
      const missing = up(start, step) + length - end;
      if (missing <= 0) return last;
      if (this.extendTop(top, missing)) return ranges.at(end);
    }
    if (segments.isFull) return 0;
    const layout = layoutOfGranules(length, step * GRANULE)!;
    // Asked first, so that no block is lost if the child throws.
    const room = this.roomOf(layout);
    const ptr = this.calling(() => inner.allocate(layout));
    if (ptr === 0) return 0;
    segments.add(ptr / GRANULE, room, layout.align);
    ranges.add(ptr / GRANULE, room);
    return ranges.at(ptr / GRANULE);
  }

  /** Extends the top in place by at least `more` granules, which become free. */
  extendTop(top: number, more: number): boolean {
    const { ranges, segments, inner, endings } = this;
    const end = segments.end(top);
    const from = segments.layout(top);
    const to = layoutOfGranules(end - segments.start(top) + more, from.align);
    if (to === undefined || this.isCalling) return false;
    const room = this.roomOf(to);
    const isDone = this.calling(() => inner.resizeInPlace?.(segments.ptr(top), from, to) === true);
    if (!isDone || this.endings !== endings) return false;
    segments.resize(top, room);
    return ranges.add(end, segments.end(top) - end);
  }

  /**
   * Returns the free range at the end of the top to the child, if the child resizes in place. For any other child a release might
   * be useless.
   */
  releaseTop(): void {
    const { ranges, segments, inner, endings } = this;
    const top = segments.top();
    if (top < 0 || this.isCalling || !can<Allocator, "resizeInPlace">(inner, "resizeInPlace")) return;
    const [start, end] = [segments.start(top), segments.end(top)];
    const last = ranges.at(end);
    if (last === 0 || ranges.end(last) !== end) return;
    const [ptr, from] = [segments.ptr(top), segments.layout(top)];
    const free = Math.max(ranges.start(last), start);
    const to = layoutOfGranules(free - start, from.align)!;
    const room = free === start ? 0 : this.roomOf(to);
    // Removed before the child is called, because its callbacks may re-enter.
    ranges.remove(last, free, end - free);
    let kept = end;
    try {
      if (free === start) {
        this.calling(() => inner.deallocate(ptr, from));
        if (this.endings === endings) segments.remove(top);
        kept = free;
      } else if (this.calling(() => inner.resizeInPlace(ptr, from, to)) && this.endings === endings) {
        segments.resize(top, room);
        kept = segments.end(top);
      }
    } finally {
      if (kept > free && this.endings === endings) ranges.add(free, kept - free);
    }
  }

  /** Releases all blocks, the highest first: over a region that is the last one. None is left here, whatever is thrown. */
  releaseAll(errors: unknown[]): void {
    const { inner, ranges, segments } = this;
    ranges.clear();
    while (segments.count > 0) {
      const index = segments.count - 1;
      const [ptr, layout] = [segments.ptr(index), segments.layout(index)];
      segments.remove(index);
      attempt(errors, () => inner.deallocate(ptr, layout));
    }
  }

  /** Forgets the blocks that have ended, as their address shows, and the free ranges in them. */
  forget(hasEnded: (ptr: Ptr) => boolean): void {
    const { ranges, segments } = this;
    this.endings++;
    for (let index = segments.count - 1; index >= 0; index--) {
      if (!hasEnded(segments.ptr(index))) continue;
      const [start, end] = [segments.start(index), segments.end(index)];
      for (let at = ranges.at(end - 1); at !== 0 && ranges.end(at) > start; at = ranges.at(end - 1)) {
        const from = Math.max(start, ranges.start(at));
        ranges.remove(at, from, Math.min(end, ranges.end(at)) - from);
      }
      segments.remove(index);
    }
  }

  /** Runs a call of the child, whose callbacks may have reset it. */
  calling<T>(call: () => T): T {
    this.isCalling = true;
    try {
      return call();
    } finally {
      this.isCalling = false;
      this.refresh();
    }
  }

  clear(): void {
    this.endings++;
    this.ranges.clear();
    this.segments.clear();
  }

  check(): void {
    const { ranges, segments } = this;
    ranges.check();
    for (const range of ranges.list()) {
      for (let at = ranges.start(range); at < ranges.end(range); ) {
        const segment = segments.find(at);
        invariant(segment >= 0, () => `free tree: free ranges lie in blocks of the child, got granule ${at}`);
        at = segments.end(segment);
      }
    }
  }

  /**
   * Visits the free ranges by address, and the gaps between them as one live range each, because live blocks are not recorded.
   * Blocks of the child that touch count as one: free ranges of both may have been handed out together.
   */
  visit(visit: BlockVisitor): void {
    const { ranges, segments } = this;
    const free = ranges.list().map((range) => [ranges.start(range), ranges.end(range)] as const);
    const found: [start: number, end: number, state: "live" | "free"][] = [];
    let next = 0;
    for (let index = 0; index < segments.count; ) {
      let at = segments.start(index);
      let end = segments.end(index++);
      while (index < segments.count && segments.start(index) === end) end = segments.end(index++);
      for (; next < free.length && free[next]![0] < end; next++) {
        const [from, to] = free[next]!;
        if (from > at) found.push([at, from, "live"]);
        found.push([from, to, "free"]);
        at = to;
      }
      if (at < end) found.push([at, end, "live"]);
    }
    for (const [from, to, state] of found) visit(from * GRANULE, (to - from) * GRANULE, state);
  }

  /** Returns the number of whole granules in the child's block for a layout. */
  roomOf(layout: Layout): number {
    return Math.floor(Math.max(layout.size, this.inner.usableSize(layout)) / GRANULE);
  }
}

/** Returns the number of ranges for which shared words have room. */
function mostRanges(maximum: number): number {
  // Ranges do not touch, so there is at least one granule between two.
  const possible = Math.ceil(maximum / GRANULE / 2);
  return Math.min(possible, Math.max(LEAST_ROOM, Math.ceil(maximum / BYTES_PER_RANGE)), MOST_ROOM);
}

/** Returns the layout of `length` granules; undefined if the size is out of bounds. */
export function layoutOfGranules(length: number, align: number): Layout | undefined {
  const most = Math.max(align, GRANULE);
  return length * GRANULE > 2 ** 32 - most ? undefined : Layout.of(length * GRANULE, most);
}

/** Rounds a number of granules up to a multiple of `step`. */
function up(granule: number, step: number): number {
  return Math.ceil(granule / step) * step;
}
