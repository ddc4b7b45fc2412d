/**
 * Blocks: the ranges of a chain in address order, and the fragmentation of its free bytes.
 *
 *     a leaf       │ live │ cached │    free    │ live │  free  │         each byte that it holds, once, by address
 *     a chain      its children's ranges, merged by address; a block that another child uses as a chunk gives way to its ranges
 *     occupancy    live 2   cached 1   free 2   largestFree ───▶ 12      fragmentation = 1 − largestFree / free
 *
 * @module
 */
import { requireAllocator } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { hide } from "../base/hide.ts";
import { ancestorsOf } from "../chain/graph.ts";
import type { Allocator } from "./allocator.ts";
import { type Can, can } from "./capabilities.ts";

/** The state of a range: a live block; a released block kept for requests of its kind; or room for any request. */
export type BlockState = "live" | "cached" | "free";

/** Called for each range with its address, its length in bytes and its state. */
export type BlockVisitor = (ptr: number, bytes: number, state: BlockState) => void;

/** The memory use of an allocator, in bytes. */
export interface Occupancy {
  /** Number of live blocks. */
  readonly liveBlocks: number;
  /** Bytes of the live blocks. */
  readonly live: number;
  /** Bytes kept for requests of their own kind. */
  readonly cached: number;
  /** Bytes that can serve any request. */
  readonly free: number;
  /** Bytes of the largest free range. */
  readonly largestFree: number;
  /** External fragmentation, from 0 to 1: the share of free bytes outside the largest free range. 0 if none are free. */
  readonly fragmentation: number;
  /** Returns the figures in a line. */
  toString(): string;
}

interface Range {
  readonly ptr: number;
  readonly bytes: number;
  readonly state: BlockState;
  /** Number of ancestor leaves of the allocator that has this range. */
  readonly depth: number;
}

/**
 * Visits the blocks of several allocators in address order. For authors of combinators.
 *
 * Cost: O(n log n) in the number n of ranges, which are buffered.
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
    // An allocator has all ancestors of its parent, and the parent.
    const depth = ancestorsOf(child).length;
    child.blocks((ptr, bytes, state) => ranges.push({ ptr, bytes, state, depth }));
  }
  // A chunk sorts before its contents, even if a block fills it.
  ranges.sort((a, b) => a.ptr - b.ptr || b.bytes - a.bytes || a.depth - b.depth);
  ranges.forEach(({ ptr, bytes, state }, index) => {
    const next = ranges[index + 1];
    if (next === undefined || next.ptr >= ptr + bytes) visit(ptr, bytes, state);
  });
}

/**
 * Sums up the memory use of an allocator by state.
 *
 * Cost: that of `blocks`.
 *
 * @param allocator - supports `blocks`
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
 * String(occupancy(list)); // => "64 bytes live (blocks: 1), 0 cached, 192 free (largest range: 192, 0.0 % fragmented)"
 * ```
 */
export function occupancy(allocator: Allocator): Occupancy {
  requireAllocator("occupancy", allocator, "occupancy(heap)");
  if (!can(allocator, "blocks")) {
    throw new ArgumentError(`occupancy expects an allocator that supports blocks(visit), got ${allocator}`);
  }
  const sum = { live: 0, cached: 0, free: 0 };
  let liveBlocks = 0;
  let largestFree = 0;
  allocator.blocks((_ptr, bytes, state) => {
    sum[state] += bytes;
    if (state === "live") liveBlocks++;
    else if (state === "free") largestFree = Math.max(largestFree, bytes);
  });
  const fragmentation = sum.free === 0 ? 0 : 1 - largestFree / sum.free;
  const report = { liveBlocks, ...sum, largestFree, fragmentation };
  hide(report, { toString: () => textOf(report) });
  return report;
}

function textOf({ liveBlocks, live, cached, free, largestFree, fragmentation }: Omit<Occupancy, "toString">): string {
  const share = (100 * fragmentation).toFixed(1);
  return `${live} bytes live (blocks: ${liveBlocks}), ${cached} cached, ${free} free (largest range: ${largestFree}, ${share} % fragmented)`;
}
