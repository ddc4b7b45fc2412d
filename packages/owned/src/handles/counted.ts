/**
 * Counted: the common base of Rc and Arc, and the Weak of both.
 *
 *     Rc ──┐               strong 2
 *     Rc ──┼──▶ │ 2 │ 2 │ … │ value │
 *     Weak ┘               weak 1, plus 1 for both Rcs
 *
 * A new handle is made before it is counted, so a failure to make it leaves the count unchanged.
 *
 * @module
 */
import { type Allocator, can, type Disposable, handleAllocError, Layout, type Ptr } from "@alloc/core";
import { orDiscard } from "../values/grave.ts";
import { fieldsOf } from "../values/plain.ts";
import { type Parts, type Type, taken, type View } from "../values/type.ts";
import { cloneAt, requireEpoch } from "./box-machine.ts";
import { begin, type Counts, retain, revive, STRONG, WEAK } from "./counts.ts";
import { end } from "./dropping.ts";
import { orGiveBack } from "./factory.ts";
import { Owner } from "./owner.ts";
import { enter, type Post } from "./scope.ts";

/** A read-only view of a shared value: see {@link View}. */
export type ReadonlyView<T> = [T] extends [number | bigint | boolean | string]
  ? T
  : [T] extends [readonly (infer E)[]]
    ? Iterable<ReadonlyView<E>> & { readonly length: number; at(index: number): ReadonlyView<E> }
    : { readonly [Field in keyof T]: ReadonlyView<T[Field]> };

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

/** Returns the layout of a block and the offset of the value in it. */
export function blockOf(type: Type<unknown>, { header }: Counts): { layout: Layout; offset: number } {
  return Layout.of(header, 4).extend(type.layout);
}

function valueIn(block: Ptr, type: Type<unknown>, counts: Counts): Ptr {
  return (block + blockOf(type, counts).offset) as Ptr;
}

/** A handle to a block with counts, strong or weak. */
abstract class SharedOwner<T> extends Owner<T> {
  readonly #counts: Counts;
  #block: Ptr;

  constructor(type: Type<T>, allocator: Allocator, block: Ptr, counts: Counts) {
    super(type, allocator, valueIn(block, type, counts));
    this.#counts = counts;
    this.#block = (block >>> 0) as Ptr;
  }

  get counts(): Counts {
    return this.#counts;
  }

  get block(): Ptr {
    return this.#block;
  }

  /** Closes the current views and switches to another block. */
  moveTo(block: Ptr): void {
    this.hide();
    this.#block = (block >>> 0) as Ptr;
    this.address = valueIn(block, this.type, this.#counts);
  }

  get strongCount(): number {
    return this.word(STRONG);
  }

  word(word: number): number {
    this.requireLive();
    return this.counts.get(this.allocator.memory, this.block, word);
  }

  /** Counts a new handle; abandons it on failure. */
  counting<H extends Owner<T>>(made: H, count: () => void): H {
    try {
      count();
      return made;
    } catch (error) {
      made.abandon();
      throw error;
    }
  }

  /** Releases the block if this was the last weak share. */
  releaseWeak(block: Ptr): void {
    const { allocator, type, counts } = this;
    if (counts.add(allocator.memory, block, WEAK, -1) === 0) allocator.deallocate(block, blockOf(type, counts).layout);
  }
}

export abstract class Counted<T, H> extends SharedOwner<T> {
  /** Makes another handle to a block; the caller counts it. */
  abstract handle(block: Ptr): Counted<T, H> & H;

  /** Throws if a borrow forbids changing or dropping the value now. */
  abstract requireFree(): void;

  override get size(): number {
    return 1;
  }

  get weakCount(): number {
    return this.word(WEAK) - 1;
  }

  get(): T {
    this.requireLive();
    return this.type.read(this.base, this.address, true);
  }

  clone(): H {
    this.requireLive();
    const { counts, allocator, block } = this;
    return this.counting(this.handle(block), () => retain(counts, allocator.memory, block, STRONG));
  }

  downgrade(): Weak<H> {
    this.requireLive();
    const { type, counts, allocator, block } = this;
    const weak = new WeakMachine<T, H>(type, allocator, block, counts, (of) => this.handle(of));
    return this.counting(weak, () => counts.link(allocator.memory, block));
  }

  ptrEq(other: H): boolean {
    this.requireLive();
    const { allocator, block } = other as unknown as SharedOwner<T>;
    return allocator.memory.beneath === this.allocator.memory.beneath && block === this.block;
  }

  getMut(): View<T> | undefined {
    this.requireLive();
    this.requireFree();
    return this.counts.isUnique(this.allocator.memory, this.block) ? this.show() : undefined;
  }

