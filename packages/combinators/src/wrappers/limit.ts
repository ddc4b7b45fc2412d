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
 * is reset or disposed. No count goes below 0: what is released when nothing is live is misuse, whatever the child detects.
 *
 * @module
 */
import {
  type Allocator,
  attempt,
  type Can,
  type CapabilitiesOf,
  can,
  endsAsOne,
  hide,
  type Layout,
  MisuseError,
  type Null,
  nullPointer,
  type Ptr,
  requireLayout,
  rethrow,
  type SelfDescription,
  withCapabilities,
} from "@alloc/core";
import { type Child, requireAllocator } from "../composable.ts";
import { type Budget, BudgetMachine, checkLimits, type Limits } from "./budget.ts";
import { Wrapper } from "./wrapper.ts";

export interface LimitOptions extends Limits {
  /** What may be live at once in all that share it, beside what this limit may have alone. */
  readonly budget?: Budget;
}

/** An allocator that serves so much and no more. It can all that `A` can. */
export type Limit<A extends Allocator> = Can<CapabilitiesOf<A>> & {
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
  readonly bytes: number;
  readonly count: number;
  readonly budget: Budget | undefined;
  /** Whether a block may have more than `usableSize` tells, and who has it can be asked. */
  readonly looksUp!: boolean;
  readonly own!: BudgetMachine;
  /** Its epoch when its counts were last known to be right. */
  seen!: number;

  constructor(inner: Child, own: BudgetMachine, budget: Budget | undefined) {
    super(inner);
    this.isExact = inner.isExact;
    this.bytes = own.bytes;
    this.count = own.count;
    this.budget = budget;
    hide(this, { looksUp: !inner.isExact && can(inner, "sizeAt"), own, seen: this.epoch });
  }

  get bytesLive(): number {
    if (this.epoch > this.seen) this.refresh();
    return this.own.bytesLive;
  }

  get numLive(): number {
    if (this.epoch > this.seen) this.refresh();
    return this.own.numLive;
  }

  override allocate(layout: Layout): Ptr | Null {
    if (layout.size === 0) return layout.dangling;
    const bytes = this.inner.usableSize(layout);
    if (this.epoch > this.seen) this.refresh();
    return bytes > 0 && this.hasRoom(bytes, 1) ? this.counted(this.inner.allocate(layout), bytes) : this.refuse(layout);
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    if (layout.size === 0) return layout.dangling;
    const bytes = this.inner.usableSize(layout);
    if (this.epoch > this.seen) this.refresh();
    return bytes > 0 && this.hasRoom(bytes, 1)
      ? this.counted(this.inner.allocateZeroed(layout), bytes)
      : this.refuse(layout);
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const before = this.sizeOf(ptr, from);
    const bytes = this.usableSize(to);
    if (!this.permits(ptr, before, bytes, from, to)) return 0;
    return this.resized(this.inner.grow(ptr, from, to), before, bytes, from, to);
  }

  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const before = this.sizeOf(ptr, from);
    const bytes = this.usableSize(to);
    if (!this.permits(ptr, before, bytes, from, to)) return 0;
    return this.resized(this.inner.growZeroed(ptr, from, to), before, bytes, from, to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const before = this.sizeOf(ptr, from);
    const bytes = this.usableSize(to);
    if (!this.permits(ptr, before, bytes, from, to)) return 0;
    return this.resized(this.inner.shrink(ptr, from, to), before, bytes, from, to);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout.size === 0) return;
    const bytes = this.sizeOf(ptr, layout);
    if (this.epoch > this.seen) this.refresh();
    const live = this.own.words;
    if (live[1] === 0) throw this.misuse(ptr, layout);
    this.inner.deallocate(ptr, layout);
    this.add(-Math.min(bytes, live[0]!), -1);
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
    const errors: unknown[] = [];
    this.endTenants(errors);
    attempt(errors, () => this.inner.reset());
    this.forget();
    this.epochChanged();
    this.seen = this.epoch;
    rethrow(errors);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    if (ptr === 0 && from.size !== 0) throw nullPointer("resizeInPlace");
    if (from.size === 0 || to.size === 0) return false;
    const before = this.sizeOf(ptr, from);
    const bytes = this.usableSize(to);
    if (!this.permits(ptr, before, bytes, from, to) || !this.inner.resizeInPlace(ptr, from, to)) return false;
    this.resized(ptr, before, bytes, from, to);
    return true;
  }

  override describeSelf(): SelfDescription {
    const { bytes, count, own, budget } = this;
    const state = { live: own.words, ...(budget === undefined ? {} : { budget: budget.words }) };
    return { kind: "limit", options: { bytes, count }, state };
  }

  override close(): void {
    this.forget();
    this.seen = Infinity;
  }

  hasRoom(bytes: number, blocks: number): boolean {
    return this.own.hasRoom(bytes, blocks) && (this.budget === undefined || this.budget.hasRoom(bytes, blocks));
  }

  add(bytes: number, blocks: number): void {
    this.own.add(bytes, blocks);
    if (this.budget !== undefined) this.budget.add(bytes, blocks);
  }

  /** Counts a block that was served: it has at least `bytes`. */
  counted(ptr: Ptr | Null, bytes: number): Ptr | Null {
    if (ptr !== 0) this.add(this.looksUp ? this.sizeNow(ptr, bytes) : bytes, 1);
    return ptr;
  }

  /** Whether a block of `before` bytes may be resized to one of `bytes`. Throws where none can be live. */
  permits(ptr: Ptr, before: number, bytes: number, from: Layout, to: Layout): boolean {
    if (this.epoch > this.seen) this.refresh();
    if (from.size !== 0 && (ptr === 0 || this.numLive === 0)) throw this.misuse(ptr, from);
    return (bytes > 0 || to.size === 0) && this.hasRoom(bytes - before, this.more(from, to));
  }

  /** Counts a block that was resized: it has at least `bytes`, and had `before`. The child is asked nothing that could throw. */
  resized(ptr: Ptr | Null, before: number, bytes: number, from: Layout, to: Layout): Ptr | Null {
    if (ptr === 0) return 0;
    const after = this.looksUp && to.size !== 0 ? this.sizeNow(ptr, bytes) : bytes;
    this.add(Math.max(after - before, -this.bytesLive), this.more(from, to));
    return ptr;
  }

  /** Returns how many blocks more are live when a block has been resized. */
  more(from: Layout, to: Layout): number {
    if (from.size === 0) return to.size === 0 ? 0 : 1;
    return to.size === 0 ? -1 : 0;
  }

  /** Returns the bytes of a block that was served just now: at least `bytes`. It is served also if nobody can tell. */
  sizeNow(ptr: Ptr, bytes: number): number {
    try {
      return this.inner.sizeAt(ptr);
    } catch {
      return bytes;
    }
  }

  /** Answers the bytes that a block has; 0 for size 0. */
  sizeOf(ptr: Ptr, layout: Layout): number {
    return this.looksUp && layout.size !== 0 ? this.lookUp(ptr, layout) : this.inner.usableSize(layout);
  }

  /** As `sizeOf`, by what the block has. A look-up accuses the pointer first, of which nothing can be said without a layout. */
  lookUp(ptr: Ptr, layout: Layout): number {
    if (!(layout.size > 0)) requireLayout(layout, "deallocate");
    return this.inner.sizeAt(ptr);
  }

  /** Forgets the blocks of a child that was reset by its owner. */
  refresh(): void {
    this.seen = this.epoch;
    if (endsAsOne(this.inner)) this.forget();
  }

  /** Counts no block any more. */
  forget(): void {
    this.add(-this.bytesLive, -this.numLive);
  }

  /** Returns NULL; throws for what is no layout. */
  refuse(layout: Layout): Null {
    if (!(layout.size > 0 && layout.align > 0)) requireLayout(layout, "allocate");
    return 0;
  }

  /** Makes the error for a release while nothing is live. */
  misuse(ptr: Ptr, layout: Layout): MisuseError {
    requireLayout(layout, "deallocate");
    const isForeign = ptr === 0 || this.inner.owns?.(ptr) === false;
    return new MisuseError(isForeign ? "foreign-pointer" : "double-free", `this limit has no live block at ${ptr}`);
  }
}

/**
 * Lets an allocator serve so much at once and no more: for what would exceed it, it returns NULL. It supports all that the
 * allocator supports, owns it, and disposes it with itself.
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
  requireAllocator("limit", inner);
  const own = new BudgetMachine(options, inner.memory.words(Float64Array, 2));
  const Machine = withCapabilities(LimitMachine, (capability) => can(inner, capability));
  return new Machine(inner as unknown as Child, own, options.budget) as unknown as Limit<A>;
}
