/**
 * Roster: the members of a cascade, how many blocks live in each, and who goes.
 *
 *     slots    bookkeeping │ member │ member │ member      objects: the children of the cascade
 *     live         hint    │   12   │    0   │    5        words
 *
 * The word of a slot counts the live blocks of its member; that of slot 0 is the slot of the member to be asked first.
 *
 * @module
 */
import { Allocator, type Memory, MisuseError, type Ptr } from "@alloc/core";
import { Bookkeeping } from "./bookkeeping.ts";
import type { Child } from "./composable.ts";

/** The slot of the first member, which stays. */
export const FIRST = 1;
/** The word of the hint. */
export const HINT = 0;
/** Bytes that a member holds, at least: shared words have room for so many from the start. */
const LEAST_MEMBER = 4096;

export abstract class Roster extends Allocator {
  override readonly memory: Memory;
  readonly slots: Child[];
  readonly bookkeeping: Bookkeeping;
  live: Int32Array;

  constructor(first: Child) {
    const slots: Child[] = [];
    super(undefined, slots);
    const { memory } = first;
    this.memory = memory;
    this.slots = slots;
    this.bookkeeping = new Bookkeeping(
      memory,
      () => 4 * this.slots.length,
      () => this.members,
    );
    slots.push(this.bookkeeping as Allocator as Child, first);
    this.live = memory.words(Int32Array, 2, 2 + Math.ceil(memory.maximum / LEAST_MEMBER));
    this.live[HINT] = FIRST;
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

  /**
   * Gives the younger one back if there are two empty members. The other is reset if it cannot tell the size of its blocks:
   * so it keeps no account of them, as a region, and what was released may be lost to it. For others there is no need.
   */
  emptied(slot: number): void {
    // The word of the hint is never 0.
    const other = this.live.subarray(0, this.slots.length).findIndex((count, at) => at !== slot && count === 0);
    const member = this.slots[slot]!;
    if (other >= FIRST) this.drop(Math.max(slot, other));
    if (this.slots[slot] === member && member.sizeAt === undefined) member.reset?.();
  }

  /** Gives all empty members back but the first. */
  giveBack(): void {
    for (let slot = this.slots.length - 1; slot > FIRST; slot--) if (this.live[slot] === 0) this.drop(slot);
  }

  drop(slot: number): void {
    const { live, slots } = this;
    this.bookkeeping.note();
    const [member] = slots.splice(slot, 1);
    live.copyWithin(slot, slot + 1, slots.length + 1);
    live[slots.length] = 0;
    if (live[HINT]! >= slot) live[HINT]!--;
    member!.dispose();
  }
}
