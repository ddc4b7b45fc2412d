/**
 * Extents over a parent, and large extents for their tests.
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import { Extents, type Hoard } from "../src/heap/large/extents.ts";
import { LARGE } from "../src/heap/records.ts";
import { addresses, NOTHING_KEPT } from "./support.ts";

export const GRANULE = 16;
/** Granules of a chunk if less is needed. */
export const STEP = 4096;

export const make = (parent: Allocator = addresses(), hoard: Hoard = NOTHING_KEPT) =>
  new Extents(parent.memory, parent, hoard);
/** Bytes from the first to the last extent of each chunk. */
export const heldBy = (extents: Extents) => extents.top.held * GRANULE;

export const large = (extents: Extents, size: number, align = 1) => extents.allocate(size, align, LARGE, size);

/** Large extents in a row, the last of which keeps the others from the top. */
export function row(extents: Extents, ...sizes: number[]): number[] {
  return sizes.map((size) => large(extents, size));
}
