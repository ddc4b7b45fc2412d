/**
 * Blocks: what lies where in the memory of a chain, and how broken up its free room is.
 *
 *     a leaf       │ live │ cached │    free    │ live │  free  │         each byte that it holds, once, by address
 *     a chain      its children's ranges, merged by address; a block of one child that is a chunk of another gives way to what is in it
 *     occupancy    live 2   cached 1   free 2   largestFree ───▶ 12      fragmentation = 1 − largestFree / free
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import { type Can, can } from "./capabilities.ts";
import { ancestorsOf } from "./graph.ts";

/** What a range is: a live block; one that was released and waits for the next request of its kind; or room for any request. */
export type BlockState = "live" | "cached" | "free";

/** Called for each range: where it starts, how many bytes it has, and what it is. */
export type BlockVisitor = (ptr: number, bytes: number, state: BlockState) => void;

/** How the memory of an allocator is used, in bytes. */
export interface Occupancy {
  /** How many blocks are live. */
  readonly liveBlocks: number;
  /** Bytes of the live blocks. */
  readonly live: number;
  /** Bytes that wait for requests of their own kind. */
  readonly cached: number;
  /** Bytes that can serve any request. */
  readonly free: number;
  /** Bytes of the largest free range. */
  readonly largestFree: number;
  /** External fragmentation, from 0 to 1: the share of the free bytes that lies outside the largest free range. 0 if none is free. */
  readonly fragmentation: number;
}

interface Range {
  readonly ptr: number;
  readonly bytes: number;
  readonly state: BlockState;
  /** How many leaves the one stands on whose range it is. */
  readonly depth: number;
}

/**
 * Visits the blocks of several allocators that stand side by side, by address. For authors of combinators.
 *
 * Cost: O(n log n) in the number n of ranges, which are kept meanwhile.
 *
 * @param children - allocators that support `blocks`
 */
export function blocksOf(children: readonly Allocator[], visit: BlockVisitor): void {
  if (children.length === 1) {
    (children[0] as Can<"blocks">).blocks(visit);
    return;
  }
  const ranges: Range[] = [];
  for (const child of children as readonly Can<"blocks">[]) {
    // What takes chunks from another one stands on all that this stands on, and on it.
    const depth = ancestorsOf(child).length;
    child.blocks((ptr, bytes, state) => ranges.push({ ptr, bytes, state, depth }));
  }
  // A chunk comes before what is in it, also where that fills it.
  ranges.sort((a, b) => a.ptr - b.ptr || b.bytes - a.bytes || a.depth - b.depth);
  ranges.forEach(({ ptr, bytes, state }, index) => {
    const next = ranges[index + 1];
    if (next === undefined || next.ptr >= ptr + bytes) visit(ptr, bytes, state);
  });
}

/**
 * Sums up how the memory of an allocator is used.
 *
 * Cost: that of its `blocks`.
 *
 * @param allocator - one that supports `blocks`
 * @throws `TypeError` if it does not
 * @example
 * ```ts
 * import { occupancy, Layout } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 *
 * using list = freeList(64, { blocks: 4 });
 * list.allocate(Layout.of(64));
 * const { live, free, largestFree } = occupancy(list);
 * [live, free, largestFree]; // => [64, 192, 192]
 * ```
 */
export function occupancy(allocator: Allocator): Occupancy {
  if (!can(allocator, "blocks")) {
    throw new TypeError(`occupancy expects an allocator that supports blocks(visit), got ${allocator}`);
  }
  const sum = { live: 0, cached: 0, free: 0 };
  let liveBlocks = 0;
  let largestFree = 0;
  allocator.blocks((_ptr, bytes, state) => {
    sum[state] += bytes;
    if (state === "live") liveBlocks++;
    else if (state === "free") largestFree = Math.max(largestFree, bytes);
  });
  return { liveBlocks, ...sum, largestFree, fragmentation: sum.free === 0 ? 0 : 1 - largestFree / sum.free };
}
