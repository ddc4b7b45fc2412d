/**
 * Held: a block of a guard, with what lies around it.
 *
 *     inner block   │ red zone │      size      │ red zone, to the end of what the inner allocator guarantees │
 *                   base       ptr
 *                   ├─ front ──┤
 *
 * The front is the red zone rounded up to the align, so that the block is aligned where the inner one is.
 *
 * @module
 */
import { alignUp, Layout, type Ptr } from "@alloc/core";
import type { Stack } from "../stack.ts";

/** How a block has ended. */
export type Ending = "was released" | "moved" | "ended with its scope" | "was forgotten by a reset";

export interface Held {
  readonly ordinal: number;
  readonly ptr: Ptr;
  readonly base: Ptr;
  /** As it was last asked for. */
  layout: Layout;
  /** That of the inner block. */
  whole: Layout;
  /** Bytes that the inner block has at least. */
  room: number;
  readonly allocated: Stack;
  /** Whether the inner allocator has refused it once. */
  wasRefused?: boolean;
  ending?: Ending | undefined;
  ended?: Stack | undefined;
}

/** Answers the layout of an inner block for a front and a size; undefined where no memory has so many bytes. */
export function wholeOf(front: number, size: number, align: number, redZone: number): Layout | undefined {
  const bytes = front + size + redZone;
  return bytes > 2 ** 32 - align ? undefined : Layout.of(bytes, align);
}

/** Answers the bytes from the start of an inner block to the block in it. */
export function frontOf(align: number, redZone: number): number {
  return alignUp(redZone, align);
}
