/**
 * Limit: a bound on the bytes or blocks live at once.
 *
 *     0            live            live + usableSize(layout)        bytes
 *     ├─────────────┤▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒┤                              ┤
 *                    the request is served only if it ends here ──────▶
 *
 * The bytes that a block has are counted, not those requested: a block is released with any layout that fits it, so sums of
 * requested sizes would drift. `usableSize` returns the bytes of a block; if blocks may have more (the child is not `isExact`),
 * `sizeAt` does. Each limit counts its own blocks, even with a shared budget, so it can return them on reset or dispose. No count
 * goes below 0: a release while no block is live is misuse, whatever the child detects.
 *
 * @module
 */
import {
  type Allocator,
  type Can,
  type CapabilitiesOf,
  can,
  type Layout,
  type MisuseError,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import {
  attempt,
  endsAsOne,
  Forwarder,
  hide,
  misuseOf,
  nullPointer,
  requireLayout,
  requireLayouts,
  requireOptions,
  rethrow,
  type Wrapping,
  withCapabilities,
  withName,
} from "@alloc/core/author";
import { type Child, requireAllocator } from "../composable.ts";
import { type Budget, BudgetMachine, boundsOf, checkLimits, type LimitOptions, requireBudget } from "./budget.ts";

/** An allocator that bounds its live bytes or blocks. It supports the capabilities of `A`. */
export type Limit<A extends Allocator> = Wrapping<A> &
  Can<CapabilitiesOf<A>> & {
    /** Maximum live bytes; Infinity if unbounded. */
    readonly bytes: number;
    /** Maximum live blocks; Infinity if unbounded. */
    readonly count: number;
    /** Bytes of the live blocks. */
    readonly bytesLive: number;
    /** Number of live blocks. */
    readonly numLive: number;
    /** The shared budget, if there is one. */
    readonly budget: Budget | undefined;
  };

class LimitMachine extends Forwarder {
  readonly bytes: number;
  readonly count: number;
  readonly budget: Budget | undefined;
  /** Whether a block may have more than its `usableSize` and the child can be asked for its `sizeAt`. */
  readonly looksUp!: boolean;
  readonly own!: BudgetMachine;
  /** Its epoch when its counts were last known to be right. */
  seen!: number;

  constructor(inner: Child, own: BudgetMachine, budget: Budget | undefined) {
    super(inner);
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
    if (!(layout != null && layout.size > 0 && layout.align > 0)) return this.expectLayout(layout, "allocate").dangling;
    const bytes = this.inner.usableSize(layout);
    if (this.epoch > this.seen) this.refresh();
    return bytes > 0 && this.hasRoom(bytes, 1) ? this.counted(this.inner.allocate(layout), bytes) : 0;
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    if (!(layout != null && layout.size > 0 && layout.align > 0))
      return this.expectLayout(layout, "allocateZeroed").dangling;
    const bytes = this.inner.usableSize(layout);
    if (this.epoch > this.seen) this.refresh();
    return bytes > 0 && this.hasRoom(bytes, 1) ? this.counted(this.inner.allocateZeroed(layout), bytes) : 0;
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "grow");
    const before = this.sizeOf(ptr, from);
    const bytes = this.usableSize(to);
    if (!this.permits(ptr, before, bytes, from, to)) return 0;
    return this.resized(this.inner.grow(ptr, from, to), before, bytes, from, to);
  }

  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "growZeroed");
    const before = this.sizeOf(ptr, from);
    const bytes = this.usableSize(to);
    if (!this.permits(ptr, before, bytes, from, to)) return 0;
    return this.resized(this.inner.growZeroed(ptr, from, to), before, bytes, from, to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "shrink");
    const before = this.sizeOf(ptr, from);
    const bytes = this.usableSize(to);
    if (!this.permits(ptr, before, bytes, from, to)) return 0;
    return this.resized(this.inner.shrink(ptr, from, to), before, bytes, from, to);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (!(layout != null && layout.size > 0 && layout.align > 0)) return void this.expectLayout(layout, "deallocate");
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

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    if (ptr === 0 && from.size !== 0) throw nullPointer("resizeInPlace");
    if (from.size === 0 || to.size === 0) return false;
    const before = this.sizeOf(ptr, from);
    const bytes = this.usableSize(to);
    if (!this.permits(ptr, before, bytes, from, to) || !this.inner.resizeInPlace(ptr, from, to)) return false;
    this.resized(ptr, before, bytes, from, to);
    return true;
  }

  override describeSelf(): SelfDescription {
    const { own, budget } = this;
    const options = { ...boundsOf(own), ...(budget && { budget: boundsOf(budget) }) };
    const state = { live: own.words, ...(budget && { budget: budget.words }) };
    return { kind: "limit", options, state };
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

  /** Counts a block of at least `bytes` that was served. */
  counted(ptr: Ptr | Null, bytes: number): Ptr | Null {
    if (ptr !== 0) this.add(this.looksUp ? this.sizeNow(ptr, bytes) : bytes, 1);
    return ptr;
  }

  /** Whether a block of `before` bytes may be resized to `bytes`. Throws if no block can be live. */
  permits(ptr: Ptr, before: number, bytes: number, from: Layout, to: Layout): boolean {
    if (this.epoch > this.seen) this.refresh();
    if (from.size !== 0 && (ptr === 0 || this.numLive === 0)) throw this.misuse(ptr, from);
    return (bytes > 0 || to.size === 0) && this.hasRoom(bytes - before, this.more(from, to));
  }

  /** Counts a block that was resized from `before` bytes to at least `bytes`. Errors of `sizeAt` are ignored. */
  resized(ptr: Ptr | Null, before: number, bytes: number, from: Layout, to: Layout): Ptr | Null {
    if (ptr === 0) return 0;
    const after = this.looksUp && to.size !== 0 ? this.sizeNow(ptr, bytes) : bytes;
    this.add(Math.max(after - before, -this.bytesLive), this.more(from, to));
    return ptr;
  }

  /** Returns the change in live blocks caused by a resize. */
  more(from: Layout, to: Layout): number {
    if (from.size === 0) return to.size === 0 ? 0 : 1;
    return to.size === 0 ? -1 : 0;
  }

  /** Returns the bytes of a block that was just served, at least `bytes`. It stays served even if `sizeAt` throws. */
  sizeNow(ptr: Ptr, bytes: number): number {
    try {
      return this.inner.sizeAt(ptr);
    } catch {
      return bytes;
    }
  }

  /** Returns the bytes of a block; 0 for size 0. */
  sizeOf(ptr: Ptr, layout: Layout): number {
    return this.looksUp && layout.size !== 0 ? this.lookUp(ptr, layout) : this.inner.usableSize(layout);
  }

  /** Like `sizeOf`, by `sizeAt`. The layout is checked first: a look-up would blame the pointer. */
  lookUp(ptr: Ptr, layout: Layout): number {
    requireLayout(layout, "deallocate");
    return this.inner.sizeAt(ptr);
  }

  /** Forgets the blocks of a child that was reset by its owner. */
  refresh(): void {
    this.seen = this.epoch;
    if (endsAsOne(this.inner)) this.forget();
  }

  /** Sets all counts to 0. */
  forget(): void {
    this.add(-this.bytesLive, -this.numLive);
  }

  misuse(ptr: Ptr, layout: Layout): MisuseError {
    requireLayout(layout, "deallocate");
    const isForeign = ptr === 0 || this.inner.owns?.(ptr) === false;
    return misuseOf(this, isForeign ? "foreign-pointer" : "double-free", `this limit has no live block at ${ptr}`);
  }
}

