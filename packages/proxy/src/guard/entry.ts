/**
 * Entry: a block of a guard, with the red zones around it.
 *
 *     inner block   │ red zone │      size      │ red zone, to the end of what the inner allocator guarantees │
 *                   base       ptr
 *                   ├─ front ──┤
 *
 * The front is the red zone rounded up to the align, so that the block is aligned whenever the inner one is.
 *
 * @module
 */
import { alignUp, Layout, type Ptr } from "@alloc/core";
import type { Stack } from "../stack.ts";

/** How a block ended. */
export type Ending = "was released" | "moved" | "ended with its scope" | "was forgotten by a reset";

export class Entry {
  readonly ordinal: number;
  readonly allocated: Stack;
  readonly ptr: Ptr;
  /** As last requested. */
  layout: Layout;
  readonly base: Ptr;
  /** The layout of the inner block. */
  whole: Layout;
  /** Least bytes of the inner block. */
  room: number;
  /** Whether the inner allocator has refused its release once. */
  wasRefused = false;
  ending: Ending | undefined = undefined;
  ended: Stack | undefined = undefined;
  /** Links of the quarantine. */
  isQueued = false;
  older: Entry | undefined = undefined;
  newer: Entry | undefined = undefined;

  constructor(ordinal: number, allocated: Stack, ptr: Ptr, layout: Layout, base: Ptr, whole: Layout, room: number) {
    this.ordinal = ordinal;
    this.allocated = allocated;
    this.ptr = ptr;
    this.layout = layout;
    this.base = base;
    this.whole = whole;
    this.room = room;
  }

  /** Notes how and where it ended. */
  end(ending: Ending | undefined, ended: Stack | undefined): void {
    this.ending = ending;
    this.ended = ended;
  }
}

/** Returns the layout of an inner block for a front and a size; undefined if the size is out of bounds. */
export function wholeOf(front: number, size: number, align: number, redZone: number): Layout | undefined {
  const bytes = front + size + redZone;
  return bytes > 2 ** 32 - align ? undefined : Layout.of(bytes, align);
}

/** Returns the bytes from the start of an inner block to the block in it. */
export function frontOf(align: number, redZone: number): number {
  return alignUp(redZone, align);
}
