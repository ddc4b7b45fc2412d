/**
 * Roster: the members of a cascade, their counts of live blocks, and their disposal.
 *
 *     slots    bookkeeping │ member │ member │ member      objects: the children of the cascade
 *     live         hint    │   12   │    0   │    5        words
 *
 * The word of a slot counts the live blocks of its member. Word 0 is the hint: the slot of the member to ask first.
 *
 * A count of 0 ends blocks, because the member is disposed or reset. So only the count of a member that detects second releases
 * is trusted. Any other member stays until the cascade is reset or disposed.
 *
 * @module
 */
import { Allocator, attempt, hide, type Memory, MisuseError, type Ptr, rethrow } from "@alloc/core";
import { Bookkeeping } from "../bookkeeping.ts";
import type { Child } from "../composable.ts";

/** The slot of the first member, which is never dropped. */
export const FIRST = 1;
/** The index of the hint. */
export const HINT = 0;
/** The count of a member during its reset: it is not asked and has no live blocks. */
const ABSENT = -1;

export abstract class Roster extends Allocator {
  override readonly memory: Memory;
  readonly slots!: Child[];
  readonly bookkeeping!: Bookkeeping;
  live!: Int32Array;
  /** Whether empty members were kept because a request was in progress. */
  isUntidy!: boolean;
  isClosed!: boolean;
  /**
   * Errors of members that ended after a release. A release that throws must have released nothing: wrappers of this cascade, and
   * moves, rely on that. So the next call throws them before it begins.
   */
  pending!: unknown[];

  constructor(first: Child) {
    const slots: Child[] = [];
    super(undefined, slots);
    this.adopt(first);
    const { memory } = first;
    this.memory = memory;
    const bookkeeping = new Bookkeeping(
      memory,
      () => 4 * this.slots.length,
      () => this.members,
    );
    slots.push(bookkeeping as Allocator as Child, first);
    const live = memory.words(Int32Array, 2, 2 + Math.ceil(memory.maximum / leastMember(memory)));
    live[HINT] = FIRST;
    hide(this, { slots, bookkeeping, live, isUntidy: false, isClosed: false, pending: [] });
  }

  get members(): readonly Child[] {
    return this.slots.slice(FIRST);
  }

  /** Counts a block served by a member other than the one asked first. */
  served(slot: number, ptr: Ptr): Ptr {
    this.live = this.memory.widen(this.live, this.slots.length);
    this.live[HINT] = slot;
    this.live[slot]!++;
    return ptr;
  }

  /** Returns the slot of the member that owns an address, 0 if none does. */
  find(ptr: Ptr): number {
    const slots = this.slots;
    const hint = this.live[0]!;
    if (slots[hint]!.owns(ptr)) return hint;
    for (let slot = 1; slot < slots.length; slot++) if (slots[slot]!.owns(ptr)) return slot;
    return 0;
  }

  slotOf(ptr: Ptr): number {
    const slot = this.find(ptr);
    if (slot === 0) throw this.foreign(ptr);
    return slot;
  }

  foreign(ptr: Ptr): MisuseError {
    return new MisuseError("foreign-pointer", `${ptr} does not lie in a member of the cascade`);
  }

  /** Returns the current slot of a member: others may have been dropped while it was called. */
  slotNow(slot: number, member: Child): number {
    return this.slots[slot] === member ? slot : this.slots.indexOf(member);
  }

  /** Whether a member is known to have no live blocks. */
  isEmpty(slot: number): boolean {
    return slot >= FIRST && this.live[slot] === 0 && detectsSecondRelease(this.slots[slot]!);
  }

  /**
   * Disposes the younger of two empty members. The one that stays is reset if it has no `sizeAt`: such an allocator (a region)
   * does not track its blocks and may not be able to reuse freed ones.
   */
  emptied(slot: number): void {
    if (!this.isEmpty(slot)) return;
    if (this.isBusy) {
      this.isUntidy = true;
      return;
    }
    const { pending } = this;
    const member = this.slots[slot]!;
    const other = this.slots.findIndex((_, at) => at !== slot && this.isEmpty(at));
    if (other >= FIRST) attempt(pending, () => this.drop(Math.max(slot, other)));
    if (member.sizeAt === undefined && member.reset !== undefined) this.resetMember(member, pending);
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
    attempt(errors, () => member.reset());
    const now = slots.indexOf(member);
    if (this.isClosed || now < FIRST) return;
    attempt(errors, () => this.adopt(member));
    if (this.live[now] === ABSENT) this.live[now] = 0;
    if (this.live[HINT] === 0) this.live[HINT] = now;
  }

  /** Disposes all empty members except the first. */
  disposeEmpty(errors: unknown[]): void {
    for (const member of this.members.slice(1).reverse()) {
      const slot = this.slots.indexOf(member);
      if (slot > FIRST && this.isEmpty(slot)) attempt(errors, () => this.drop(slot));
    }
  }

  /** Disposes a member. It is no longer a child then, so its blocks do not belong to handles to this cascade. */
  drop(slot: number): void {
    const { live, slots } = this;
    this.bookkeeping.note();
    const member = slots[slot]!;
    slots.splice(slot, 1);
    live.copyWithin(slot, slot + 1, slots.length + 1);
    live[slots.length] = 0;
    if (live[HINT]! >= slot) live[HINT]!--;
    this.abandon(member);
    member.dispose();
  }
}

/** Whether a second release of a block throws and is therefore not counted. A cascade reports it as a foreign pointer. */
function detectsSecondRelease(member: Child): boolean {
  return member.detects.includes("double-free") || "slots" in member;
}

/** Returns the least bytes of a member. It bounds the number of members for which shared words reserve room. */
function leastMember(memory: Memory): number {
  return Math.max(16, Math.min(4096, memory.maximum / 4096));
}
