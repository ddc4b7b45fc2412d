/**
 * Seats: the members of a cascade as objects of this realm, and as words.
 *
 *     slots    null │ member │ member │ member      objects: the children of the cascade, behind one that never has room
 *     live     hint │   12   │    0   │    5        words: the live blocks of each. The hint is the slot of the member to ask first
 *     late                     record │ record      words, once threads share the memory: how each of them makes the others' members
 *
 * Threads that share the memory have objects of their own for the same members. Without {@link LateMembers}, which tells them of those that
 * come and go, members stay as they are then.
 *
 * @module
 */
import { Allocator, type Footprint, type Memory, type MisuseError, type Ptr, type SelfDescription } from "@alloc/core";
import { hide, isGated, type Kind, LateMembers, misuseOf } from "@alloc/core/author";
import type { Child } from "../composable.ts";
import { nullAllocator } from "../null.ts";
import { Apart } from "./apart.ts";

/** The slot of the first member, which is never dropped. */
export const FIRST = 1;
/** The index of the hint. */
export const HINT = 0;
/** Indices of the notes. */
const PEAK = 0;
const UNTIDY = 1;
const CHANGING = 2;
/** The number of notes. */
export const NOTES = 3;

/** What a cascade is made of. */
export interface SeatsOptions {
  /** The most members at once. */
  readonly most?: number;
  /** The kinds of the members, if threads may add some. */
  readonly kinds?: readonly Kind[];
  /** The words of a cascade that is made again. Left out: new ones. */
  readonly state?: SeatsState;
}

/** The words of a cascade. */
export interface SeatsState {
  readonly live: Int32Array;
  readonly notes: Float64Array;
  /** Those of {@link LateMembers}, if it has them. */
  readonly members: Int32Array | undefined;
}

export abstract class Seats extends Allocator {
  override readonly memory: Memory;
  readonly slots!: Child[];
  readonly apart!: Apart;
  /** The most members at once. */
  readonly most!: number | undefined;
  live!: Int32Array;
  /**
   * The highest footprint of all members, past ones too, and of the words; as 0 or 1, whether members that became empty were kept, and
   * whether the words of a member that leaves are being removed.
   */
  readonly notes!: Float64Array;
  readonly late!: LateMembers | undefined;
  /** Calls of each slot's member that ask for a block now. */
  readonly asked!: number[];
  /** The epoch of each slot's member when its count was last known. */
  readonly epochs!: number[];

  constructor(first: Child, { most, kinds, state }: SeatsOptions) {
    const members: Child[] = [];
    super(undefined, members);
    this.adopt(first);
    const { memory } = first;
    this.memory = memory;
    members.push(first);
    const room = FIRST + (most ?? 1 + Math.ceil(memory.maximum / leastMember(memory)));
    const live = state?.live ?? memory.words(Int32Array, 2, room);
    if (state === undefined) live[HINT] = FIRST;
    hide(this, {
      slots: [nullAllocator(memory), first],
      apart: new Apart(first),
      most,
      live,
      notes: state?.notes ?? memory.words(Float64Array, NOTES),
      late: kinds && memory.shared ? new LateMembers(memory, kinds, most!, state?.members) : undefined,
      asked: [0, 0],
      epochs: [0, first.epoch],
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

  /** Whether the words of all members are where they belong. */
  get isWhole(): boolean {
    return this.notes[CHANGING] === 0;
  }

  /** Whether its members stay what they are: threads share the words, and another one would not learn of a change. */
  get isFixed(): boolean {
    return this.late === undefined && isGated(this.memory);
  }

  /** The peak is what the members, which report theirs, do not account for: past members, and the words. */
  override ownFootprint(): Footprint {
    const bookkeeping = 4 * this.slots.length + this.notes.byteLength + (this.late?.bytes ?? 0);
    const peaks = this.members.reduce((sum, member) => sum + member.footprint().peak, 0);
    return { held: 0, bookkeeping, peak: Math.max(this.notes[PEAK]! - peaks, bookkeeping) };
  }

  override describeSelf(): SelfDescription {
    const { live, notes, late, most, memory } = this;
    return {
      kind: "cascade",
      options: most === undefined ? {} : { most },
      state: { live, notes, ...(late && { members: late.words }) },
      // Later members may have ended by the time that another thread makes them.
      ...(late?.isPublished && isGated(memory) && { listed: 1 }),
    };
  }

  /**
   * Takes a member in, and returns its slot.
   *
   * @throws `ArgumentError` or `RangeError` if other threads cannot make it; nothing has changed then
   */
  enter(member: Child): number {
    this.late?.add(this.slots[FIRST]!, member);
    this.live = this.memory.widen(this.live, this.slots.length + 1);
    return this.seat(member);
  }

  /** Takes an object in, and returns its slot. */
  seat(member: Child): number {
    this.adopt(member);
    (this.children as Allocator[]).push(member);
    this.apart.add(member);
    const slot = this.slots.push(member) - 1;
    this.asked[slot] = 0;
    this.epochs[slot] = member.epoch;
    return slot;
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

  /** Strikes a member off. */
  leave(slot: number): Child {
    const { live, slots, notes } = this;
    notes[PEAK] = this.footprint().peak;
    // A thread may end in the middle.
    notes[CHANGING] = 1;
    this.late?.remove(slot - FIRST - 1);
    const member = this.strike(slot);
    live.copyWithin(slot, slot + 1, slots.length + 1);
    live[slots.length] = 0;
    if (live[HINT]! >= slot) live[HINT]!--;
    notes[CHANGING] = 0;
    return member;
  }

  /** Strikes an object off. */
  strike(slot: number): Child {
    const [member] = this.slots.splice(slot, 1);
    (this.children as Allocator[]).splice(slot - FIRST, 1);
    this.asked.splice(slot, 1);
    this.epochs.splice(slot, 1);
    this.apart.delete(member!);
    this.abandon(member!);
    return member!;
  }

  /** Writes into words what other threads need to make the members. */
  publish(): void {
    this.late?.publish(this.members);
  }

  /** Makes the members those that other threads have made of them. */
  catchUp(): void {
    this.late?.catchUp(
      this.slots[FIRST]!,
      (index) => this.strike(FIRST + 1 + index),
      (member) => this.seat(member as Child),
    );
  }
}

/** Returns the least bytes of a member. It bounds the number of members for which shared words reserve room. */
function leastMember(memory: Memory): number {
  return Math.max(16, Math.min(4096, memory.maximum / 4096));
}
