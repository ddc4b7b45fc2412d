/**
 * A chunk: a block that a region takes from its parent.
 *
 * @module
 */
import { Layout, type Memory, type Ptr } from "@alloc/core";

/** Bytes; every chunk starts at a multiple of this, the unit of stored addresses. */
export const CHUNK_ALIGN = 16;

/** A chunk: its address, and the layout with which it is released. */
export interface Chunk {
  readonly ptr: Ptr;
  readonly layout: Layout;
}

/** Returns the layout of a chunk; undefined if it exceeds the address space. */
export function chunkOf(size: number, align: number): Layout | undefined {
  const most = Math.max(align, CHUNK_ALIGN);
  return size > 2 ** 32 - most ? undefined : Layout.of(size, most);
}

/** Returns a lower bound of the average bytes of a chunk: a root allocates no less than its granule. */
export function leastChunk(memory: Memory): number {
  return Math.max(16, Math.min(4096, memory.maximum / 4096));
}
