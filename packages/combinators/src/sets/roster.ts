/**
 * Roster: the members of a cascade, how many blocks live in each, and who goes.
 *
 *     slots    bookkeeping │ member │ member │ member      objects: the children of the cascade
 *     live         hint    │   12   │    0   │    5        words
 *
 * The word of a slot counts the live blocks of its member; that of slot 0 is the slot of the member to be asked first.
 *
 * A count that is 0 ends blocks: the member is disposed, or reset. So only that of a member that detects second releases is believed.
 * Any other one stays until the cascade is reset or disposed.
 *
 * @module
 */
import { Allocator, attempt, hide, type Memory, MisuseError, type Ptr, rethrow } from "@alloc/core";
import { Bookkeeping } from "../bookkeeping.ts";
import type { Child } from "../composable.ts";

/** The slot of the first member, which stays. */
export const FIRST = 1;
/** The word of the hint. */
export const HINT = 0;
/** The count of a member that is being reset: it is not asked, and then it has no live block. */
const ABSENT = -1;

export abstract class Roster extends Allocator {
  override readonly memory: Memory;
  readonly slots!: Child[];
  readonly bookkeeping!: Bookkeeping;
  live!: Int32Array;
  /** Whether members that became empty were kept, since a request was on its way. */
  isUntidy!: boolean;
  isClosed!: boolean;
  /**
   * What members threw that ended with the release of a block. A release that throws has released nothing: who wraps this cascade, or
   * moves a block, counts on that. So the next call that has not begun throws it.
   */
  troubles!: unknown[];

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
    hide(this, { slots, bookkeeping, live, isUntidy: false, isClosed: false, troubles: [] });
  }

  get members(): readonly Child[] {
    return this.slots.slice(FIRST);
  }

  /** Counts a block that was served by a member other than the one asked first. */
  served(slot: number, ptr: Ptr): Ptr {
    this.live = this.memory.widen(this.live, this.slots.length);
    this.live[HINT] = slot;
    this.live[slot]!++;
    return ptr;
  }

  /** Answers the slot of the member that owns an address, 0 if none does. */
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

  /** Returns where a member is now: while it was called, others may have gone. */
  slotNow(slot: number, member: Child): number {
    return this.slots[slot] === member ? slot : this.slots.indexOf(member);
  }

  /** Whether a member is known to have no live block. */
  isEmpty(slot: number): boolean {
    return slot >= FIRST && this.live[slot] === 0 && detectsSecondRelease(this.slots[slot]!);
  }

  /**
   * Gives the younger one back if there are two empty members. The other is reset if it cannot tell the size of its blocks:
   * so it keeps no account of them, as a region, and what was released may be lost to it. For others there is no need.
   */
  emptied(slot: number): void {
    if (!this.isEmpty(slot)) return;
    if (this.isBusy) {
      this.isUntidy = true;
      return;
    }
    const { troubles } = this;
    const member = this.slots[slot]!;
    const other = this.slots.findIndex((_, at) => at !== slot && this.isEmpty(at));
    if (other >= FIRST) attempt(troubles, () => this.drop(Math.max(slot, other)));
    if (member.sizeAt === undefined && member.reset !== undefined) this.renew(member, troubles);
  }

  /** Throws what members threw that ended with a release. */
  tell(errors: unknown[] = []): void {
    errors.unshift(...this.troubles.splice(0));
    rethrow(errors);
  }

  /**
   * Resets an empty member. What its drops ask for meanwhile another member serves. It is no child as long: its blocks are not those of
   * handles to this cascade.
   */
  renew(member: Child, errors: unknown[]): void {
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

  /** Gives all empty members back but the first. */
  giveBack(errors: unknown[]): void {
    for (const member of this.members.slice(1).reverse()) {
      const slot = this.slots.indexOf(member);
      if (slot > FIRST && this.isEmpty(slot)) attempt(errors, () => this.drop(slot));
    }
  }

  /** Disposes a member. It is no child any more: its blocks are not those of handles to this cascade. */
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

/** Whether a second release of a block throws, so that it is not counted. A cascade tells of it as of a foreign pointer. */
function detectsSecondRelease(member: Child): boolean {
  return member.detects.includes("double-free") || "slots" in member;
}

/** Returns the bytes that a member holds, at least: shared words have room for so many members from the start. */
function leastMember(memory: Memory): number {
  return Math.max(16, Math.min(4096, memory.maximum / 4096));
}
