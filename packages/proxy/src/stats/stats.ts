/**
 * Stats: an allocator that counts what it serves.
 *
 *     asked     ├───── 40 ─────┤
 *     usable    ├───────── 64 ─────────┤      bytesLive counts these 64 until the release, whatever layout it names
 *
 * The bytes of a block are what `usableSize` tells, which is the same when it comes and when it goes, whichever fitting layout is
 * named. Where a block may have more (not `isExact`) and be released by that size too, they are what `sizeAt` tells: counted by
 * what a fallback guarantees, sums would not come out even.
 *
 * @module
 */
import {
  type Allocator,
  type Can,
  type CapabilitiesOf,
  type Capability,
  can,
  endsAsOne,
  hide,
  inspectKey,
  type Layout,
  MisuseError,
  type Null,
  type Ptr,
  requireLayout,
  rethrow,
  type SelfDescription,
  undoing,
  withCapabilities,
} from "@alloc/core";
import { bytesText } from "../block.ts";
import { type Resize, Watcher } from "../watcher.ts";
import { type Counters, Tally } from "./counters.ts";
import { print } from "./print.ts";

/** An allocator that counts what it serves. It can all that `A` can. */
export type Stats<A extends Allocator> = Counted & Can<CapabilitiesOf<A>> & { readonly inner: A };

/** What a stats tells. It comes before the methods of an allocator, whose `toJSON` describes a chain. */
interface Counted {
  /** What was counted until now: a frozen snapshot. After `dispose` it stays as it was then, live blocks included. */
  readonly counters: Counters;
  /** Returns the counters. */
  toJSON(): Counters;
  /** Returns the counters as a table. */
  toString(): string;
}

class StatsMachine extends Watcher {
  readonly tally!: Tally;
  /** Whether a block may have more than `usableSize` tells, and who has it can be asked. */
  readonly looksUp!: boolean;
  /** Whether the inner allocator does not detect second releases, so that counts have to. */
  readonly isBlind!: boolean;
  /** Its epoch when its counts of live blocks were last known to be right. Infinity once it ends: they stay as they were. */
  seen!: number;

  constructor(inner: Can<Capability>, tally: Tally) {
    super(inner);
    // What shows it are fields, not methods: methods throw after dispose, and what was counted is often read at the end.
    const text = () => print(this.counters);
    const looksUp = !inner.isExact && can(inner, "sizeAt");
    const isBlind = !inner.detects.includes("double-free");
    hide(this, { tally, looksUp, isBlind, seen: this.epoch, toJSON: () => this.counters, toString: text });
    Object.defineProperty(this, inspectKey, { value: text });
  }

  get counters(): Counters {
    if (this.epoch > this.seen) this.refresh();
    return this.tally.snapshot();
  }

  // As the one it overrides, and shorter: an engine inlines so many bytes of code into a loop and no more.
  override allocate(layout: Layout): Ptr | Null {
    if (layout.size === 0) return layout.dangling;
    // First: whatever throws then, no block has been handed out.
    const bytes = this.inner.usableSize(layout);
    return this.answered(layout, this.inner.allocate(layout), bytes);
  }

  override reset(): void {
    const errors: unknown[] = [];
    if (this.resetInner(errors)) {
      this.forget();
      this.seen = this.epoch;
      this.tally.reset();
    }
    rethrow(errors);
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    if (from.size === 0) return false;
    if (this.epoch > this.seen) this.refresh();
    const before = this.bytesOf(ptr, from);
    const after = this.inner.usableSize(to);
    const done = this.inner.resizeInPlace(ptr, from, to);
    if (done) this.tally.resized(to.size >= from.size, before, this.looksUp ? this.bytesNow(ptr, after) : after);
    return done;
  }

  override describeSelf(): SelfDescription {
    return { kind: "stats", options: {}, state: { counters: this.tally.words } };
  }

  override request(layout: Layout, zeroed: boolean): Ptr | Null {
    const bytes = this.inner.usableSize(layout);
    const ptr = zeroed ? this.inner.allocateZeroed(layout) : this.inner.allocate(layout);
    return this.answered(layout, ptr, bytes);
  }

  /** Counts a request by its answer. A block has `bytes` at least. */
  answered(layout: Layout, ptr: Ptr | Null, bytes: number): Ptr | Null {
    if (this.epoch > this.seen) this.refresh();
    if (ptr === 0) this.tally.allocateFailed(layout.size);
    else this.tally.allocated(layout.size, this.looksUp ? this.bytesOfNew(ptr, layout) : bytes);
    return ptr;
  }

  override resize(how: Resize, ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    if (this.epoch > this.seen) this.refresh();
    const before = this.bytesOf(ptr, from);
    const after = this.inner.usableSize(to);
    const next = this.inner[how](ptr, from, to);
    if (next === 0) {
      this.tally.resizeFailed(how !== "shrink");
      return 0;
    }
    this.tally.resized(how !== "shrink", before, this.looksUp ? this.bytesNow(next, after) : after);
    if (next !== ptr) this.tally.moved(Math.min(from.size, to.size));
    return next;
  }

