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
import {
  attempt,
  type BlockVisitor,
  can,
  type Layout,
  type Null,
  type Ptr,
  requireLayout,
  requireLayouts,
  rethrow,
  type SelfDescription,
  undoing,
} from "@alloc/core";
import type { Resize } from "../watcher.ts";
import { Custody, giveAllBack } from "./custody.ts";
import { guardError } from "./guard-error.ts";
import { frontOf, type Held, wholeOf } from "./held.ts";
import { paintFresh, paintZones } from "./paint.ts";

export class GuardMachine extends Custody {
  override deallocate(ptr: Ptr, layout: Layout): void {
    if (this.expectLayout(layout, "deallocate").size !== 0) this.release(ptr, layout);
    else if (this.live.has(ptr)) this.fitting(ptr, layout, "deallocate");
  }

  override usableSize(layout: Layout): number {
    const { size, align } = this.expectLayout(layout, "usableSize");
    const whole = wholeOf(frontOf(align, this.redZone), size, align, this.redZone);
    return size === 0 || whole === undefined || this.inner.usableSize(whole) === 0 ? 0 : size;
  }

  override reset(): void {
    this.endedBy = this.stackOf(this.reset);
    const errors: unknown[] = [];
    this.endTenants(errors);
    // A scope tells of its end itself, or refuses.
    const all = this.isScope ? [] : this.finish(errors);
    const isReset = this.resetInner(errors);
    // Here they have ended; so they end there too.
    if (!isReset) giveAllBack(this.inner, all, errors);
    this.refresh();
    this.endedBy = undefined;
    rethrow(errors);
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    if (from.size === 0) return false;
    const held = this.fitting(ptr, from, "resizeInPlace");
    return to.size !== 0 && from.align === to.align && this.stretch(held, to, "resizeInPlace");
  }

  override defer(drop: () => void): void {
    this.awaitEnd();
    this.inner.defer(drop);
  }

  override sizeAt(ptr: Ptr): number {
    return this.liveAt(ptr).layout.size;
  }

  override check(): void {
    this.refresh();
    const [error] = this.faults();
    if (error !== undefined) throw error;
    this.inner.check?.();
  }

  override trim(): void {
    this.refresh();
    const errors: unknown[] = [];
    // The root may ask for it, and does not listen to what is thrown: so what is found stays to be told by the next call.
    attempt(errors, () => this.quarantine.flush(true));
    attempt(errors, () => this.inner.trim());
    rethrow(errors);
  }

  /**
   * Visits the inner blocks, each with its red zones; what is in quarantine is cached. A region shows all its live blocks as one
   * range: it is cut where a block begins.
   */
  override blocks(visit: BlockVisitor): void {
    this.refresh();
    const cached = new Set<number>();
    for (const { base } of this.quarantine.blocks) cached.add(base);
    const bases = [...cached];
    for (const { base } of this.live.values()) bases.push(base);
    bases.sort((a, b) => a - b);
    let next = 0;
    this.inner.blocks((ptr, bytes, state) => {
      let from = ptr;
      let part = state;
      while (next < bases.length && bases[next]! < ptr + bytes) {
        const base = bases[next++]!;
        if (base > from) visit(from, base - from, part);
        from = Math.max(base, from);
        part = cached.has(base) ? "cached" : state;
      }
      visit(from, ptr + bytes - from, part);
    });
  }

  override describeSelf(): SelfDescription {
    return { kind: "guard", options: { ...this.settings }, state: {} };
  }

  override dispose(): void {
    this.endedBy = this.stackOf(this.dispose);
    super.dispose();
  }

  /** While the inner allocator works: what is lent beneath lives on, and no one else knows where its blocks begin. */
  override settle(): void {
    // A scope has drops, which may still use this guard.
    if (this.isScope) return;
    const errors: unknown[] = [];
    giveAllBack(this.inner, this.finish(errors), errors);
    rethrow(errors);
  }

  override close(): void {
    const errors: unknown[] = [];
    this.finish(errors);
    rethrow(errors);
  }

  override request(layout: Layout, zeroed: boolean): Ptr | Null {
    this.ready(layout, zeroed ? "allocateZeroed" : "allocate");
    const allocated = this.stackOf(zeroed ? this.allocateZeroed : this.allocate);
    const held = this.obtain(layout, zeroed, { ordinal: this.past.ordinal + 1, allocated });
    if (held === undefined) return 0;
    this.past.ordinal = held.ordinal;
    return held.ptr;
  }

  override resize(how: Resize, ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayout(to, how);
    const held = this.fitting(ptr, from, how);
    if (how === "shrink" ? to.size > from.size : to.size < from.size) {
      throw guardError("wrong-layout", `wanted to ${how} % to ${to.size} bytes`, held);
    }
    if (!this.memory.canCopy) return this.resizeInside(how, held, to);
    this.quarantine.makeRoom(held.room);
    const moved = this.obtain(to, how === "growZeroed", held);
    if (moved === undefined) {
      if (from.align !== to.align || !can(this.inner, "resizeInPlace") || !this.stretch(held, to, how)) return 0;
      return ptr;
    }
    undoing(
      () => {
        this.requireStill(held, how);
        this.memory.copy(moved.ptr, ptr, Math.min(from.size, to.size));
        this.bury(held, "moved", this.stackOf(this[how]));
      },
      () => this.giveBack(moved),
    );
    return moved.ptr;
  }

  override release(ptr: Ptr, layout: Layout): void {
    const held = this.fitting(ptr, layout, "deallocate");
    this.quarantine.makeRoom(held.room);
    this.requireStill(held, "deallocate");
    this.bury(held, "was released", this.stackOf(this.deallocate));
  }

  /** Resizes a block where it lies, if the inner allocator does. */
  stretch(held: Held, to: Layout, how: Resize | "resizeInPlace"): boolean {
    const { layout, whole, room } = held;
    const next = wholeOf(held.ptr - held.base, to.size, whole.align, this.redZone);
    if (next === undefined) return false;
    const nextRoom = this.roomOf(next);
    if (!this.inner.resizeInPlace(held.base, whole, next)) return false;
    this.requireStill(held, how);
    Object.assign(held, { layout: to, whole: next, room: nextRoom });
    undoing(
      () => {
        if (how === "growZeroed") this.memory.fill((held.ptr + layout.size) as Ptr, to.size - layout.size);
        else paintFresh(this.memory, held, layout.size);
        paintZones(this.memory, held);
      },
      () => {
        held.layout = layout;
        if (this.inner.resizeInPlace(held.base, next, whole)) Object.assign(held, { whole, room });
      },
    );
    return true;
  }

  /** Resizes a block without zones as the inner allocator does: nobody can copy its bytes. */
  resizeInside(how: Resize, held: Held, to: Layout): Ptr | Null {
    const room = this.roomOf(to);
    const next = this.inner[how](held.base, held.whole, to);
    if (next === 0) return 0;
    this.requireStill(held, how);
    this.live.delete(held.ptr);
    this.live.set(next, { ...held, ptr: next, base: next, layout: to, whole: to, room });
    return next;
  }
}
