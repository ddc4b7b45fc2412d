/**
 * The machine of `pages`: ranges of whole granules, and how the memory grows.
 *
 *     allocate   best fit ── none ──▶ grow the memory ── cannot ──▶ trim the tenants ──▶ best fit, or NULL
 *
 * Free granules are kept as {@link Spans}, because chunks are few. The lowest of the best fits is taken.
 *
 * @module
 */
import { Allocator } from "../allocator/allocator.ts";
import { alignDown, alignUp } from "../base/align.ts";
import { invariant, type MisuseCode, type MisuseError, requireLayout, requireLayouts } from "../base/errors.ts";
import { hide } from "../base/hide.ts";
import type { Footprint, SelfDescription } from "../chain/graph.ts";
import { misuseOf } from "../chain/kind.ts";
import { FIRST, type Memory, PAGE } from "../memory/memory.ts";
import type { Layout } from "../values/layout.ts";
import { NULL, type Null, type Ptr } from "../values/ptr.ts";
import { granuleOf, LAST } from "./granules.ts";
import type { Pages } from "./pages.ts";
import { trimTenants } from "./reclaim.ts";
import { Spans } from "./spans.ts";

/** Words of `counters`. */
export const HELD = 0;
const PEAK = 1;
const RAGGED = 2;
export const COUNTERS = 3;

/** The words of a root. */
export interface PagesState {
  readonly admitted: Int32Array;
  readonly free: Int32Array;
  readonly counters: Float64Array;
}

export class PagesMachine extends Allocator implements Pages {
  override readonly memory: Memory;
  override readonly detects: readonly MisuseCode[] = ["double-free", "foreign-pointer"];
  /** Bytes; every block starts at a multiple of it, and its size is a multiple. */
  readonly granule!: number;
  /** All granules that may be handed out so far. */
  readonly admitted!: Spans;
  /** The admitted granules that are free. */
  readonly free!: Spans;
  /**
   * Bytes handed out; the peak of bytes handed out plus bookkeeping; where the last admitted range ends inside a granule that is admitted
   * up to there, or 0: a range starting there completes it.
   */
  readonly counters!: Float64Array;
  /** True while it asks its tenants for room. */
  isReclaiming!: boolean;

  /** @param state - the words of a root that is made again. Default: new ones */
  constructor(memory: Memory, state?: PagesState) {
    super();
    const granule = granuleOf(memory);
    const most = Math.ceil(memory.maximum / granule / 2);
    this.memory = memory;
    hide(this, {
      granule,
      admitted: new Spans(memory, most, state?.admitted),
      free: new Spans(memory, most, state?.free),
      counters: state?.counters ?? memory.words(Float64Array, COUNTERS),
      isReclaiming: false,
    });
  }

  override get isLent(): boolean {
    return true;
  }

  override allocate(layout: Layout): Ptr | Null {
    requireLayout(layout, "allocate");
    if (layout.size === 0) return this.expectLayout(layout, "allocate").dangling;
    const length = this.granules(layout);
    const { align } = layout;
    const start = this.find(length, align) || (this.reclaim(layout) ? this.find(length, align) : 0);
    if (start === 0) return NULL;
    this.free.remove(start, start + length);
    this.account(length);
    return (start * this.granule) as Ptr;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    requireLayout(layout, "deallocate");
    if (layout.size === 0) return;
    const length = this.granules(layout);
    const start = this.locate(ptr, length);
    if (!this.free.add(start, start + length)) throw misuse(this, "double-free", ptr);
    this.account(-length);
  }

  override usableSize(layout: Layout): number {
    const { base, maximum } = this.memory;
    requireLayout(layout, "usableSize");
    const bytes = this.granules(layout) * this.granule;
    const first = alignUp(Math.max(FIRST, base), Math.max(layout.align, this.granule));
    return first + bytes > Math.min(maximum, LAST) ? 0 : bytes;
  }

  owns(ptr: Ptr): boolean {
    const granule = Math.floor(ptr / this.granule);
    return this.admitted.covers(granule, granule + 1);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    if (from.align !== to.align || from.size === 0 || to.size === 0) return false;
    const start = this.locate(ptr, this.granules(from));
    const oldEnd = start + this.granules(from);
    const newEnd = start + this.granules(to);
    if (this.free.overlaps(start, oldEnd)) throw misuse(this, "double-free", ptr);
    if (newEnd < oldEnd) this.free.add(newEnd, oldEnd);
    else if (newEnd > oldEnd) {
      const { end } = this;
      const reachesEnd = oldEnd === end || this.free.covers(oldEnd, end);
      if (newEnd > end && reachesEnd) this.growTo(newEnd);
      if (!this.free.covers(oldEnd, newEnd)) return false;
      this.free.remove(oldEnd, newEnd);
    }
    this.account(newEnd - oldEnd);
    return true;
  }

  check(): void {
    const { admitted, free, granule, counters } = this;
    const { byteLength } = this.memory;
    const [held, peak, ragged] = counters as unknown as [number, number, number];
    const first = Math.ceil(FIRST / granule);
    const last = Math.min(byteLength, LAST) / granule;
    invariant(admitted.isSound(first, last), () => "pages: the ranges must be sorted, apart and in the memory");
    let isInside = free.isSound(first, last);
    for (let at = 0; isInside && at < free.count; at++) isInside = admitted.covers(free.start(at), free.end(at));
    invariant(isInside, () => "pages: free ranges must be sorted, apart and admitted");
    const out = (admitted.total - free.total) * granule;
    const isCounted = held === out && peak >= out + this.bookkeeping();
    invariant(isCounted, () => `pages: ${out} bytes are handed out, got ${held} and a peak of ${peak}`);
    invariant(
      ragged === 0 || (ragged % granule > 0 && ragged <= byteLength),
      () => `pages: no range ends at ${ragged}`,
    );
  }