/**
 * Bounds the bytes or blocks of an allocator that are live at once: a request that would exceed the limit returns NULL. Supports
 * the capabilities of the allocator, owns it and disposes it with itself.
 *
 * A request counts its `usableSize`, a live block its actual size. If a block turns out larger than guaranteed (never if the
 * allocator is `isExact`), the limit is exceeded by the slack of at most that one block. To bound the memory itself rather than
 * the blocks in it, limit the parent: `system({ parent: limit(pages(), bytes) })`.
 *
 * Cost: a call of `usableSize` per request and per release, plus `sizeAt` if the allocator is not `isExact`. Two words.
 *
 * @param inner - the allocator to limit
 * @param limits - maximum live bytes, an integer from 0 or `Infinity`; or any of `bytes`, `count` (blocks) and a shared `budget`: all apply
 * @returns the limited allocator
 * @throws `LayoutError` if a bound is not an integer from 0 or `Infinity`
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
 * [one.allocate(layout) !== 0, one.allocate(layout)]; // => [true, 0]
 * ```
 */
export function limit<A extends Allocator>(inner: A, limits: number | LimitOptions): Limit<A> {
  requireAllocator("limit", inner, "limit(allocator, bytes)");
  const options: LimitOptions = typeof limits === "number" ? { bytes: limits } : limits;
  requireOptions("limit(allocator, { bytes, count })", options, ["bytes", "count", "budget", "name"]);
  requireBudget(options.budget);
  return limitOf(inner, options);
}

/** @param words - those of a limit that is made again. Default: new ones */
export function limitOf<A extends Allocator>(inner: A, options: LimitOptions, words?: Float64Array): Limit<A> {
  checkLimits(options);
  const own = new BudgetMachine(options, words ?? inner.memory.words(Float64Array, 2));
  const Machine = withCapabilities(LimitMachine, (capability) => can(inner, capability));
  return withName(options, () => new Machine(inner as unknown as Child, own, options.budget)) as unknown as Limit<A>;
}
