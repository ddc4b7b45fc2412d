/**
 * A chunk: what a region asks its parent for.
 *
 * @module
 */
import { Layout, type Memory, type Ptr } from "@alloc/core";

/** Bytes: every chunk starts at a multiple of it, the unit of addresses here. */
export const CHUNK_ALIGN = 16;

/** A chunk that the parent has handed out: its address, and what goes back to the parent. */
export interface Chunk {
  readonly ptr: Ptr;
  readonly layout: Layout;
}

/** Returns the layout of a chunk, undefined where no memory has so many bytes. */
export function chunkOf(size: number, align: number): Layout | undefined {
  const most = Math.max(align, CHUNK_ALIGN);
  return size > 2 ** 32 - most ? undefined : Layout.of(size, most);
}

/** Returns the bytes of a chunk on the average, at least: a root gives no less than its granule. */
export function leastChunk(memory: Memory): number {
  return Math.max(16, Math.min(4096, memory.maximum / 4096));
}
