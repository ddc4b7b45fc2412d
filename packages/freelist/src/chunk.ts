/**
 * The chunk of a free list: as many blocks as were asked for, or as the parent has room for.
 *
 *     words first ──▶ chunk ── no room ──▶ words back, an eighth fewer blocks, and again
 *
 * @module
 */
import { type Allocator, AllocError, Layout, type Ptr } from "@alloc/core";
import { recycle, titleFor } from "@alloc/core/author";
import type { FreeListOptions } from "./freelist.ts";

/** Default bytes of the chunk, and the least default number of blocks. */
const CHUNK = 65536;
const LEAST_BLOCKS = 64;

/** The chunk of a list, and its links. */
export interface Chunk {
  readonly base: Ptr;
  /** The layout with which the chunk is released. */
  readonly layout: Layout;
  readonly capacity: number;
  readonly links: Int16Array | Int32Array;
}

/** Takes the chunk from the parent. Everything that may throw comes before that, so nothing is lost. */
export function take(parent: Allocator, block: Layout, { blocks: wanted, name }: FreeListOptions): Chunk {
  const most = Layout.array(block, wanted ?? Math.max(LEAST_BLOCKS, Math.floor(CHUNK / block.size)));
  // By default, as many blocks as there is room for: limited by the parent's `usableSize`, then by trying.
  let capacity = wanted ?? servable(parent, block, most.size / block.size);
  for (; capacity > 0; capacity -= Math.ceil(capacity / 8)) {
    const layout = Layout.array(block, capacity);
    const words = capacity < 2 ** 15 ? Int16Array : Int32Array;
    const links = parent.memory.words<Int16Array | Int32Array>(words, capacity + 1);
    const base = parent.allocate(layout);
    if (base !== 0) return { base, layout, capacity, links };
    recycle(parent.memory, links);
    if (wanted !== undefined) break;
  }
  throw new AllocError(
    most,
    ` for the ${most.size / block.size} blocks of ${titleFor("a free list", name)}: the parent has no room`,
  );
}

/** Returns the largest number of blocks, up to `most`, that the parent could ever serve in one chunk. O(log n). */
function servable(parent: Allocator, block: Layout, most: number): number {
  if (parent.usableSize(Layout.array(block, most)) !== 0) return most;
  let [low, high] = [0, most];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (parent.usableSize(Layout.array(block, middle)) !== 0) low = middle;
    else high = middle;
  }
  return low;
}