  override release(ptr: Ptr, layout: Layout): void {
    if (this.epoch > this.seen) this.refresh();
    const bytes = this.bytesOf(ptr, layout);
    if (this.isBlind && !this.tally.covers(bytes)) this.doubt(ptr, layout, bytes);
    this.inner.deallocate(ptr, layout);
    this.tally.released(bytes);
  }

  override forget(): void {
    this.tally.forget();
  }

  /** Forgets the blocks of an inner allocator that was reset by its owner. */
  refresh(): void {
    this.seen = this.epoch;
    if (endsAsOne(this.inner)) this.forget();
  }

  override settle(): void {
    this.seen = Infinity;
  }

  /** What was counted is often read at the end: it stays as it was then. */
  override close(): void {}

  /** Returns the usable bytes of a live block; every layout that fits it gives the same number. */
  bytesOf(ptr: Ptr, layout: Layout): number {
    return this.looksUp ? this.lookUp(ptr, layout) : this.inner.usableSize(layout);
  }

  /** As `bytesOf`, by what the block has. A look-up accuses the pointer first, of which nothing can be said without a layout. */
  lookUp(ptr: Ptr, layout: Layout): number {
    if (!(layout.size > 0)) requireLayout(layout, "deallocate");
    return this.inner.sizeAt(ptr);
  }

  /** As `bytesOf`, of a block that was just handed out: if that throws, it goes back. */
  bytesOfNew(ptr: Ptr, layout: Layout): number {
    let bytes = 0;
    undoing(
      () => {
        bytes = this.inner.sizeAt(ptr);
      },
      () => this.inner.deallocate(ptr, layout),
    );
    return bytes;
  }

  /** As `bytesOf`, of a block that was just resized, which the caller must not lose: if that throws, it is what was promised. */
  bytesNow(ptr: Ptr, promised: number): number {
    try {
      return this.inner.sizeAt(ptr);
    } catch {
      return promised;
    }
  }

  /** Throws if a block cannot be among those that are counted as live, unless the inner allocator can say more. */
  doubt(ptr: Ptr, layout: Layout, bytes: number): void {
    requireLayout(layout, "deallocate");
    const { inner } = this;
    if (ptr === 0 || (can<Allocator, Capability>(inner, "owns") && !inner.owns(ptr))) return;
    const { numLive, bytesLive } = this.counters;
    // What a block has more than was promised is not known of one whose `sizeAt` threw.
    if (this.looksUp && numLive > 0) return;
    throw new MisuseError(
      "double-free",
      `released ${bytesText(bytes)} at ${ptr} of ${numLive} live blocks of ${bytesText(bytesLive)}: this block was released before, or one before it was released twice`,
    );
  }
}

/**
 * Counts what an allocator serves: how many requests, how many bytes, of what sizes, and the most that was ever live. The
 * answers are those of the inner allocator, to the address, and so is what it can do and what misuse it detects. It owns the
 * inner allocator and disposes it with itself; lend that with `byRef()` to keep it. What is asked of the inner allocator
 * directly is not counted.
 *
 * `counters` is a snapshot; the difference of two is what happened in between. Printed with `console.log` or `String` it is a
 * table. A call that throws counts nowhere. No counter goes below 0: a release for which no block can be live throws
 * MisuseError("double-free"), where the inner allocator does not detect it.
 *
 * Cost: a call of `usableSize` beside each request, and two beside a resize; of `sizeAt` if the inner allocator is not
 * `isExact`. 408 bytes of words, which `footprint` leaves out, since it is that of the inner allocator. No garbage.
 *
 * Source: `StatsCollector` of phobos, from which most names are.
 *
 * @param inner - the allocator to watch
 * @example
 * ```ts
 * import { fallback } from "@alloc/combinators";
 * import { Layout, orThrow } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 * import { system } from "@alloc/global";
 * import { stats } from "@alloc/proxy";
 *
 * using heap = stats(fallback(freeList(64), system()));
 * const [small, large] = [Layout.of(40), Layout.of(1000)];
 * const ptr = orThrow(heap.allocate(small), small);
 * const before = heap.counters;
 * before.bytesLive; // => 64
 * const moved = orThrow(heap.grow(ptr, small, large), large);
 * heap.deallocate(moved, large);
 * heap.counters.bytesLive; // => 0
 * heap.counters.bytesHighWater; // => 1024
 * heap.counters.numMoved - before.numMoved; // => 1
 * heap.counters.numBySize; // => { 64: 1 }
 * ```
 */
export function stats<A extends Allocator>(inner: A): Stats<A> {
  const Machine = withCapabilities(StatsMachine, (capability) => can(inner, capability));
  // The words first: the constructor takes the inner allocator, and nothing may fail after that.
  return new Machine(inner as unknown as Can<Capability>, new Tally(inner.memory)) as unknown as Stats<A>;
}
