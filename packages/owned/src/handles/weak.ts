/**
 * Weak: a reference that does not keep the value alive, and what it shares with Rc and Arc.
 *
 *     Rc ──┐               strong 2        the block is released with the last reference of any kind,
 *     Rc ──┼──▶ │ 2 │ 2 │ … │ value │      so a Weak can read the counts as long as it lives
 *     Weak ┘               weak 1, plus 1 for both Rcs
 *
 * @module
 */
import { type Allocator, alignUp, type Disposable, Layout, type Ptr } from "@alloc/core";
import type { Type } from "../values/type.ts";
import { type Counts, retain, revive, STRONG, WEAK } from "./counts.ts";
import { Owner } from "./owner.ts";

/** A reference that does not keep the value alive. `H` is the owner it upgrades to: an Rc or an Arc. */
export interface Weak<H> extends Disposable {
  /** Returns an owner of the value; undefined if the value has died. */
  upgrade(): H | undefined;
  /** Makes another Weak. O(1). */
  clone(): Weak<H>;
  /** Current number of owners. */
  readonly strongCount: number;
  /** Releases the block if this is the last reference. A second call does nothing. */
  dispose(): void;
}

/** Returns the offset of the value in a block. */
export function offsetOf({ layout }: Type<unknown>, { header }: Counts): number {
  return alignUp(header, layout.align);
}

/** Returns the layout of a block. */
export function blockOf(type: Type<unknown>, counts: Counts): Layout {
  const { size, align } = type.layout;
  return Layout.of(offsetOf(type, counts) + size, Math.max(align, 4));
}

export function valueIn(block: Ptr, type: Type<unknown>, counts: Counts): Ptr {
  return (block + offsetOf(type, counts)) as Ptr;
}

const COUNTS: unique symbol = Symbol("counts");
const BLOCK: unique symbol = Symbol("block");

/** A handle to a block with counts, strong or weak. */
export abstract class SharedOwner<T> extends Owner<T> {
  declare readonly [COUNTS]: Counts;
  declare [BLOCK]: Ptr;

  constructor(type: Type<T>, allocator: Allocator, block: Ptr, counts: Counts) {
    super(type, allocator, valueIn(block, type, counts));
    this[COUNTS] = counts;
    this[BLOCK] = (block >>> 0) as Ptr;
  }

  get counts(): Counts {
    return this[COUNTS];
  }

  get block(): Ptr {
    return this[BLOCK];
  }

  /** Closes the current views and switches to another block. */
  moveTo(block: Ptr): void {
    this.hide();
    this[BLOCK] = (block >>> 0) as Ptr;
    this.address = valueIn(block, this.type, this[COUNTS]);
  }

  get strongCount(): number {
    return this.word(STRONG);
  }

  word(word: number): number {
    this.requireLive();
    return this.counts.get(this.base, this.block, word);
  }

  /** Releases the block if this was the last weak share. */
  releaseWeak(block: Ptr): void {
    const { allocator, type, counts } = this;
    if (counts.add(this.base, block, WEAK, -1) === 0) allocator.deallocate(block, blockOf(type, counts));
  }

  /** Gives up a weak share of the block with the value at an address. */
  override releaseAt(start: Ptr): void {
    this.releaseWeak((start - offsetOf(this.type, this.counts)) as Ptr);
  }
}

/** Makes another handle to a block; the caller counts it. */
export type Make<T, H> = (type: Type<T>, allocator: Allocator, block: Ptr) => Owner<T> & H;

const MAKE: unique symbol = Symbol("make");

export class WeakMachine<T, H> extends SharedOwner<T> implements Weak<H> {
  declare readonly [MAKE]: Make<T, H>;

  constructor(type: Type<T>, allocator: Allocator, block: Ptr, counts: Counts, make: Make<T, H>) {
    super(type, allocator, block, counts);
    this[MAKE] = make;
  }

  override get kind(): string {
    return "Weak";
  }

  /** A Weak owns no value. */
  override get size(): number {
    return 0;
  }

  upgrade(): H | undefined {
    if (this.word(STRONG) === 0) return undefined;
    const { type, counts, allocator, block } = this;
    const make = this[MAKE];
    const made = make(type, allocator, block);
    try {
      if (revive(counts, this.base, block)) return made;
    } catch (error) {
      abandon(made, error);
    }
    made.abandon();
    return undefined;
  }

  clone(): Weak<H> {
    this.requireLive();
    const { type, counts, allocator, block } = this;
    const made = new WeakMachine(type, allocator, block, counts, this[MAKE]);
    try {
      retain(counts, this.base, block, WEAK);
    } catch (error) {
      abandon(made, error);
    }
    return made;
  }

  override dispose(): void {
    if (!this.isToEnd) return;
    this.giveAway("dispose");
    this.releaseWeak(this.block);
  }

  override endValues(): void {
    if (this.epoch === this.allocator.epoch) this.releaseWeak(this.block);
  }

  override contents(): unknown {
    return undefined;
  }
}

/** Undoes the creation of a handle that could not be counted. */
export function abandon(made: { abandon(): void }, error: unknown): never {
  made.abandon();
  throw error;
}
