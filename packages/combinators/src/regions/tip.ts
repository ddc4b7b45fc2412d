/**
 * Tip: the blocks that a free tree has of its child, and what is free in them.
 *
 *     segments    │ live │░░ free ░░│ live │          │ live │ live │░░ free ░░│┈┈ missing ┈┈
 *                                                       the top                  resizeInPlace
 *
 * The youngest block of the child, the top, is made longer in place where a request has no room, by what is missing behind the
 * range at its end. Only where that cannot be a new one is asked for.
 *
 * @module
 */
import { type Allocator, attempt, type BlockVisitor, can, invariant, Layout, type Ptr } from "@alloc/core";
import type { Child } from "../composable.ts";
import { Ranges } from "./ranges.ts";
import { GRANULE, Segments } from "./segments.ts";

/** Of shared words so many records are made at once, at most: those of ranges have 12 MiB then. */
const MOST_RANGES = 2 ** 19;
const MOST_SEGMENTS = 2 ** 12;

export class Tip {
  readonly inner: Child;
  readonly ranges: Ranges;
  readonly segments: Segments;
  /** Whether the child is called: what it calls may come back, and finds the segments as they are. */
  isCalling = false;

  constructor(inner: Child) {
    const { memory } = inner;
    this.inner = inner;
    // Two ranges do not touch, so there is a granule between them.
    this.ranges = new Ranges(memory, Math.min(Math.ceil(memory.maximum / GRANULE / 2), MOST_RANGES));
    this.segments = new Segments(memory, MOST_SEGMENTS);
  }

  /** Bytes of the words in use. */
  get bytes(): number {
    return this.ranges.bytes + this.segments.bytes;
  }

  /** Answers the first of so many free granules, at a multiple of `step`; 0 if there is no room. They are not free then. */
  take(length: number, step: number): number {
    const { ranges } = this;
    let range = ranges.fit(length);
    if (range !== 0 && step > 1 && up(ranges.start(range), step) + length > ranges.end(range)) {
      range = ranges.fit(length + step - 1);
    }
    if (range === 0) {
      range = this.extend(length, step);
      // What the child called may have taken some of it.
      if (range === 0 || up(ranges.start(range), step) + length > ranges.end(range)) return 0;
    }
    const start = up(ranges.start(range), step);
    ranges.remove(range, start, length);
    return start;
  }

  /** Takes so many granules from those behind a block; false if they are not free and cannot be had. */
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

  /** Answers a range with room, from the child; 0 if that has none. */
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
    const layout = layoutOf(length, step * GRANULE)!;
    // Asked before: what the child throws then loses no block.
    const room = this.roomOf(layout);
    const ptr = this.calling(() => inner.allocate(layout));
    if (ptr === 0) return 0;
    segments.add(ptr / GRANULE, room, layout.align);
    ranges.add(ptr / GRANULE, room);
    return ranges.at(ptr / GRANULE);
  }

  /** Makes the top longer by at least so many granules, in place; they are free then. */
  extendTop(top: number, more: number): boolean {
    const { ranges, segments, inner } = this;
    const end = segments.end(top);
    const from = segments.layout(top);
    const to = layoutOf(end - segments.start(top) + more, from.align);
    if (to === undefined || this.isCalling) return false;
    const room = this.roomOf(to);
    if (!this.calling(() => inner.resizeInPlace?.(segments.ptr(top), from, to) === true)) return false;
    segments.resize(top, room);
    return ranges.add(end, segments.end(top) - end);
  }

  /**
   * Gives what is free at the end of the top back, if the child resizes in place. Of any other one it is not known that a
   * release would ever serve anybody.
   */
  giveTop(): void {
    const { ranges, segments, inner } = this;
    const top = segments.top();
    if (top < 0 || this.isCalling || !can<Allocator, "resizeInPlace">(inner, "resizeInPlace")) return;
    const [start, end] = [segments.start(top), segments.end(top)];
    const last = ranges.at(end);
    if (last === 0 || ranges.end(last) !== end) return;
    const [ptr, from] = [segments.ptr(top), segments.layout(top)];
    const free = Math.max(ranges.start(last), start);
    const to = layoutOf(free - start, from.align)!;
    const room = free === start ? 0 : this.roomOf(to);
    // Taken out before the child is called, since what that calls may come back.
    ranges.remove(last, free, end - free);
    let kept = end;
    try {
      if (free === start) {
        this.calling(() => inner.deallocate(ptr, from));
        segments.remove(top);
        kept = free;
      } else if (this.calling(() => inner.resizeInPlace(ptr, from, to))) {
        segments.resize(top, room);
        kept = segments.end(top);
      }
    } finally {
      if (kept > free) ranges.add(free, kept - free);
    }
  }

  /** Gives all blocks back, the highest first: of a region that is the last one. Nothing is left here, whatever is thrown. */
  giveAll(errors: unknown[]): void {
    const { inner, ranges, segments } = this;
    ranges.clear();
    while (segments.count > 0) {
      const index = segments.count - 1;
      const [ptr, layout] = [segments.ptr(index), segments.layout(index)];
      segments.remove(index);
      attempt(errors, () => inner.deallocate(ptr, layout));
    }
  }

  /** Forgets the blocks whose address tells that they have ended, with what was free in them. */
  forget(hasEnded: (ptr: Ptr) => boolean): void {
    const { ranges, segments } = this;
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

  /** Runs a call of the child. */
  calling<T>(call: () => T): T {
    this.isCalling = true;
    try {
      return call();
    } finally {
      this.isCalling = false;
    }
  }

  clear(): void {
    this.ranges.clear();
    this.segments.clear();
  }

  check(): void {
    const { ranges, segments } = this;
    ranges.check();
    for (const range of ranges.list()) {
      for (let at = ranges.start(range); at < ranges.end(range); ) {
        const segment = segments.find(at);
        invariant(segment >= 0, () => `free tree: what is free lies in a block of the child, got granule ${at}`);
        at = segments.end(segment);
      }
    }
  }

  /**
   * Visits what it has, by address: what is free, and what lies between as one live range, since of what is live nothing is kept.
   * Blocks of the child that touch are one here: what was free in both may have been handed out as one.
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

  /** Returns the whole granules that a block of the child for a layout has. */
  roomOf(layout: Layout): number {
    return Math.floor(Math.max(layout.size, this.inner.usableSize(layout)) / GRANULE);
  }
}

/** Answers the layout of so many granules; undefined if there is none so large. */
export function layoutOf(length: number, align: number): Layout | undefined {
  const most = Math.max(align, GRANULE);
  return length * GRANULE > 2 ** 32 - most ? undefined : Layout.of(length * GRANULE, most);
}

/** Rounds a number of granules up to a multiple of `step`. */
function up(granule: number, step: number): number {
  return Math.ceil(granule / step) * step;
}
