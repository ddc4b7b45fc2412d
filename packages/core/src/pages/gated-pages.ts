/**
 * Gated pages: the root of a memory in which several threads allocate, one at a time.
 *
 *     call ──▶ the gate: inside already? ── no ──▶ enter ──▶ the root ──▶ leave
 *                                        └─ yes ───────────▶ the root
 *
 * A root becomes one when @alloc/shared locks its memory: it gets another class, so that other roots ask nothing.
 *
 * @module
 */
import { ArgumentError } from "../base/errors.ts";
import { publishAll } from "../chain/catch-up.ts";
import type { Footprint, SelfDescription } from "../chain/graph.ts";
import { realm } from "../chain/realm.ts";
import type { Gate } from "../memory/book.ts";
import { isLonger } from "../memory/bounds.ts";
import type { Memory } from "../memory/memory.ts";
import type { Layout } from "../values/layout.ts";
import type { Null, Ptr } from "../values/ptr.ts";
import { HELD, PagesMachine } from "./machine.ts";

class GatedPages extends PagesMachine {
  override allocate(layout: Layout): Ptr | Null {
    return gated(this, () => super.allocate(layout));
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    gated(this, () => super.deallocate(ptr, layout));
  }

  override owns(ptr: Ptr): boolean {
    return gated(this, () => super.owns(ptr));
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    return gated(this, () => super.resizeInPlace(ptr, from, to));
  }

  override check(): void {
    gated(this, () => super.check());
  }

  /** Counts again what a thread that ended in the middle of a call has left. A range on its way stays handed out. */
  rebuild(): void {
    gated(this, () => {
      this.counters[HELD] = (this.admitted.total - this.free.total) * this.granule;
      this.account(0);
    });
  }

  override footprint(): Footprint {
    return gated(this, () => super.footprint());
  }

  override describeSelf(): SelfDescription {
    return gated(this, () => super.describeSelf());
  }

  override admit(from: number, to: number): void {
    gated(this, () => super.admit(from, to));
  }
}

/** Runs a step in the gate of a root, once for nested calls. */
function gated<R>(root: PagesMachine, step: () => R): R {
  const gate = root.memory.openBook().gate!;
  if (!gate.enter()) return step();
  try {
    // Another thread may have grown the memory, and where it ends decides what is admitted next.
    isLonger(root.memory);
    return step();
  } finally {
    gate.leave();
  }
}

/**
 * Lets one thread at a time into the root of a memory and its words: each call passes the gate from now on. For authors of locks.
 *
 * @param memory - a shared memory that has a root in this realm
 * @param gate - replaces an earlier one
 * @throws {@link ArgumentError} if it has none: a new one would not be that of the other threads; or if children of an allocator that may change
 *   cannot be made by other threads. The gate is as before then
 */
export function gateRoot(memory: Memory, gate: Gate): void {
  const root = realm().roots.get(memory.beneath) as PagesMachine | undefined;
  if (root === undefined) throw new ArgumentError("gateRoot expects a memory with a root: call pages(memory) first");
  const book = root.memory.openBook();
  // Before others are let in, and not once more while they may be inside.
  if (book.gate === undefined) publishAll(memory);
  book.gate = gate;
  Object.setPrototypeOf(root, GatedPages.prototype);
}
