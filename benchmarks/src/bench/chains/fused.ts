/**
 * Fused: `stats(fallback(segregate([64, small], large), back))` as one class, written by hand. The lowest possible cost of a chain.
 *
 * It serves and counts as the chain does (benchmarks/test/chains-fused.test.ts), and works on the words of the chain's two free
 * lists. It has only the measured methods: allocate and deallocate.
 *
 * @module
 */
import { type Allocator, type Layout, MisuseError, type Null, type Ptr } from "@alloc/core";
import type { FreeList } from "@alloc/freelist";

/** The largest small request, in bytes. */
export const THRESHOLD = 64;

// Positions of the counters.
const NUM_LIVE = 0;
const NUM_HIGH_WATER = 1;
const BYTES_LIVE = 2;
const BYTES_HIGH_WATER = 3;
const BYTES_ASKED = 4;
const BYTES_DEALLOCATED = 5;
const NUM_FAIL = 6;
const BUCKETS = 7;

/** The words of a free list; its module documents them. */
type Links = Int16Array | Int32Array;

export class Fused {
  readonly words = new Float64Array(BUCKETS + 33);
  readonly back: Allocator;
  readonly smallLinks: Links;
  readonly smallBase: number;
  readonly smallSize: number;
  readonly smallAlign: number;
  readonly smallEnd: number;
  readonly largeLinks: Links;
  readonly largeBase: number;
  readonly largeSize: number;
  readonly largeAlign: number;
  readonly largeEnd: number;

  constructor(small: FreeList, large: FreeList, back: Allocator) {
    this.back = back;
    const [one, other] = [small, large].map((list) => list.describeSelf());
    this.smallLinks = one!.state.links as Links;
    this.smallBase = one!.options.base as number;
    this.smallSize = small.blockSize;
    this.smallAlign = small.align;
    this.smallEnd = this.smallBase + small.capacity * small.blockSize;
    this.largeLinks = other!.state.links as Links;
    this.largeBase = other!.options.base as number;
    this.largeSize = large.blockSize;
    this.largeAlign = large.align;
    this.largeEnd = this.largeBase + large.capacity * large.blockSize;
  }

  allocate(layout: Layout): Ptr | Null {
    const { size, align } = layout;
    if (size === 0) return layout.dangling;
    let ptr: number = 0;
    if (size <= THRESHOLD) {
      const links = this.smallLinks;
      const block = links[0]!;
      if (block !== 0 && size <= this.smallSize && align <= this.smallAlign) {
        links[0] = links[block]!;
        links[block] = -1;
        ptr = this.smallBase + (block - 1) * this.smallSize;
      }
    } else {
      const links = this.largeLinks;
      const block = links[0]!;
      if (block !== 0 && size <= this.largeSize && align <= this.largeAlign) {
        links[0] = links[block]!;
        links[block] = -1;
        ptr = this.largeBase + (block - 1) * this.largeSize;
      }
    }
    if (ptr === 0) ptr = this.back.allocate(layout);
    const words = this.words;
    words[BUCKETS + 32 - Math.clz32(size - 1)]!++;
    if (ptr === 0) {
      words[NUM_FAIL]!++;
      return 0;
    }
    const blocks = words[NUM_LIVE]! + 1;
    const live = words[BYTES_LIVE]! + this.usableSize(layout);
    words[BYTES_ASKED]! += size;
    words[NUM_LIVE] = blocks;
    words[BYTES_LIVE] = live;
    if (blocks > words[NUM_HIGH_WATER]!) words[NUM_HIGH_WATER] = blocks;
    if (live > words[BYTES_HIGH_WATER]!) words[BYTES_HIGH_WATER] = live;
    return ptr as Ptr;
  }

  deallocate(ptr: Ptr, layout: Layout): void {
    const { size } = layout;
    if (size === 0) return;
    const bytes = this.usableSize(layout);
    const isOwn = (ptr >= this.smallBase && ptr < this.smallEnd) || (ptr >= this.largeBase && ptr < this.largeEnd);
    if (!isOwn) this.back.deallocate(ptr, layout);
    else if (size <= THRESHOLD) {
      const links = this.smallLinks;
      const block = (ptr - this.smallBase) / this.smallSize + 1;
      if (links[block] !== -1) throw new MisuseError("double-free", `${ptr} is not live`);
      links[block] = links[0]!;
      links[0] = block;
    } else {
      const links = this.largeLinks;
      const block = (ptr - this.largeBase) / this.largeSize + 1;
      if (links[block] !== -1) throw new MisuseError("double-free", `${ptr} is not live`);
      links[block] = links[0]!;
      links[0] = block;
    }
    const words = this.words;
    words[NUM_LIVE]!--;
    words[BYTES_LIVE]! -= bytes;
    words[BYTES_DEALLOCATED]! += bytes;
  }

  usableSize(layout: Layout): number {
    const { size, align } = layout;
    if (size === 0) return 0;
    let bytes = 0;
    if (size > THRESHOLD) {
      if (size <= this.largeSize && align <= this.largeAlign) bytes = this.largeSize;
    } else if (size <= this.smallSize && align <= this.smallAlign) bytes = Math.min(this.smallSize, THRESHOLD);
    else if (THRESHOLD < this.largeSize && align <= this.largeAlign) bytes = size;
    const behind = this.back.usableSize(layout);
    return bytes === 0 || (behind !== 0 && behind < bytes) ? behind : bytes;
  }

  /** Returns the counts by the names of `Counters`. */
  get counters(): Record<string, number> {
    const { words } = this;
    const numAllocateFail = words[NUM_FAIL]!;
    const numAllocate = words.subarray(BUCKETS).reduce((sum, count) => sum + count, 0) - numAllocateFail;
    return {
      numAllocate,
      numAllocateFail,
      numDeallocate: numAllocate - words[NUM_LIVE]!,
      numLive: words[NUM_LIVE]!,
      numHighWater: words[NUM_HIGH_WATER]!,
      bytesLive: words[BYTES_LIVE]!,
      bytesHighWater: words[BYTES_HIGH_WATER]!,
      bytesAsked: words[BYTES_ASKED]!,
      bytesAllocated: words[BYTES_LIVE]! + words[BYTES_DEALLOCATED]!,
      bytesDeallocated: words[BYTES_DEALLOCATED]!,
    };
  }
}
