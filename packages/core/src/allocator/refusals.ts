/**
 * Refusals: chunks that a parent refused to take back when a leaf ended.
 *
 *     drop a member ──▶ leaf ends ──▶ giveChunk ── the parent throws ──▶ refusals          kept by the combinator
 *     later                                          parent ◀────────────── giveAgain
 *
 * An allocator that ends is gone, whatever throws, and its record of chunks with it. A combinator that ends children while it lives on
 * keeps refused chunks and offers them again. Otherwise they would be lost until their parent ends.
 *
 * @module
 */
import { attempt, rethrow } from "../base/attempt.ts";
import type { MisuseError } from "../base/errors.ts";
import { realm } from "../chain/realm.ts";
import type { Layout } from "../values/layout.ts";
import type { Ptr } from "../values/ptr.ts";
import type { Allocator } from "./allocator.ts";

/** A chunk, and the epoch of its parent: when that changes the chunk has ended. */
export interface Refusal {
  readonly parent: Allocator;
  readonly ptr: Ptr;
  readonly layout: Layout;
  readonly epoch: number;
}

/** Misuse that a later try would not mend: the parent does not know the chunk. */
const FINAL: readonly unknown[] = ["double-free", "foreign-pointer", "interior-pointer", "wrong-layout", "disposed"];

/**
 * Gives a chunk back to a parent. For authors of leaves, in `close`: what the parent refuses is then kept by a combinator that
 * collects {@link Refusals}.
 *
 * @throws what the parent throws
 */
export function giveChunk(parent: Allocator, ptr: Ptr, layout: Layout): void {
  const { epoch } = parent;
  try {
    parent.deallocate(ptr, layout);
  } catch (error) {
    if (!isFinal(error)) realm().refusals?.push({ parent, ptr, layout, epoch });
    throw error;
  }
}

/** The chunks that leaves could not give back as they ended. For authors of combinators that end children while they live on. */
export class Refusals {
  /** The chunks that their parents refused to take back. */
  readonly kept: Refusal[] = [];

  /**
   * Runs a step that ends allocators, and keeps what their parents refuse.
   *
   * @throws what the step throws
   */
  collect(step: () => void): void {
    const home = realm();
    const before = home.refusals;
    home.refusals = this.kept;
    try {
      step();
    } finally {
      home.refusals = before;
    }
  }

  /**
   * Offers all chunks to their parents once more, and keeps those that are refused again.
   *
   * @throws what a parent throws; an `AggregateError` if that were several errors
   */
  giveAgain(): void {
    const errors: unknown[] = [];
    for (const { parent, ptr, layout, epoch } of this.kept.splice(0)) {
      if (parent.epoch === epoch) attempt(errors, () => this.collect(() => giveChunk(parent, ptr, layout)));
    }
    rethrow(errors);
  }
}

function isFinal(error: unknown): boolean {
  return FINAL.includes((Object(error) as Partial<MisuseError>).code);
}
