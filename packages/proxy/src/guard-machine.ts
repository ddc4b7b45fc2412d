/**
 * The machine of a guard: its methods, and what each looks at.
 *
 *     deallocate, grow, shrink, resizeInPlace     the address, the layout, the zones of the block, the oldest in quarantine
 *     check, reset, dispose                       the zones of all blocks, and all in quarantine
 *
 * A resize moves, also where it need not, so that whoever kept the old pointer is seen; only where there is no room for both
 * the block stays where it is. What is not legal is found before anything is changed. A fault in the bytes is told once, by
 * the call that comes across it, which does nothing else.
 *
 * @module
 */
import { can, type Layout, type Null, type Ptr, type SelfDescription } from "@alloc/core";
import { attempt, rethrow } from "./attempt.ts";
import { Custody } from "./custody.ts";
import { guardError } from "./guard-error.ts";
import { frontOf, type Held, wholeOf } from "./held.ts";
import { paintFresh, paintZones } from "./paint.ts";
import type { Resize } from "./watcher.ts";

export class GuardMachine extends Custody {
  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout.size !== 0) this.release(ptr, layout);
    else if (ptr !== layout.dangling && this.live.has(ptr)) this.fitting(ptr, layout);
  }

  override usableSize(layout: Layout): number {
    const { size, align } = layout;
    const whole = wholeOf(frontOf(align, this.redZone), size, align, this.redZone);
    return size === 0 || whole === undefined || this.inner.usableSize(whole) === 0 ? 0 : size;
  }

  override reset(): void {
    this.endedBy = this.stackOf(this.reset);
    const errors: unknown[] = [];
    // A scope tells of its end itself, or refuses.
    if (!this.isScope) attempt(() => this.end(), errors);
    attempt(() => this.inner.reset(), errors);
    this.endedBy = undefined;
    rethrow(errors);
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    if (from.size === 0) return false;
    const held = this.fitting(ptr, from);
    return to.size !== 0 && from.align === to.align && this.stretch(held, to);
  }

  override defer(drop: () => void): void {
    this.awaitEnd();
    this.inner.defer(drop);
  }

  override sizeAt(ptr: Ptr): number {
    return this.liveAt(ptr).layout.size;
  }

  override check(): void {
    const [error] = this.faults();
    if (error !== undefined) throw error;
    this.inner.check?.();
  }

  override trim(): void {
    this.quarantine.flush();
    this.inner.trim();
  }

  override describeSelf(): SelfDescription {
    return { kind: "guard", options: { ...this.settings }, state: {} };
  }

  override dispose(): void {
    this.endedBy = this.stackOf(this.dispose);
    const errors: unknown[] = [];
    // What is lent lives on, and no one else knows where its blocks begin. A scope has drops, which may still use this guard.
    if (!this.isScope) attempt(() => this.end(true), errors);
    attempt(() => this.inner.dispose(), errors);
    attempt(() => this.end(), errors);
    super.dispose();
    rethrow(errors);
  }

  override request(layout: Layout, zeroed: boolean): Ptr | Null {
    const allocated = this.stackOf(zeroed ? this.allocateZeroed : this.allocate);
    const held = this.obtain(layout, zeroed, { ordinal: this.past.ordinal + 1, allocated });
    if (held === undefined) return 0;
    this.past.ordinal++;
    return held.ptr;
  }

  override resize(how: Resize, ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const held = this.fitting(ptr, from);
    if (how === "shrink" ? to.size > from.size : to.size < from.size) {
      throw guardError("wrong-layout", `wanted to ${how} % to ${to.size} bytes`, held);
    }
    if (!this.memory.canCopy) return this.follow(held, to, this.inner[how](held.base, held.whole, to));
    this.quarantine.makeRoom(held.room);
    const moved = this.obtain(to, how === "growZeroed", held);
    if (moved !== undefined) {
      this.memory.copy(moved.ptr, ptr, Math.min(from.size, to.size));
      this.bury(held, "moved", this.stackOf(this[how]));
      return moved.ptr;
    }
    if (from.align !== to.align || !can(this.inner, "resizeInPlace") || !this.stretch(held, to)) return 0;
    if (how === "growZeroed") this.memory.fill((ptr + from.size) as Ptr, to.size - from.size);
    return ptr;
  }

  override release(ptr: Ptr, layout: Layout): void {
    const held = this.fitting(ptr, layout);
    this.quarantine.makeRoom(held.room);
    this.bury(held, "was released", this.stackOf(this.deallocate));
  }

  /** Resizes a block where it lies, if the inner allocator does. */
  stretch(held: Held, to: Layout): boolean {
    const whole = wholeOf(held.ptr - held.base, to.size, held.whole.align, this.redZone);
    if (whole === undefined || !this.inner.resizeInPlace(held.base, held.whole, whole)) return false;
    const { size } = held.layout;
    Object.assign(held, { layout: to, whole, room: this.roomOf(whole) });
    paintFresh(this.memory, held, size);
    paintZones(this.memory, held);
    return true;
  }

  /** Notes where a block without zones lies now. */
  follow(held: Held, to: Layout, next: Ptr | Null): Ptr | Null {
    if (next === 0) return 0;
    this.live.delete(held.ptr);
    this.live.set(next, { ...held, ptr: next, base: next, layout: to, whole: to, room: this.roomOf(to) });
    return next;
  }
}
