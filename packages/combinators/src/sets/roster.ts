/**
 * Roster: the members of a cascade, their counts of live blocks, and their disposal.
 *
 *     slots    null │ member │ member │ member      objects: the children of the cascade, behind one that never has room
 *     live     hint │   12   │    0   │    5        words
 *
 * The word of a slot counts the live blocks of its member. Word 0 is the hint: the slot of the member to ask first.
 *
 * A member that is being asked is in use, whatever its count: what it calls may release its other blocks before the new one is counted.
 * Which members are being asked is known to the call stack, not to the words. The epoch of a lent member shows a reset by its owner.
 *
 * When a count falls to 0, the member is disposed or reset. So only the count of a member that detects second releases is trusted; any
 * other member stays until the cascade is reset or disposed.
 *
 * @module
 */
import {
  Allocator,
  type Footprint,
  type Layout,
  type Memory,
  type MisuseError,
  type Null,
  type Ptr,
} from "@alloc/core";
import { attempt, endsAsOne, hide, isGated, misuseOf, Refusals, rethrow, uppersOf } from "@alloc/core/author";
import { type Child, discard, requireApart, requireLateFit, takesFrom } from "../composable.ts";
import { nullAllocator } from "../null.ts";
import { Apart } from "./apart.ts";

/** The slot of the first member, which is never dropped. */
export const FIRST = 1;
/** The index of the hint. */
export const HINT = 0;
/** Indices of the notes. */
const PEAK = 0;
const UNTIDY = 1;
/** The count of a member during its reset: it is not asked and has no live blocks. */
const ABSENT = -1;

/** The words of a cascade. */
export interface RosterState {
  readonly live: Int32Array;
  readonly notes: Float64Array;
}

export abstract class Roster extends Allocator {
  override readonly memory: Memory;
  readonly slots!: Child[];
  readonly apart!: Apart;
  live!: Int32Array;
  /** The highest footprint of all members, past ones too, and of the words; whether members that became empty were kept, as 0 or 1. */
  readonly notes!: Float64Array;
  /** Calls of each slot's member that ask for a block now. */
  readonly asked!: number[];
  /** The epoch of each slot's member when its count was last known, and that of the cascade then. */
  readonly epochs!: number[];
  seen!: number;
  /** Chunks that parents refused when a member was given back. */
  readonly refusals!: Refusals;
  isClosed!: boolean;
  /**
   * Errors of members that ended after a release. A release that throws must have released nothing: wrappers of this cascade, and
   * moves, rely on that. So the next call throws them before it begins.
   */
  pending!: unknown[];

  /** @param state - the words of a cascade that is made again. Default: new ones */
  constructor(first: Child, state?: RosterState) {
    const members: Child[] = [];
    super(undefined, members);
    this.adopt(first);
    const { memory } = first;
    this.memory = memory;
    members.push(first);
    const live = state?.live ?? memory.words(Int32Array, 2, 2 + Math.ceil(memory.maximum / leastMember(memory)));
    if (state === undefined) live[HINT] = FIRST;
    hide(this, {
      apart: new Apart(first),
      slots: [nullAllocator(memory), first],
      live,
      notes: state?.notes ?? memory.words(Float64Array, 2),
      asked: [0, 0],
      epochs: [0, first.epoch],
      seen: this.epoch,
      refusals: new Refusals(),
      isClosed: false,
      pending: [],
    });
  }

  get members(): readonly Child[] {
    return this.slots.slice(FIRST);
  }

  /** Whether members that became empty were kept, since a request was on its way. */
  get isUntidy(): boolean {
    return this.notes[UNTIDY] === 1;
  }

  set isUntidy(is: boolean) {
    this.notes[UNTIDY] = Number(is);
  }

  /** Whether its members stay what they are: threads share the words, and another one would not learn of a change. */
  get isFixed(): boolean {
    return isGated(this.memory);
  }

  /** The peak is what the members, which report theirs, do not account for: past members, and the words. */
  override ownFootprint(): Footprint {
    const bookkeeping = 4 * this.slots.length + this.notes.byteLength;
    const peaks = this.members.reduce((sum, member) => sum + member.footprint().peak, 0);
    return { held: 0, bookkeeping, peak: Math.max(this.notes[PEAK]! - peaks, bookkeeping) };
  }

  /** Takes a member in, and returns its slot. */
  enter(member: Child): number {
    this.adopt(member);
    (this.children as Allocator[]).push(member);
    this.apart.add(member);
    const slot = this.slots.push(member) - 1;
    this.asked[slot] = 0;
    this.epochs[slot] = member.epoch;
    this.live = this.memory.widen(this.live, this.slots.length);
    return slot;
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
    return misuseOf(this, "foreign-pointer", `${ptr} does not lie in a member of the cascade`);
  }

  /** Returns the current slot of a member: others may have been dropped while it was called. */
  slotNow(slot: number, member: Child): number {
    return this.slots[slot] === member ? slot : this.slots.indexOf(member);
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

  /** Strikes a member off. */
  leave(slot: number): Child {
    const { live, slots } = this;
    this.notes[PEAK] = this.footprint().peak;
    const member = slots[slot]!;
    slots.splice(slot, 1);
    (this.children as Allocator[]).splice(slot - FIRST, 1);
    this.asked.splice(slot, 1);
    this.epochs.splice(slot, 1);
    live.copyWithin(slot, slot + 1, slots.length + 1);
    live[slots.length] = 0;
    if (live[HINT]! >= slot) live[HINT]!--;
    this.apart.delete(member);
    this.abandon(member);
    return member;
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
