/**
 * Quarantine: released blocks that are held back, so that their memory is not reused.
 *
 *     released ──▶ │ #9 │ #7 │ #12 │ #4 │ ──▶ checked, and released
 *                  └── bytes ≤ most ────┘
 *
 * While a block is in it, a stale pointer to the block cannot harm other blocks, and writes through it are detected when the
 * block leaves. A block larger than the whole quarantine is released at once.
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
  /** Maximum bytes of all blocks together. */
  readonly most: number;
  /** In order of release, the oldest first. */
  readonly blocks = new Set<Held>();
  bytes = 0;

  constructor(inner: Allocator, most: number) {
    this.inner = inner;
    this.most = most;
  }

  /** Evicts blocks until one of `room` bytes fits. */
  makeRoom(room: number): void {
    while (room <= this.most && this.bytes + room > this.most) this.evict();
  }

  /** Takes a block that has ended. If the inner allocator refuses its release, its bytes are restored. */
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
   * Evicts all blocks, and throws the faults found in them.
   *
   * @param keeps - whether blocks with faults stay, to be reported again
   */
  flush(keeps = false): void {
    const errors: unknown[] = [];
    // Not until it is empty: a refused block comes back.
    for (const held of [...this.blocks]) {
      attempt(errors, () => {
        if (this.blocks.has(held)) this.give(held, keeps);
      });
    }
    rethrow(errors);
  }

  /** Forgets all blocks: the inner allocator has ended them. */
  clear(): void {
    this.blocks.clear();
    this.bytes = 0;
  }

  /** Evicts the oldest block; there is one. */
  evict(): void {
    const [oldest] = this.blocks as Iterable<Held> as [Held];
    this.give(oldest);
  }

  /** Releases a block, and throws the fault found in it. If the inner allocator refuses it, it comes back once. */
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
