/**
 * Counted: the common base of Rc and Arc.
 *
 *     clone      │ strong + 1 │ weak │ … │ value │          downgrade    weak + 1
 *     dispose    │ strong − 1 │ weak │ … │ value │          the last one drops the value, then gives up a weak share
 *
 * A new handle is made before it is counted, so a failure to make it leaves the count unchanged.
 *
 * @module
 */
import { type Allocator, handleAllocError, type Ptr } from "@alloc/core";
import { orDiscard } from "../values/grave.ts";
import { fieldsOf } from "../values/plain.ts";
import { type Parts, type Type, taken, type View } from "../values/type.ts";
import { windowOf } from "../values/window.ts";
import { cloneAt, requireEpoch } from "./box-machine.ts";
import { begin, type Counts, retain, STRONG, WEAK } from "./counts.ts";
import { end } from "./dropping.ts";
import { giveBack, orGiveBack } from "./factory.ts";
import { POST } from "./owner.ts";
import { enter, hasScope, type Post } from "./scope.ts";
import { abandon, blockOf, type Make, SharedOwner, valueIn, type Weak, WeakMachine } from "./weak.ts";

/** A read-only view of a shared value: see {@link View}. */
export type ReadonlyView<T> = [T] extends [number | bigint | boolean | string]
  ? T
  : [T] extends [readonly (infer E)[]]
    ? Iterable<ReadonlyView<E>> & { readonly length: number; at(index: number): ReadonlyView<E> }
    : { readonly [Field in keyof T]: ReadonlyView<T[Field]> };

/** An owner of a value with counts. `H` is the handle: an Rc or an Arc. */
export abstract class Counted<T, H> extends SharedOwner<T> {
  /** The function that makes such handles. */
  abstract get make(): Make<T, H>;

  /** Throws if a borrow forbids changing or dropping the value now. */
  abstract requireFree(): void;

  override get size(): number {
    return 1;
  }

  get weakCount(): number {
    return this.word(WEAK) - 1;
  }

  peek(): ReadonlyView<T> {
    this.requireLive();
    return this.showLight() as ReadonlyView<T>;
  }

  get(): T {
    this.requireLive();
    return this.type.read(this.base, this.address, true);
  }

  clone(): H {
    this.requireLive();
    const { type, counts, allocator, block } = this;
    const made = this.make(type, allocator, block);
    try {
      retain(counts, this.base, block, STRONG);
    } catch (error) {
      abandon(made, error);
    }
    return made;
  }

  downgrade(): Weak<H> {
    this.requireLive();
    const { type, counts, allocator, block } = this;
    const made = new WeakMachine<T, H>(type, allocator, block, counts, this.make);
    try {
      counts.link(this.base, block);
    } catch (error) {
      abandon(made, error);
    }
    return made;
  }

  ptrEq(other: H): boolean {
    this.requireLive();
    const { allocator, block } = other as unknown as SharedOwner<T>;
    return allocator.memory.beneath === this.allocator.memory.beneath && block === this.block;
  }

  getMut(): View<T> | undefined {
    this.requireLive();
    this.requireFree();
    return this.counts.isUnique(this.base, this.block) ? this.show() : undefined;
  }

  makeMut(): View<T> {
    const shown = this.getMut();
    if (shown !== undefined) return shown;
    const { type, allocator, counts, block } = this;
    const layout = blockOf(type, counts);
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
    begin(this.base, next);
    if (counts.swap(this.base, block, STRONG, 1, 0)) {
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
    this.giveUp(this.block, this[POST]);
  }

  /** Gives up one share of a block. The last one drops the value; then the block is released unless there are Weaks. */
  giveUp(block: Ptr, post: Post | undefined): void {
    const { allocator, type, counts } = this;
    if (counts.add(this.base, block, STRONG, -1) !== 0) {
      post?.leave();
      return;
    }
    const known = post ?? (hasScope(allocator) ? enter(allocator, this) : undefined);
    end(this, valueIn(block, type, counts), 1, known);
  }

  override endValues(): void {
    if (this.counts.add(this.base, this.block, STRONG, -1) === 0) super.endValues();
  }

  override contents(): unknown {
    return fieldsOf(this.type.get(this.base, this.address));
  }
}

/** Puts a value into its own block with counts; returns undefined if there is no room. */
export function tryCount<T, H extends Counted<T, unknown>>(
  type: Type<T>,
  value: T,
  allocator: Allocator,
  counts: Counts,
  make: (type: Type<T>, allocator: Allocator, block: Ptr) => H,
): H | undefined {
  const parts: Parts = taken(type, value);
  const layout = blockOf(type, counts);
  const block = allocator.allocate(layout);
  if (block === 0) return undefined;
  const { epoch } = allocator;
  let made: H;
  try {
    begin(windowOf(allocator.memory), block);
    made = make(type, allocator, block);
  } catch (error) {
    giveBack(allocator, epoch, block, layout, error);
  }
  type.put(made.base, made.address, parts);
  return made;
}
