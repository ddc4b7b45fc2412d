/**
 * Quarantine: blocks that were released and are not given back yet, so that nobody gets their place.
 *
 *     released ──▶ │ #9 │ #7 │ #12 │ #4 │ ──▶ looked at, and given back
 *                  └── bytes ≤ most ────┘
 *
 * As long as a block is in it, a pointer to it that somebody kept can harm nobody else, and what is written through that
 * pointer is seen when the block leaves. A block that is larger than all of it is given back at once.
 *
 * Source: the quarantine of AddressSanitizer.
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import { attempt, rethrow } from "./attempt.ts";
import type { Held } from "./held.ts";
import { findLateWrite, paintDead } from "./paint.ts";

export class Quarantine {
  readonly inner: Allocator;
  /** Bytes that the blocks may have together. */
  readonly most: number;
  /** The one released first first. */
  readonly blocks = new Set<Held>();
  bytes = 0;

  constructor(inner: Allocator, most: number) {
    this.inner = inner;
    this.most = most;
  }

  /** Gives so many blocks back that one of `room` bytes can be held. */
  makeRoom(room: number): void {
    while (room <= this.most && this.bytes + room > this.most) this.evict();
  }

  /** Takes a block that has ended. */
  take(held: Held): void {
    paintDead(this.inner.memory, held);
    if (held.room > this.most) {
      this.inner.deallocate(held.base, held.whole);
      return;
    }
    this.blocks.add(held);
    this.bytes += held.room;
  }

  /** Gives all blocks back, and throws what was found in them then. */
  flush(): void {
    const errors: unknown[] = [];
    while (this.blocks.size > 0) attempt(() => this.evict(), errors);
    rethrow(errors);
  }

  /** Forgets all blocks: they are not the inner allocator's any more. */
  clear(): void {
    this.blocks.clear();
    this.bytes = 0;
  }

  /** Gives the oldest block back; there is one. */
  evict(): void {
    const [oldest] = this.blocks as Iterable<Held> as [Held];
    this.blocks.delete(oldest);
    this.bytes -= oldest.room;
    const error = findLateWrite(this.inner.memory, oldest);
    this.inner.deallocate(oldest.base, oldest.whole);
    if (error !== undefined) throw error;
  }
}
