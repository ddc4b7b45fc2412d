/**
 * Pages: the root of every chain. It hands out ranges of whole granules of one memory, and makes the memory grow.
 *
 *     0       64 KiB                                          byteLength
 *     ├ never ─┤▒▒▒▒ heap ▒▒▒▒├─ free ─┤▒ free list ▒├── free ──┤┈ memory.grow ┈
 *                              granules of 4 KiB
 *
 * There is one root for what lies beneath a memory, whoever asks and by which wrapper, so several heaps live side by side
 * and no address is handed out twice. Free granules are kept as {@link Spans}; the best fit is taken, the lowest of
 * several. Chunks are few and large, so plain ranges are enough.
 *
 * @module
 */
import { alignDown, alignUp } from "./align.ts";
import { Allocator } from "./allocator.ts";
import { type MisuseCode, MisuseError } from "./errors.ts";
import type { Footprint, SelfDescription } from "./graph.ts";
import type { Layout } from "./layout.ts";
import type { Memory } from "./memory.ts";
import type { Powers } from "./powers.ts";
import { NULL, type Null, type Ptr } from "./ptr.ts";
import { defaultMemory, realm } from "./realm.ts";
import { Spans } from "./spans.ts";

const GRANULE = 4096;
/** By multiples of it a memory grows. */
const PAGE = 65536;
/** Never handed out: NULL and the dangling addresses lie here. */
const FIRST = 65536;
/** Nor from here on: so the end of a block is an address too, and no arithmetic wraps. */
const LAST = 2 ** 32 - 65536;

/** The root allocator of a memory. It belongs to the realm: it cannot be reset, and its `dispose` does nothing. */
export interface Pages extends Allocator, Pick<Powers, "owns" | "resizeInPlace"> {
  /** @internal */
  admit(from: number, to: number): void;
}

/** Words of `counters`. */
const HELD = 0;
const PEAK = 1;

class PagesMachine extends Allocator implements Pages {
  override readonly memory: Memory;
  override readonly sees: readonly MisuseCode[] = ["double-free", "foreign-pointer"];
  /** All that may ever be handed out, as far as the memory has grown. */
  readonly admitted: Spans;
  /** What of it is not handed out now. */
  readonly free: Spans;
  /** Bytes handed out, and the most bytes handed out and spent on bookkeeping so far. */
  readonly counters: Float64Array;

  constructor(memory: Memory) {
    super();
    const most = Math.ceil(memory.maximum / GRANULE / 2);
    this.memory = memory;
    this.admitted = new Spans(memory, most);
    this.free = new Spans(memory, most);
    this.counters = memory.words(Float64Array, 2);
  }

