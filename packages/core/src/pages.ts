/**
 * Pages: the root of every chain. It hands out ranges of whole granules of one memory, and makes the memory grow.
 *
 *     0    16                                                 byteLength
 *     ├────┤▒▒▒▒ heap ▒▒▒▒├─ free ─┤▒ free list ▒├── free ─────┤┈ memory.grow ┈
 *          granules: the 4096th part of the memory, from 16 bytes to 4 KiB
 *
 * There is one root for what lies beneath a memory, whoever asks and by which wrapper, so several heaps live side by side
 * and no address is handed out twice. Free granules are kept as {@link Spans}; the best fit is taken, the lowest of
 * several. Chunks are few and large, so plain ranges are enough.
 *
 * @module
 */
import { alignDown, alignUp } from "./align.ts";
import { Allocator } from "./allocator.ts";
import type { Capabilities } from "./capabilities.ts";
import { type MisuseCode, MisuseError, requireLayout, requireLayouts } from "./errors.ts";
import { granuleOf, LAST, requireRoom } from "./granules.ts";
import type { Footprint, SelfDescription } from "./graph.ts";
import { hide } from "./hide.ts";
import type { Layout } from "./layout.ts";
import { FIRST, type Memory, PAGE } from "./memory.ts";
import { NULL, type Null, type Ptr } from "./ptr.ts";
import { defaultMemory, realm } from "./realm.ts";
import { trimTenants } from "./reclaim.ts";
import { Spans } from "./spans.ts";

/** The root allocator of a memory. It belongs to the realm: it cannot be reset, and its `dispose` does nothing. */
export interface Pages extends Allocator, Pick<Capabilities, "owns" | "resizeInPlace"> {
  /** @internal */
  admit(from: number, to: number): void;
}

/** Words of `counters`. */
const HELD = 0;
const PEAK = 1;

class PagesMachine extends Allocator implements Pages {
  override readonly memory: Memory;
  override readonly detects: readonly MisuseCode[] = ["double-free", "foreign-pointer"];
  /** Bytes: every block starts at a multiple of it, and has a multiple of it. */
  readonly granule!: number;
  /** All that may ever be handed out, as far as the memory has grown. */
  readonly admitted!: Spans;
  /** What of it is not handed out now. */
  readonly free!: Spans;
  /** Bytes handed out, and the most bytes handed out and spent on bookkeeping so far. */
  readonly counters!: Float64Array;
  /** Where what was named last ends inside a granule, all of which before is named: what begins there makes it whole. */
  ragged!: number;
  /** Whether it asks its tenants for room now. */
  isReclaiming!: boolean;

  constructor(memory: Memory) {
    super();
    const granule = granuleOf(memory);
    const most = Math.ceil(memory.maximum / granule / 2);
    this.memory = memory;
    hide(this, {
      granule,
      admitted: new Spans(memory, most),
      free: new Spans(memory, most),
      counters: memory.words(Float64Array, 2),
      ragged: NaN,
      isReclaiming: false,
    });
  }

  override get isLent(): boolean {
    return true;
  }

