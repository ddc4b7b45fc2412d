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
import type { Allocator } from "@alloc/core";
import { attempt, rethrow, undoing } from "@alloc/core/author";
import type { Entry } from "./entry.ts";
import { fillDead, findLateWrite } from "./fills.ts";
import type { GuardError } from "./guard-error.ts";
import { Queue } from "./queue.ts";

export class Quarantine {
  /** The guard that the errors name. */
  readonly guard: Allocator;
  readonly inner: Allocator;
  /** Maximum bytes of all blocks together. */
  readonly most: number;
  /** In order of release. */
  readonly blocks = new Queue();
  bytes = 0;

  constructor(guard: Allocator, inner: Allocator, most: number) {
    this.guard = guard;
    this.inner = inner;
    this.most = most;
  }

  /** Evicts blocks until one of `room` bytes fits. */
  makeRoom(room: number): void {
    while (room <= this.most && this.bytes + room > this.most) this.evict();
  }

  /** Takes a block that has ended. If the inner allocator refuses its release, its bytes are restored. */
  take(entry: Entry): void {
    if (entry.room > this.most) this.releaseNow(entry);
    else {
      fillDead(this.inner.memory, entry);
      this.blocks.add(entry);
      this.bytes += entry.room;
    }
  }

  /** Releases a block that is larger than the whole quarantine. */
  releaseNow(entry: Entry): void {
    const { inner } = this;
    const { memory } = inner;
    const { base, room, whole } = entry;
    const bytes = memory.hasBytes ? memory.u8.slice(base, base + room) : undefined;
    undoing(
      () => {
        fillDead(memory, entry);
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
    for (const entry of [...this.blocks]) {
      attempt(errors, () => {
        if (entry.isQueued) this.release(entry, keeps);
      });
    }
    rethrow(errors);
  }

  /** Removes a block without releasing it. */
  remove(entry: Entry): void {
    this.blocks.delete(entry);
    this.bytes -= entry.room;
  }

  /** Evicts the oldest block; there is one. */
  evict(): void {
    this.release(this.blocks.oldest!);
  }

  /** Releases a block, and throws the fault found in it. If the inner allocator refuses it, it comes back once. */
  release(entry: Entry, keeps = false): void {
    const { inner } = this;
    const { epoch } = inner;
    const fault = keeps ? findLateWrite(this.guard, entry, false) : undefined;
    if (fault !== undefined) throw fault;
    this.remove(entry);
    let late: GuardError | undefined;
    try {
      late = findLateWrite(this.guard, entry);
      inner.deallocate(entry.base, entry.whole);
    } catch (error) {
      if (!entry.wasRefused && inner.epoch === epoch) {
        entry.wasRefused = true;
        this.blocks.add(entry);
        this.bytes += entry.room;
      }
      rethrow(late === undefined ? [error] : [late, error]);
    }
    if (late !== undefined) throw late;
  }
}