  override allocate(layout: Layout): Ptr | Null {
    if (layout.size === 0) return layout.dangling;
    const length = granules(layout);
    const start = this.fit(length, layout.align) || this.extend(length, layout.align);
    if (start === 0) return NULL;
    this.free.remove(start, start + length);
    this.account(length);
    return (start * GRANULE) as Ptr;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout.size === 0) return;
    const length = granules(layout);
    const start = this.locate(ptr, length);
    if (!this.free.add(start, start + length)) throw misuse("double-free", ptr);
    this.account(-length);
  }

  override usableSize(layout: Layout): number {
    const bytes = granules(layout) * GRANULE;
    return alignUp(FIRST, layout.align) + bytes > Math.min(this.memory.maximum, LAST) ? 0 : bytes;
  }

  owns(ptr: Ptr): boolean {
    const granule = Math.floor(ptr / GRANULE);
    return this.admitted.covers(granule, granule + 1);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    if (from.align !== to.align || from.size === 0 || to.size === 0) return false;
    const start = this.locate(ptr, granules(from));
    const oldEnd = start + granules(from);
    const newEnd = start + granules(to);
    if (this.free.overlaps(start, oldEnd)) throw misuse("double-free", ptr);
    if (newEnd < oldEnd) this.free.add(newEnd, oldEnd);
    else if (newEnd > oldEnd) {
      const end = this.memory.byteLength / GRANULE;
      const reachesEnd = oldEnd === end || this.free.covers(oldEnd, end);
      if (newEnd > end && newEnd * GRANULE <= LAST && reachesEnd) this.growMemory(newEnd - end);
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
      options: { granule: GRANULE },
      state: { admitted: this.admitted.words, free: this.free.words, counters },
    };
  }

  override dispose(): void {}

  /** Takes in bytes that may be handed out, as far as they are not known yet. */
  admit(from: number, to: number): void {
    let start = alignUp(Math.max(from, FIRST), GRANULE) / GRANULE;
    const end = alignDown(Math.min(to, LAST), GRANULE) / GRANULE;
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

  /** Answers the first granule of the best fit, 0 if there is none. */
  fit(length: number, align: number): number {
    const step = Math.max(align / GRANULE, 1);
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

  /**
   * Makes the memory grow and answers the first granule of a fit; 0 if it cannot grow so far. It grows by an eighth, so that
   * growing by small steps costs O(1) of them each; where that is too much, by what is missing behind the free granules at
   * its end.
   */
  extend(length: number, align: number): number {
    const { free, memory } = this;
    const step = Math.max(align / GRANULE, 1);
    const end = Math.max(memory.byteLength, FIRST) / GRANULE;
    const last = free.count - 1;
    const tail = last >= 0 && free.end(last) === end ? free.start(last) : end;
    const missing = alignUp(tail, step) + length - end;
    if ((end + missing) * GRANULE > LAST) return 0;
    const generous = Math.max(length + step - 1, Math.ceil(end / 8));
    return this.growMemory(generous) || this.growMemory(missing) ? this.fit(length, align) : 0;
  }

  growMemory(granules: number): boolean {
    const bytes = alignUp(granules * GRANULE, PAGE);
    const start = this.memory.grow(bytes);
    if (start !== NULL) this.admit(start, start + bytes);
    return start !== NULL;
  }

  /** Answers the first granule of a range that is handed out here, or throws. */
  locate(ptr: Ptr, length: number): number {
    const start = ptr / GRANULE;
    if (!Number.isInteger(start)) throw misuse("interior-pointer", ptr);
    if (!this.admitted.covers(start, start + length)) throw misuse("foreign-pointer", ptr);
    return start;
  }

  account(granules: number): void {
    const { counters } = this;
    counters[HELD] = counters[HELD]! + granules * GRANULE;
    counters[PEAK] = Math.max(counters[PEAK]!, counters[HELD]! + this.bookkeeping());
  }

  bookkeeping(): number {
    return 16 + 8 * (this.free.count + this.admitted.count) + this.counters.byteLength;
  }
}

function granules(layout: Layout): number {
  return Math.ceil(layout.size / GRANULE);
}

function misuse(code: MisuseCode, ptr: Ptr): MisuseError {
  return new MisuseError(code, `no block is live at ${ptr}`);
}

/**
 * Answers the root allocator of a memory, and lets it hand out what this wrapper of the memory names. It is the default
 * parent of every leaf. Blocks are whole granules of 4 KiB; the first 64 KiB and the last of 4 GiB are never handed out.
 *
 * Cost: O(n) in the number of free ranges; 8 bytes for each of them.
 *
 * @param memory - the default memory unless said
 * @example
 * ```ts
 * import { Layout, Memory, orThrow, pages } from "@alloc/core";
 *
 * const root = pages(Memory.linear({ maximum: 2 ** 20 }));
 * const layout = Layout.of(5000);
 * root.usableSize(layout); // => 8192
 * const ptr = orThrow(root.allocate(layout), layout);
 * root.resizeInPlace(ptr, layout, Layout.of(100_000)); // => true
 * ```
 */
export function pages(memory: Memory = defaultMemory()): Pages {
  const { roots } = realm();
  const root = roots.get(memory.beneath) ?? new PagesMachine(memory);
  roots.set(memory.beneath, root);
  root.admit(memory.from, memory.to);
  return root;
}
