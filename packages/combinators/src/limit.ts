/**
 * Limit: no more than so many bytes, or so many blocks, live at once.
 *
 *     0            live            live + usableSize(layout)        bytes
 *     ├─────────────┤▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒┤                              ┤
 *                    the request is served only if it ends here ──────▶
 *
 * What counts are the bytes that a block has, not those that were asked for: a block is released with any layout that fits
 * it, so sums of asked sizes would drift. `usableSize` tells what a block has; of a child whose blocks may have more (not
 * `isExact`), `sizeAt` does. Each limit counts its own blocks, also where it shares a budget: so it can give them back when it
 * is reset or disposed.
 *
 * @module
 */
import {
  type Allocator,
  type Can,
  can,
  type Layout,
  type Null,
  type PowersOf,
  type Ptr,
  type SelfDescription,
  withPowers,
} from "@alloc/core";
import { type Budget, BudgetMachine, checkLimits, type Limits } from "./budget.ts";
import type { Child } from "./composable.ts";
import { Wrapper } from "./wrapper.ts";

export interface LimitOptions extends Limits {
  /** What may be live at once in all that share it, beside what this limit may have alone. */
  readonly budget?: Budget;
}

/** An allocator that serves so much and no more. It can all that `A` can. */
export type Limit<A extends Allocator> = Can<PowersOf<A>> & {
  /** Bytes that may be live at once; Infinity if it does not bound them. */
  readonly bytes: number;
  /** Blocks that may be live at once; Infinity if it does not bound them. */
  readonly count: number;
  /** Bytes that are live now. */
  readonly bytesLive: number;
  /** Blocks that are live now. */
  readonly numLive: number;
  readonly budget: Budget | undefined;
  readonly inner: A;
};

class LimitMachine extends Wrapper {
  override readonly isExact: boolean;
  /** Whether a block may have more than `usableSize` tells, and who has it can be asked. */
  readonly looksUp: boolean;
  readonly bytes: number;
  readonly count: number;
  readonly own: BudgetMachine;
  readonly budget: Budget | undefined;

  constructor(inner: Child, options: LimitOptions) {
    super(inner);
    this.isExact = inner.isExact;
    this.looksUp = !inner.isExact && can(inner, "sizeAt");
    this.own = new BudgetMachine(options, inner.memory.words(Float64Array, 2));
    this.bytes = this.own.bytes;
    this.count = this.own.count;
    this.budget = options.budget;
  }

  get bytesLive(): number {
    return this.own.bytesLive;
  }

  get numLive(): number {
    return this.own.numLive;
  }

