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
import { type Allocator, attempt, rethrow, undoing } from "@alloc/core";
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

  /** Takes a block that has ended. If the inner allocator refuses it, its bytes are as they were. */
  take(held: Held): void {
    const { inner } = this;
    const { memory } = inner;
    const { base, room, whole } = held;
    if (room <= this.most) {
      paintDead(memory, held);
      this.blocks.add(held);
      this.bytes += room;
      return;
    }
    const bytes = memory.hasBytes ? memory.u8.slice(base, base + room) : undefined;
    undoing(
      () => {
        paintDead(memory, held);
        inner.deallocate(base, whole);
      },
      () => {
        if (bytes !== undefined) memory.u8.set(bytes, base);
      },
    );
  }

  /**
   * Gives all blocks back, and throws what was found in them then.
   *
   * @param keeps - keeps those that something is found in, which is told again
   */
  flush(keeps = false): void {
    const errors: unknown[] = [];
    // Not until it is empty: one that is refused comes back.
    for (const held of [...this.blocks]) {
      attempt(errors, () => {
        if (this.blocks.has(held)) this.give(held, keeps);
      });
    }
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
    this.give(oldest);
  }

  /** Gives a block back, and throws what is found in it. One that the inner allocator refuses comes back, once. */
  give(held: Held, keeps = false): void {
    const { inner } = this;
    const { epoch } = inner;
    const fault = keeps ? findLateWrite(inner.memory, held, false) : undefined;
    if (fault !== undefined) throw fault;
    this.blocks.delete(held);
    this.bytes -= held.room;
    const errors: unknown[] = [];
    attempt(errors, () => {
      const error = findLateWrite(inner.memory, held);
      if (error !== undefined) errors.push(error);
    });
    attempt(errors, () =>
      undoing(
        () => inner.deallocate(held.base, held.whole),
        () => {
          if (held.wasRefused || inner.epoch !== epoch) return;
          held.wasRefused = true;
          this.blocks.add(held);
          this.bytes += held.room;
        },
      ),
    );
    rethrow(errors);
  }
}
