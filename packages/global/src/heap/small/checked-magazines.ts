/**
 * Checked magazines: next to each address stands the place of its bit, so that an allocation finds it without a look-up.
 *
 *     words     0 │ ptr   │ ptr   │ ptr   │ ┈┈
 *     places    0 │ place │ place │ place │ ┈┈     word * 32 + bit, in the bits of the slabs
 *
 * @module
 */
import type { Memory } from "@alloc/core";
import type { Found } from "../found.ts";
import type { CheckedSlabs } from "./checked-slabs.ts";
import { BASE, Magazines, TOP } from "./magazines.ts";

export class CheckedMagazines extends Magazines {
  declare readonly slabs: CheckedSlabs;
  places: Uint32Array;

  constructor(memory: Memory, slabs: CheckedSlabs, found?: Found) {
    super(memory, slabs, found?.magazines);
    this.places = found?.places ?? this.alongside();
    this.slabs.places = this.places;
  }

  override refill(at: number): number {
    const ptr = super.refill(at);
    this.revive(this.words[at + TOP]! + 1);
    return ptr;
  }

  /** Pops an address from the magazine of the class at `at`, which is not empty. */
  override pop(at: number): number {
    const ptr = super.pop(at);
    this.revive(this.words[at + TOP]! + 1);
    return ptr;
  }

  /** Clears the bit of the block in a slot. */
  revive(slot: number): void {
    const place = this.places[slot]!;
    this.slabs.bits.words[place >>> 5]! &= ~(1 << place);
  }

  /** Pushes a block on the magazine of the class at `at`. Its bit is at `place`, and set. */
  pushAt(at: number, ptr: number, place: number): void {
    this.push(at, ptr);
    this.places[this.words[at + TOP]!] = place;
  }

  override get bookkeeping(): number {
    return 2 * super.bookkeeping;
  }

  override state(): Record<string, Uint32Array> {
    return { ...super.state(), places: this.places };
  }

  /** Whether a slot holds a block of the class which is not live, and its place is right. */
  override holds(slot: number, sizeClass: number): boolean {
    const place = this.places[slot]!;
    const isMarked = ((this.slabs.bits.words[place >>> 5]! >>> place) & 1) === 1;
    this.revive(slot);
    const isRight = isMarked && this.slabs.place(this.words[slot]!, sizeClass) === place;
    if (isMarked) this.slabs.bits.words[place >>> 5]! |= 1 << place;
    return isRight;
  }

  override move(at: number, capacity: number): void {
    const before = this.words[at + BASE]! + 1;
    const count = this.words[at + TOP]! + 1 - before;
    super.move(at, capacity);
    if (this.places.length < this.words.length) this.places = this.alongside(this.places);
    this.places.copyWithin(this.words[at + BASE]! + 1, before, before + count);
  }

  /** Makes as many places as there are words. */
  alongside(before: ArrayLike<number> = []): Uint32Array {
    const places = this.memory.words(Uint32Array, this.words.length);
    places.set(before);
    this.slabs.places = places;
    return places;
  }
}