  override allocate(layout: Layout): Ptr | Null {
    requireLayout(layout, "allocate");
    if (layout.size === 0) return layout.dangling;
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
    if (!this.free.add(start, start + length)) throw misuse("double-free", ptr);
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
    if (this.free.overlaps(start, oldEnd)) throw misuse("double-free", ptr);
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

  override footprint(): Footprint {
    return { held: this.counters[HELD]!, bookkeeping: this.bookkeeping(), peak: this.counters[PEAK]! };
  }

  override describeSelf(): SelfDescription {
    const { counters } = this;
    return {
      kind: "pages",
      options: { granule: this.granule },
      state: { admitted: this.admitted.words, free: this.free.words, counters },
    };
  }

  override dispose(): void {}

  /** The first granule that the memory has not whole yet: the one that it ends in only if that can be made whole. */
  get end(): number {
    const bytes = Math.max(this.memory.byteLength, FIRST);
    return bytes === this.ragged ? Math.floor(bytes / this.granule) : Math.ceil(bytes / this.granule);
  }

  /** Takes in bytes that may be handed out, as far as they are not known yet. */
  admit(from: number, to: number): void {
    const { granule } = this;
    const first = from === this.ragged ? alignDown(from, granule) : from;
    let start = alignUp(Math.max(first, FIRST), granule) / granule;
    const end = alignDown(Math.min(to, LAST), granule) / granule;
    if (to < LAST && start <= end && end * granule < to) this.ragged = to;
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

  /** Returns the first granule of a fit, 0 if there is none and the memory cannot grow so far. */
  find(length: number, align: number): number {
    return this.fit(length, align) || this.extend(length, align);
  }

  /**
   * Asks those that have chunks of this memory to give back what they do not need, and returns whether that was anything. Not for
   * what can never be served, nor for a tenant that asks for more while it is asked.
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

  /** Returns the first granule of the best fit, 0 if there is none. */
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

  /** Makes the memory grow and returns the first granule of a fit; 0 if it cannot grow so far. */
  extend(length: number, align: number): number {
    const { free, end } = this;
    const step = Math.max(align / this.granule, 1);
    const last = free.count - 1;
    const tail = last >= 0 && free.end(last) === end ? free.start(last) : end;
    return this.growTo(alignUp(tail, step) + length, length + step - 1) ? this.fit(length, align) : 0;
  }

  /**
   * Makes the memory grow so that it has all granules below `stop`: by an eighth and by `least` granules, so that growing by small
   * steps costs O(1) of them each; where that is too much, by what is missing alone.
   */
  growTo(stop: number, least = 0): boolean {
    const { memory, granule, end } = this;
    const last = Math.floor(Math.min(LAST, memory.maximum) / granule);
    if (stop > last) return false;
    const start = Math.max(memory.byteLength, FIRST);
    const generous = Math.min(end + Math.max(least, Math.ceil(end / 8)), last);
    return (generous > stop && this.grown(generous * granule - start)) || this.grown(stop * granule - start);
  }

  /** Adds bytes to the memory, and admits them. */
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

  /** Returns the first granule of a range that is handed out here, or throws. */
  locate(ptr: Ptr, length: number): number {
    const start = ptr / this.granule;
    if (!this.owns(ptr)) throw misuse("foreign-pointer", ptr);
    if (!Number.isInteger(start)) throw misuse("interior-pointer", ptr);
    if (!this.admitted.covers(start, start + length)) throw misuse("foreign-pointer", ptr);
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

function misuse(code: MisuseCode, ptr: Ptr): MisuseError {
  return new MisuseError(code, `no block is live at ${ptr}`);
}

/**
 * Returns the root allocator of a memory, and lets it hand out what this wrapper of the memory names. It is the default
 * parent of every leaf. Blocks are whole granules: of 4 KiB, in memories below 16 MiB of their 4096th part, and of 16 bytes at least.
 * The first 16 bytes and the last 64 KiB of 4 GiB are never handed out.
 *
 * Where there is no room left it asks all that take chunks from it to `trim` before it returns NULL.
 *
 * Cost: O(n) in the number of free ranges; 8 bytes for each of them.
 *
 * @param memory - default: `defaultMemory()`
 * @throws {@link MisuseError} `too-small` if the memory can never serve a block
 * @example
 * ```ts
 * import { Layout, Memory, orThrow, pages } from "@alloc/core";
 *
 * const root = pages(Memory.linear({ maximum: 2 ** 20 }));
 * const layout = Layout.of(5000);
 * root.usableSize(layout); // => 5120
 * const ptr = orThrow(root.allocate(layout), layout);
 * root.resizeInPlace(ptr, layout, Layout.of(40_000)); // => true
 * ```
 */
export function pages(memory: Memory = defaultMemory()): Pages {
  const { roots } = realm();
  const root = roots.get(memory.beneath) ?? new PagesMachine(memory);
  root.admit(memory.from, memory.to);
  requireRoom(root as PagesMachine, memory);
  roots.set(memory.beneath, root);
  return root;
}
