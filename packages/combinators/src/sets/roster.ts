/**
 * Roster: the counts of a cascade's members, and their disposal.
 *
 * A member that is being asked is in use, whatever its count: what it calls may release its other blocks before the new one is counted.
 * Which members are being asked is known to the call stack, not to the words. The epoch of a lent member shows a reset by its owner.
 *
 * When a count falls to 0, the member is disposed or reset. So only the count of a member that detects second releases is trusted; any
 * other member stays until the cascade is reset or disposed.
 *
 * @module
 */
import type { Allocator, Layout, Null, Ptr } from "@alloc/core";
import { attempt, endsAsOne, hide, Refusals, rethrow, uppersOf } from "@alloc/core/author";
import { type Child, discard, requireApart, requireLateFit, takesFrom } from "../composable.ts";
import { giveBack } from "./members.ts";
import { FIRST, HINT, Seats, type SeatsOptions } from "./seats.ts";

/** The count of a member during its reset: it is not asked and has no live blocks. */
const ABSENT = -1;

export abstract class Roster extends Seats {
  /** The epoch of this cascade when its counts were last known. */
  seen!: number;
  /** Chunks that parents refused when a member was given back. */
  readonly refusals!: Refusals;
  isClosed!: boolean;
  /**
   * Errors of members that ended after a release. A release that throws must have released nothing: wrappers of this cascade, and
   * moves, rely on that. So the next call throws them before it begins.
   */
  pending!: unknown[];

  constructor(first: Child, options: SeatsOptions) {
    super(first, options);
    hide(this, { seen: this.epoch, refusals: new Refusals(), isClosed: false, pending: [] });
  }

  override close(): void {
    this.isClosed = true;
    const errors: unknown[] = [];
    // Drops may have created these while the others ended.
    for (const member of this.members) attempt(errors, () => member.dispose());
    giveBack(this, errors);
    this.throwPending(errors);
  }

  /** Throws unless a new member fits what the cascade is combined with. It is given up then, and ends unless others live by it. */
  requireFitting(member: Child): void {
    try {
      requireLateFit(this);
    } catch (error) {
      const errors = [error];
      this.leave(this.slots.indexOf(member));
      const siblings = uppersOf(this).flatMap(([upper, child]) => upper.children.filter((other) => other !== child));
      if (siblings.some((other) => takesFrom(member, other))) discard(errors, [member]);
      rethrow(errors);
    }
  }

  /** Throws unless a member, which has another member now, lies apart from the others. */
  requireFit(child: Allocator): void {
    const others = this.members.filter((member) => member !== child);
    requireApart("cascade", child, others);
  }

  /** Throws if this cascade was disposed: all its methods throw then. */
  requireOpen(): void {}

  /** Whether a member guarantees at least `bytes` for a layout, as the first member does. */
  suits(slot: number, layout: Layout, bytes: number): boolean {
    return slot === FIRST || this.slots[slot]!.usableSize(layout) >= bytes;
  }

  /** Asks a member for a block, and counts it. */
  ask(slot: number, layout: Layout, zeroed: boolean): Ptr | Null {
    const member = this.slots[slot]!;
    let ptr: Ptr | Null = 0;
    this.asked[slot]!++;
    try {
      ptr = zeroed ? member.allocateZeroed(layout) : member.allocate(layout);
    } finally {
      const now = this.slotNow(slot, member);
      if (this.epoch !== this.seen) this.refresh();
      if (now > 0) this.asked[now]!--;
      if (ptr !== 0) this.live[now]!++;
    }
    return ptr;
  }

  /** Has a member that served a block asked first the next time. */
  hinted(member: Child, ptr: Ptr): Ptr {
    const slot = this.slots.indexOf(member);
    if (slot >= FIRST) this.live[HINT] = slot;
    return ptr;
  }

  /** Forgets the blocks of members that were reset by others. They are empty then, but not given back: a call is on its way. */
  refresh(): void {
    const { slots, live, epochs } = this;
    this.seen = this.epoch;
    for (let slot = FIRST; slot < slots.length; slot++) {
      const member = slots[slot]!;
      if (member.epoch === epochs[slot]) continue;
      epochs[slot] = member.epoch;
      if (!(live[slot]! > 0) || !endsAsOne(member)) continue;
      live[slot] = 0;
      this.isUntidy = true;
    }
  }

  /** Whether a member is known to have no live block, and to get none now. */
  isEmpty(slot: number): boolean {
    return this.hasNone(slot) && this.asked[slot] === 0;
  }

  /** Whether a member is known to have no live block that was counted. */
  hasNone(slot: number): boolean {
    return slot >= FIRST && this.live[slot] === 0 && detectsSecondRelease(this.slots[slot]!);
  }

  /**
   * Disposes the younger of two empty members. The one that stays is reset if it has no `sizeAt`: such an allocator (a region)
   * does not track its blocks and may not be able to reuse freed ones.
   */
  emptied(slot: number): void {
    if (!this.hasNone(slot)) return;
    if (this.isBusy || this.asked[slot] !== 0) {
      this.isUntidy = true;
      return;
    }
    const { pending } = this;
    const member = this.slots[slot]!;
    const other = this.slots.findIndex((_, at) => at !== slot && this.isEmpty(at));
    if (other >= FIRST) attempt(pending, () => this.drop(Math.max(slot, other)));
    if (member.sizeAt === undefined && member.reset !== undefined) this.resetMember(member, pending);
  }

  /** Does what was put off when members became empty while they, or others, were asked. */
  tidy(): void {
    this.isUntidy = false;
    for (const member of this.members) this.emptied(this.slots.indexOf(member));
  }

  /** Throws the errors of members that ended after a release. */
  throwPending(errors: unknown[] = []): void {
    errors.unshift(...this.pending.splice(0));
    rethrow(errors);
  }

  /**
   * Resets an empty member. Other members serve what its drops request meanwhile. It is not a child during the reset, so its
   * blocks do not belong to handles to this cascade.
   */
  resetMember(member: Child, errors: unknown[]): void {
    const { slots, live } = this;
    const slot = slots.indexOf(member);
    if (slot < FIRST || !this.isEmpty(slot)) return;
    live[slot] = ABSENT;
    if (live[HINT] === slot) live[HINT] = 0;
    this.abandon(member);
    attempt(errors, () => this.refusals.collect(() => member.reset()));
    const now = slots.indexOf(member);
    if (this.isClosed || now < FIRST) return;
    attempt(errors, () => this.adopt(member));
    this.epochs[now] = member.epoch;
    if (this.live[now] === ABSENT) this.live[now] = 0;
    if (this.live[HINT] === 0) this.live[HINT] = now;
  }

  /** Disposes all empty members except the first. */
  disposeEmpty(errors: unknown[]): void {
    for (const member of this.members.slice(1).reverse()) {
      const slot = this.slots.indexOf(member);
      if (slot > FIRST && this.isEmpty(slot)) attempt(errors, () => this.drop(slot));
      else if (this.hasNone(slot) && this.asked[slot] !== 0) this.isUntidy = true;
    }
  }

  /**
   * Disposes a member. It is no longer a child: its blocks do not belong to handles to this cascade. Chunks that its parent refuses
   * are offered again by `trim` and `dispose`.
   */
  drop(slot: number): void {
    if (this.isFixed) return;
    const member = this.leave(slot);
    this.refusals.collect(() => member.dispose());
  }
}

/** Whether a second release of a block throws and is therefore not counted. A cascade reports it as a foreign pointer. */
function detectsSecondRelease(member: Child): boolean {
  return member.detects.includes("double-free") || "slots" in member;
}