  makeMut(): View<T> {
    const shown = this.getMut();
    if (shown !== undefined) return shown;
    const { type, allocator, counts, block } = this;
    const { layout } = blockOf(type, counts);
    const next = allocator.allocate(layout);
    if (next === 0) return handleAllocError(layout, ` for a copy of ${type["@alloc/Type"]}`);
    const left = orGiveBack(allocator, next, layout, () => this.moveInto(next));
    if (left === WEAK) this.releaseWeak(block);
    else this.giveUp(block, undefined);
    return this.show();
  }

  /**
   * Moves the value to a new block if the only other references are Weaks, which lose it; otherwise clones it there. Returns the
   * kind of share of the old block to give up.
   */
  moveInto(next: Ptr): typeof STRONG | typeof WEAK {
    const { type, allocator, counts, block, address, base } = this;
    this.requireLive();
    begin(counts, allocator.memory, next);
    if (counts.swap(allocator.memory, block, STRONG, 1, 0)) {
      allocator.memory.copy(valueIn(next, type, counts), address, type.layout.size);
      this.moveTo(next);
      return WEAK;
    }
    const parts = cloneAt(type, base, address);
    orDiscard(type, parts, () => {
      requireEpoch(allocator, this.epoch);
      this.requireSame(address, 1);
      this.requireFree();
    });
    type.put(base, valueIn(next, type, counts), parts);
    this.moveTo(next);
    return STRONG;
  }

  override dispose(): void {
    if (!this.isToEnd) return;
    if (this.strongCount === 1) this.requireFree();
    this.retire("dispose");
    this.giveUp(this.block, this.post);
  }

  /** Gives up one share of a block. The last one drops the value; then the block is released unless there are Weaks. */
  giveUp(block: Ptr, post: Post | undefined): void {
    const { allocator, type, counts, epoch } = this;
    if (counts.add(allocator.memory, block, STRONG, -1) !== 0) {
      post?.leave();
      return;
    }
    const known = post ?? (can(allocator, "defer") ? enter(allocator, this) : undefined);
    const start = valueIn(block, type, counts);
    end({ type, allocator, epoch, start, count: 1, post: known, release: () => this.releaseWeak(block) });
  }

  override endValues(): void {
    const { allocator, block, counts } = this;
    if (counts.add(allocator.memory, block, STRONG, -1) === 0) super.endValues();
  }

  override release(): void {
    this.releaseWeak(this.block);
  }

  override contents(): unknown {
    return fieldsOf(this.type.get(this.base, this.address));
  }
}

class WeakMachine<T, H> extends SharedOwner<T> implements Weak<H> {
  readonly #handle: (block: Ptr) => Owner<T> & H;

  constructor(type: Type<T>, allocator: Allocator, block: Ptr, counts: Counts, handle: (block: Ptr) => Owner<T> & H) {
    super(type, allocator, block, counts);
    this.#handle = handle;
  }

  override get kind(): string {
    return "Weak";
  }

  /** A Weak owns no value. */
  override get size(): number {
    return 0;
  }

  upgrade(): H | undefined {
    const { counts, allocator, block } = this;
    if (this.word(STRONG) === 0) return undefined;
    const made = this.#handle(block);
    let isAlive = false;
    this.counting(made, () => {
      isAlive = revive(counts, allocator.memory, block);
    });
    if (!isAlive) made.abandon();
    return isAlive ? made : undefined;
  }

  clone(): Weak<H> {
    this.requireLive();
    const { type, counts, allocator, block } = this;
    const weak = new WeakMachine(type, allocator, block, counts, this.#handle);
    return this.counting(weak, () => retain(counts, allocator.memory, block, WEAK));
  }

  override dispose(): void {
    if (!this.isToEnd) return;
    this.giveAway("dispose");
    this.release();
  }

  override endValues(): void {
    if (this.epoch === this.allocator.epoch) this.release();
  }

  override release(): void {
    this.releaseWeak(this.block);
  }

  override contents(): unknown {
    return undefined;
  }
}

/** Puts a value into its own block with counts; returns undefined if there is no room. */
export function tryCount<T, H extends Counted<T, unknown>>(
  type: Type<T>,
  value: T,
  allocator: Allocator,
  counts: Counts,
  make: (block: Ptr) => H,
): H | undefined {
  const parts: Parts = taken(type, value);
  const { layout } = blockOf(type, counts);
  const block = allocator.allocate(layout);
  if (block === 0) return undefined;
  const made = orGiveBack(allocator, block, layout, () => {
    begin(counts, allocator.memory, block);
    return make(block);
  });
  type.put(made.base, made.address, parts);
  return made;
}
