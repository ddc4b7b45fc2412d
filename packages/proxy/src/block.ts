/**
 * Block: what an observer tells of one.
 *
 *     #7 (24 bytes, align 8, at 65552)
 *         at parse (file:///app.js:12:3)
 *
 * @module
 */
import type { Ptr } from "@alloc/core";

/** A block as it was last asked for. */
export interface LiveBlock {
  /** Which request of its allocator it came of, counted from 1. A resize keeps it. */
  readonly ordinal: number;
  readonly ptr: Ptr;
  /** Bytes. */
  readonly size: number;
  readonly align: number;
  /** Where it was asked for: frames as the engine writes them, one a line. Empty if none were kept. */
  readonly stack: string;
}

export function blockText({ ordinal, size, align, ptr }: LiveBlock): string {
  return `#${ordinal} (${bytesText(size)}, align ${align}, at ${ptr})`;
}

export function bytesText(bytes: number): string {
  return bytes === 1 ? "1 byte" : `${bytes} bytes`;
}

/** Frames of a stack that a report has. */
const MOST_FRAMES = 20;

export function stackText(stack: string): string {
  if (stack === "") return "    (no stack was kept)";
  const frames = stack.split("\n");
  const more = frames.length - MOST_FRAMES;
  return more <= 0 ? stack : [...frames.slice(0, MOST_FRAMES), `    … and ${more} more`].join("\n");
}