  override allocate(layout: Layout): Ptr | Null {
    if (layout.size === 0) return layout.dangling;
    const bytes = this.inner.usableSize(layout);
    return this.hasRoom(bytes, 1) ? this.counted(this.inner.allocate(layout), bytes, 0, 1) : 0;
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    if (layout.size === 0) return layout.dangling;
    const bytes = this.inner.usableSize(layout);
    return this.hasRoom(bytes, 1) ? this.counted(this.inner.allocateZeroed(layout), bytes, 0, 1) : 0;
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const before = this.sizeOf(ptr, from);
    const blocks = from.size === 0 && to.size !== 0 ? 1 : 0;
    const bytes = this.inner.usableSize(to);
    return this.hasRoom(bytes - before, blocks)
      ? this.counted(this.inner.grow(ptr, from, to), bytes, before, blocks)
      : 0;
  }

  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const before = this.sizeOf(ptr, from);
    const blocks = from.size === 0 && to.size !== 0 ? 1 : 0;
    const bytes = this.inner.usableSize(to);
    return this.hasRoom(bytes - before, blocks)
      ? this.counted(this.inner.growZeroed(ptr, from, to), bytes, before, blocks)
      : 0;
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const before = this.sizeOf(ptr, from);
    const blocks = from.size !== 0 && to.size === 0 ? -1 : 0;
    const bytes = this.inner.usableSize(to);
    return this.hasRoom(bytes - before, blocks)
      ? this.counted(this.inner.shrink(ptr, from, to), bytes, before, blocks)
      : 0;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout.size === 0) return;
    const bytes = this.sizeOf(ptr, layout);
    this.inner.deallocate(ptr, layout);
    this.add(-bytes, -1);
  }

  override usableSize(layout: Layout): number {
    const bytes = this.inner.usableSize(layout);
    const { own, budget } = this;
    return bytes > own.bytes ||
      own.count === 0 ||
      (budget !== undefined && (bytes > budget.bytes || budget.count === 0))
      ? 0
      : bytes;
  }

  override reset(): void {
    this.inner.reset();
    this.forget();
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    const before = this.sizeOf(ptr, from);
    const bytes = this.inner.usableSize(to);
    if (!this.hasRoom(bytes - before, 0) || !this.inner.resizeInPlace(ptr, from, to)) return false;
    this.counted(ptr, bytes, before, 0);
    return true;
  }

  override describeSelf(): SelfDescription {
    const { bytes, count, own, budget } = this;
    const state = { live: own.words, ...(budget === undefined ? {} : { budget: budget.words }) };
    return { kind: "limit", options: { bytes, count }, state };
  }

  override dispose(): void {
    this.forget();
    super.dispose();
  }

  hasRoom(bytes: number, blocks: number): boolean {
    return this.own.hasRoom(bytes, blocks) && (this.budget === undefined || this.budget.hasRoom(bytes, blocks));
  }

  add(bytes: number, blocks: number): void {
    this.own.add(bytes, blocks);
    if (this.budget !== undefined) this.budget.add(bytes, blocks);
  }

  /** Counts a block that was served: it has at least `bytes`, and had `before` until then. */
  counted(ptr: Ptr | Null, bytes: number, before: number, blocks: number): Ptr | Null {
    if (ptr !== 0) this.add((this.looksUp ? this.inner.sizeAt(ptr) : bytes) - before, blocks);
    return ptr;
  }

  /** Answers the bytes that a block has; 0 for size 0. */
  sizeOf(ptr: Ptr, layout: Layout): number {
    return this.looksUp && layout.size !== 0 ? this.inner.sizeAt(ptr) : this.inner.usableSize(layout);
  }

  /** Counts no block any more. */
  forget(): void {
    this.add(-this.bytesLive, -this.numLive);
  }
}

/**
 * Lets an allocator serve so much at once and no more: what would exceed it is answered with NULL. It can all that the
 * allocator can, owns it, and disposes it with itself.
 *
 * A request counts with its `usableSize`, a live block with what it has: where a block turns out larger than what was
 * guaranteed (never if the allocator is `isExact`), the limit is exceeded by that slack of one block at most. To bound the
 * memory itself rather than the blocks in it, limit the parent: `system({ parent: limit(pages(), bytes) })`.
 *
 * Cost: a call of `usableSize` a request and another a release, of `sizeAt` too if the allocator is not `isExact`. Two words.
 *
 * @param limits - bytes that may be live at once, an integer from 0; or `bytes`, `count` of blocks, and a `budget` that is
 *   shared with others: all that are given hold
 * @throws `LayoutError` if a number cannot be
 * @example
 * ```ts
 * import { limit } from "@alloc/combinators";
 * import { Layout, orThrow } from "@alloc/core";
 * import { system } from "@alloc/global";
 *
 * using heap = limit(system(), 1000);
 * const layout = Layout.of(600);
 * const ptr = orThrow(heap.allocate(layout), layout);
 * heap.allocate(layout); // => 0
 * heap.deallocate(ptr, layout);
 * heap.bytesLive; // => 0
 *
 * using one = limit(system(), { count: 1 });
 * one.allocate(layout) !== 0; // => true
 * one.allocate(layout); // => 0
 * ```
 */
export function limit<A extends Allocator>(inner: A, limits: number | LimitOptions): Limit<A> {
  const options = typeof limits === "number" ? { bytes: limits } : limits;
  checkLimits(options);
  const Machine = withPowers(LimitMachine, (power) => can(inner, power));
  return new Machine(inner as unknown as Child, options) as unknown as Limit<A>;
}
