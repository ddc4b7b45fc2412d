/**
 * Block: a live block as observers report it.
 *
 *     #7 (24 bytes, align 8, at 65552)
 *         at parse (file:///app.js:12:3)
 *
 * @module
 */
import type { Ptr } from "@alloc/core";
import { bytesText } from "@alloc/core/author";

/** A live block with the size and align it was last requested with. */
export interface LiveBlock {
  /** The number of the request that allocated it, counted from 1 per allocator. A resize keeps it. */
  readonly ordinal: number;
  /** The address of the block. */
  readonly ptr: Ptr;
  /** Requested bytes. */
  readonly size: number;
  /** Requested align in bytes. */
  readonly align: number;
  /** The stack of its allocation: frames as the engine writes them, one per line. Empty if none were kept. */
  readonly stack: string;
  /** The name of the heap, if it has one. */
  readonly heap?: string;
}

export function blockText({ ordinal, size, align, ptr, heap }: LiveBlock): string {
  const of = heap === undefined ? "" : ` of ${JSON.stringify(heap)}`;
  return `#${ordinal}${of} (${bytesText(size)}, align ${align}, at ${ptr})`;
}

/** The maximum number of frames in a report. */
const MOST_FRAMES = 20;

export function stackText(stack: string): string {
  if (stack === "") return "    (no stack was kept)";
  const frames = stack.split("\n");
  const more = frames.length - MOST_FRAMES;
  return more <= 0 ? stack : [...frames.slice(0, MOST_FRAMES), `    … and ${more} more`].join("\n");
}
