/**
 * The machine of a guard: its methods, and what each of them checks.
 *
 *     deallocate, grow, shrink, resizeInPlace     the address, the layout, the zones of the block, the oldest in quarantine
 *     check, reset, dispose                       the zones of all blocks, and the whole quarantine
 *
 * A resize moves even if it need not, so that uses of the old pointer are detected; only if there is no room for both, the block
 * stays in place. Misuse is detected before anything is changed. Corrupt bytes are reported once, by the call that finds them,
 * which does nothing else.
 *
 * @module
 */
import { type BlockVisitor, can, type Layout, type Null, type Ptr, type SelfDescription } from "@alloc/core";
import { attempt, bytesText, requireLayout, requireLayouts, rethrow, undoing } from "@alloc/core/author";
import type { Resize } from "../watcher.ts";
import { Entry, frontOf, wholeOf } from "./entry.ts";
import { fillFresh, fillZones } from "./fills.ts";
import { GuardBlocks, releaseAll } from "./guard-blocks.ts";
import { guardError } from "./guard-error.ts";

export class GuardMachine extends GuardBlocks {
  override deallocate(ptr: Ptr, layout: Layout): void {
    if (this.expectLayout(layout, "deallocate").size !== 0) this.release(ptr, layout);
    else if (this.live.has(ptr)) this.fitting(ptr, layout, "deallocate");
  }

  override usableSize(layout: Layout): number {
    const { size, align } = this.expectLayout(layout, "usableSize");
    const whole = wholeOf(frontOf(align, this.redZone), size, align, this.redZone);
    return whole === undefined || this.inner.usableSize(whole) === 0 ? 0 : size;
  }

  override reset(): void {
    this.endedBy = this.stackOf(this.reset);
    const errors: unknown[] = [];
    this.endTenants(errors);
    // A scope reports its end itself, or refuses.
    const all = this.isScope ? [] : this.finish(errors);
    const isReset = this.resetInner(errors);
    // They have ended here, so they must end there too.
    if (!isReset) releaseAll(this.inner, all, errors);
    this.refresh();
    this.endedBy = undefined;
    rethrow(errors);
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    if (from.size === 0) return false;
    const entry = this.fitting(ptr, from, "resizeInPlace");
    return to.size !== 0 && from.align === to.align && this.stretch(entry, to, "resizeInPlace");
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
    // The root may call this and ignores errors, so faults stay in place for the next call to report.
    attempt(errors, () => this.quarantine.flush(true));
    attempt(errors, () => this.inner.trim());
    rethrow(errors);
  }

  /**
   * Visits the inner blocks, each with its red zones; blocks in quarantine are cached. A region reports all its live blocks as
   * one range, which is split where blocks begin.
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

  /**
   * Releases all blocks while the inner allocator still works: a lent one lives on, and only this guard knows where its blocks
   * begin.
   */
  override settle(): void {
    // A scope has drops, which may still use this guard.
    if (this.isScope) return;
    const errors: unknown[] = [];
    releaseAll(this.inner, this.finish(errors), errors);
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
    const entry = this.obtain(layout, zeroed, this.history.ordinal + 1, allocated);
    if (entry === undefined) return 0;
    this.history.ordinal = entry.ordinal;
    return entry.ptr;
  }

  override resize(how: Resize, ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayout(to, how);
    const entry = this.fitting(ptr, from, how);
    if (how === "shrink" ? to.size > from.size : to.size < from.size) {
      throw guardError(this.history.guard, "wrong-layout", `tried to ${how} % to ${bytesText(to.size)}`, entry);
    }
    if (!this.memory.canCopy) return this.resizeInside(how, entry, to);
    this.quarantine.makeRoom(entry.room);
    const moved = this.obtain(to, how === "growZeroed", entry.ordinal, entry.allocated);
    if (moved === undefined) {
      if (from.align !== to.align || !can(this.inner, "resizeInPlace") || !this.stretch(entry, to, how)) return 0;
      return ptr;
    }
    undoing(
      () => {
        this.requireStill(entry, how);
        this.memory.copy(moved.ptr, ptr, Math.min(from.size, to.size));
        this.retire(entry, "moved", this.stackOf(this[how]));
      },
      () => this.discard(moved),
    );
    return moved.ptr;
  }

  override release(ptr: Ptr, layout: Layout): void {
    const entry = this.fitting(ptr, layout, "deallocate");
    this.quarantine.makeRoom(entry.room);
    this.requireStill(entry, "deallocate");
    this.retire(entry, "was released", this.stackOf(this.deallocate));
  }

  /** Resizes a block in place, if the inner allocator does. */
  stretch(entry: Entry, to: Layout, how: Resize | "resizeInPlace"): boolean {
    const { layout, whole, room } = entry;
    const next = wholeOf(entry.ptr - entry.base, to.size, whole.align, this.redZone);
    if (next === undefined) return false;
    const nextRoom = this.roomOf(next);
    if (!this.inner.resizeInPlace(entry.base, whole, next)) return false;
    this.requireStill(entry, how);
    Object.assign(entry, { layout: to, whole: next, room: nextRoom });
    undoing(
      () => {
        if (how === "growZeroed") this.memory.fill((entry.ptr + layout.size) as Ptr, to.size - layout.size);
        else fillFresh(this.memory, entry, layout.size);
        fillZones(this.memory, entry);
      },
      () => {
        entry.layout = layout;
        if (this.inner.resizeInPlace(entry.base, next, whole)) Object.assign(entry, { whole, room });
      },
    );
    return true;
  }

  /** Resizes a block without zones through the inner allocator, because its bytes cannot be copied. */
  resizeInside(how: Resize, entry: Entry, to: Layout): Ptr | Null {
    const room = this.roomOf(to);
    const next = this.inner[how](entry.base, entry.whole, to);
    if (next === 0) return 0;
    this.refresh();
    this.requireStill(entry, how);
    this.live.delete(entry.ptr);
    this.live.set(next, new Entry(entry.ordinal, entry.allocated, next, to, next, to, room));
    return next;
  }
}
