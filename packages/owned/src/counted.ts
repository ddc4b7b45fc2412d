/**
 * Counted: what Rc and Arc have in common, and the Weak of both.
 *
 *     Rc ──┐               strong 2
 *     Rc ──┼──▶ │ 2 │ 2 │ … │ value │
 *     Weak ┘               weak 1, and 1 for the two
 *
 * @module
 */
import { type Allocator, AllocError, type Disposable, Layout, type Ptr } from "@alloc/core";
import { type Counts, HEADER, isUnique, retain, retainWeak, STATE, STRONG, WEAK, weakCount } from "./counts.ts";
import { dropAll, nest } from "./dropping.ts";
import { Owner } from "./owner.ts";
import { requireValue, type Type, type View } from "./type.ts";

/** What is shown of a value that is not one's own alone: it can be read. */
export type ReadonlyView<T> = [T] extends [number | bigint | boolean | string]
  ? T
  : [T] extends [readonly (infer E)[]]
    ? Iterable<ReadonlyView<E>> & { readonly length: number; at(index: number): ReadonlyView<E> }
    : { readonly [Field in keyof T]: ReadonlyView<T[Field]> };

/** An address that does not keep the value alive. `H` is what it becomes while somebody does: an Rc or an Arc. */
export interface Weak<H> extends Disposable {
  /** Answers an owner of the value; undefined if the value has died. */
  upgrade(): H | undefined;
  clone(): Weak<H>;
  /** How many own the value now. */
  readonly strongCount: number;
  /** Gives the block back if nobody else needs it. A second time does nothing. */
  dispose(): void;
}

/** Answers the layout of a block, and where in it the value lies. */
export function blockOf(type: Type<unknown>): { layout: Layout; offset: number } {
  return Layout.of(HEADER, 4).extend(type.layout);
}

function valueIn(block: Ptr, type: Type<unknown>): Ptr {
  return (block + blockOf(type).offset) as Ptr;
}

/** Answers a block for a value, NULL if there is no room. What is in it is up to the caller. */
export function tryAllocate<T>(type: Type<T>, allocator: Allocator): Ptr | 0 {
  const block = allocator.allocate(blockOf(type).layout);
  if (block === 0) return 0;
  const { i32 } = allocator.memory;
  i32[block / 4 + STRONG] = 1;
  i32[block / 4 + WEAK] = 1;
  i32[block / 4 + STATE] = 0;
  return block;
}

/** A handle on a block with counts, strong or weak. */
abstract class Handle<T> extends Owner<T> {
  readonly counts: Counts;
  block: Ptr;

  constructor(type: Type<T>, allocator: Allocator, block: Ptr, counts: Counts) {
    super(type, allocator, valueIn(block, type));
    this.counts = counts;
    this.block = block;
  }

  get strongCount(): number {
    return this.word(STRONG);
  }

  word(word: number): number {
    this.requireLive();
    return this.counts.get(this.allocator.memory, this.block, word);
  }

  /** Releases the block if this was the last weak one. */
  releaseWeak(block: Ptr): void {
    const { allocator, type } = this;
    if (this.counts.add(allocator.memory, block, WEAK, -1) === 0) allocator.deallocate(block, blockOf(type).layout);
  }
}

export abstract class Counted<T, H> extends Handle<T> {
  /** Makes another handle on a block that has counted it already. */
  abstract handle(block: Ptr): H;

  /** Throws if the value must not change or die now. */
  abstract requireFree(): void;

  get weakCount(): number {
    this.requireLive();
    return weakCount(this.counts, this.allocator.memory, this.block);
  }

  get(): T {
    this.requireLive();
    return this.type.read(this.base, this.address);
  }

  clone(): H {
    this.requireLive();
    this.counts.add(this.allocator.memory, this.block, STRONG, 1);
    return this.handle(this.block);
  }

  downgrade(): Weak<H> {
    this.requireLive();
    retainWeak(this.counts, this.allocator.memory, this.block);
    return this.weakOf(this.block);
  }

  ptrEq(other: H): boolean {
    this.requireLive();
    const { allocator, block } = other as unknown as Handle<T>;
    return allocator.memory.beneath === this.allocator.memory.beneath && block === this.block;
  }

  getMut(): View<T> | undefined {
    this.requireLive();
    this.requireFree();
    return isUnique(this.counts, this.allocator.memory, this.block) ? this.show() : undefined;
  }

  makeMut(): View<T> {
    const shown = this.getMut();
    if (shown !== undefined) return shown;
    const { type, allocator, counts, block } = this;
    const { layout } = blockOf(type);
    const next = tryAllocate(type, allocator);
    if (next === 0) throw new AllocError(layout, ` for a copy of ${type["@alloc/Type"]}`);
    // The only strong one takes the value along; the Weaks stay behind with a value that is gone.
    if (counts.swap(allocator.memory, block, STRONG, 1, 0)) {
      allocator.memory.copy(valueIn(next, type), this.address, type.layout.size);
      this.moveTo(next);
      this.releaseWeak(block);
      return this.show();
    }
    try {
      type.write(this.base, valueIn(next, type), type.read(this.base, this.address, true));
    } catch (error) {
      allocator.deallocate(next, layout);
      throw error;
    }
    this.moveTo(next);
    this.release(block);
    return this.show();
  }

  override dispose(): void {
    if (this.spentBy !== undefined) return;
    if (this.strongCount === 1) this.requireFree();
    this.spend("dispose");
    nest(this.type, () => this.release(this.block));
  }

  /** Gives up one share of a block: the last one drops the value, and then the block is released unless there are Weaks. */
  release(block: Ptr): void {
    const { allocator, type, counts } = this;
    if (counts.add(allocator.memory, block, STRONG, -1) !== 0) return;
    try {
      dropAll(type, allocator.memory, valueIn(block, type), 1);
    } finally {
      this.releaseWeak(block);
    }
  }

  moveTo(block: Ptr): void {
    this.hide();
    this.block = block;
    this.address = valueIn(block, this.type);
  }

  weakOf(block: Ptr): Weak<H> {
    return new WeakMachine(this.type, this.allocator, block, this.counts, (of) => this.handle(of));
  }
}

class WeakMachine<T, H> extends Handle<T> implements Weak<H> {
  readonly handle: (block: Ptr) => H;

  constructor(type: Type<T>, allocator: Allocator, block: Ptr, counts: Counts, handle: (block: Ptr) => H) {
    super(type, allocator, block, counts);
    this.handle = handle;
  }

  override get kind(): string {
    return "Weak";
  }

  upgrade(): H | undefined {
    this.requireLive();
    return retain(this.counts, this.allocator.memory, this.block) ? this.handle(this.block) : undefined;
  }

  clone(): Weak<H> {
    this.requireLive();
    retainWeak(this.counts, this.allocator.memory, this.block);
    return new WeakMachine(this.type, this.allocator, this.block, this.counts, this.handle);
  }

  override dispose(): void {
    if (this.spentBy !== undefined) return;
    this.spend("dispose");
    this.releaseWeak(this.block);
  }
}

/** Puts a value into a block of its own with counts; undefined if there is no room. */
export function tryCount<T, H extends Counted<T, unknown>>(
  type: Type<T>,
  value: T,
  allocator: Allocator,
  make: (block: Ptr) => H,
): H | undefined {
  requireValue(type, value);
  const block = tryAllocate(type, allocator);
  if (block === 0) return undefined;
  let made: H | undefined;
  try {
    made = make(block);
    type.write(made.base, made.address, value);
    return made;
  } catch (error) {
    made?.spend("failure");
    allocator.deallocate(block, blockOf(type).layout);
    throw error;
  }
}