  override footprint(): Footprint {
    return { held: this.counters[HELD]!, bookkeeping: this.bookkeeping(), peak: this.counters[PEAK]! };
  }

  override describeSelf(): SelfDescription {
    const { admitted, free, counters } = this;
    return {
      kind: "pages",
      options: { granule: this.granule },
      state: { admitted: admitted.list.words, free: free.list.words, counters },
      used: { admitted: admitted.list.used, free: free.list.used },
    };
  }

  override dispose(): void {}

  /** The first granule that the memory does not wholly contain; a partial last granule counts only if it can be completed. */
  get end(): number {
    const bytes = Math.max(this.memory.byteLength, FIRST);
    return bytes === this.counters[RAGGED] ? Math.floor(bytes / this.granule) : Math.ceil(bytes / this.granule);
  }

  /** Admits the bytes of a range that are not admitted yet. */
  admit(from: number, to: number): void {
    const { granule } = this;
    const first = from === this.counters[RAGGED] ? alignDown(from, granule) : from;
    let start = alignUp(Math.max(first, FIRST), granule) / granule;
    const end = alignDown(Math.min(to, LAST), granule) / granule;
    if (to < LAST && start <= end && end * granule < to) this.counters[RAGGED] = to;
    while (start < end) {
      const next = this.admitted.find(start);
      const stop = Math.min(this.admitted.start(next), end);
      if (stop <= start) start = this.admitted.end(next);
      else {
        this.admitted.add(start, stop);
        this.free.add(start, stop);
        start = stop;
      }
    }
    this.account(0);
  }

  /** Returns the first granule of a fit; 0 if there is none and the memory cannot grow that far. */
  find(length: number, align: number): number {
    return this.fit(length, align) || this.extend(length, align);
  }

  /**
   * Asks the tenants of this memory to return unused chunks. Returns whether any did. Skipped for layouts that can never be
   * served, and when a tenant asks for more while it is being asked.
   */
  reclaim(layout: Layout): boolean {
    if (this.isReclaiming || this.usableSize(layout) === 0) return false;
    const held = this.counters[HELD]!;
    this.isReclaiming = true;
    try {
      trimTenants(this);
    } finally {
      this.isReclaiming = false;
    }
    return this.counters[HELD]! < held;
  }

  /** Returns the first granule of the best fit; 0 if there is none. */
  fit(length: number, align: number): number {
    const step = Math.max(align / this.granule, 1);
    let best = 0;
    let least = Infinity;
    for (let index = 0; index < this.free.count; index++) {
      const start = alignUp(this.free.start(index), step);
      const room = this.free.end(index) - this.free.start(index);
      if (start + length <= this.free.end(index) && room < least) {
        best = start;
        least = room;
      }
    }
    return best;
  }

  /** Grows the memory and returns the first granule of a fit; 0 if it cannot grow that far. */
  extend(length: number, align: number): number {
    const { free, end } = this;
    const step = Math.max(align / this.granule, 1);
    const last = free.count - 1;
    const tail = last >= 0 && free.end(last) === end ? free.start(last) : end;
    return this.growTo(alignUp(tail, step) + length, length + step - 1) ? this.fit(length, align) : 0;
  }

  /**
   * Grows the memory until it has all granules below `stop`. Adds an eighth and at least `least` granules, so that many small
   * steps cost O(1) each; if that fails, adds only the missing granules.
   */
  growTo(stop: number, least = 0): boolean {
    const { memory, granule, end } = this;
    const last = Math.floor(Math.min(LAST, memory.maximum) / granule);
    if (stop > last) return false;
    const start = Math.max(memory.byteLength, FIRST);
    const generous = Math.min(end + Math.max(least, Math.ceil(end / 8)), last);
    return (generous > stop && this.grown(generous * granule - start)) || this.grown(stop * granule - start);
  }

  /** Grows the memory and admits the new bytes. */
  grown(bytes: number): boolean {
    const { memory } = this;
    const start = memory.grow(bytes);
    if (start === NULL) return false;
    // A WebAssembly memory grows by whole pages.
    const end = start + bytes;
    this.admit(start, memory.growsByPages ? alignUp(end, PAGE) : end);
    return true;
  }

  granules(layout: Layout): number {
    return Math.ceil(layout.size / this.granule);
  }

  /** Returns the first granule of a range that was handed out here; otherwise throws. */
  locate(ptr: Ptr, length: number): number {
    const start = ptr / this.granule;
    if (!this.owns(ptr)) throw misuse(this, "foreign-pointer", ptr);
    if (!Number.isInteger(start)) throw misuse(this, "interior-pointer", ptr);
    if (!this.admitted.covers(start, start + length)) throw misuse(this, "foreign-pointer", ptr);
    return start;
  }

  account(granules: number): void {
    const { counters } = this;
    counters[HELD] = counters[HELD]! + granules * this.granule;
    counters[PEAK] = Math.max(counters[PEAK]!, counters[HELD]! + this.bookkeeping());
  }

  bookkeeping(): number {
    return 16 + 8 * (this.free.count + this.admitted.count) + this.counters.byteLength;
  }
}

function misuse(allocator: Allocator, code: MisuseCode, ptr: Ptr): MisuseError {
  return misuseOf(allocator, code, `no block is live at ${ptr}`);
}
