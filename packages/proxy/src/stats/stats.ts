/**
 * Stats: an allocator that counts its requests and blocks.
 *
 *     asked     ├───── 40 ─────┤
 *     usable    ├───────── 64 ─────────┤      bytesLive counts these 64 until the release, whatever layout it names
 *
 * The bytes of a block are its `usableSize`, the same on request and release, whichever fitting layout is named. If a block may
 * have more (the inner allocator is not `isExact`), it may also be released by that size, so its `sizeAt` is counted: with the
 * sizes that a fallback guarantees, sums would drift.
 *
 * @module
 */
import {
  type Allocator,
  type Can,
  type CapabilitiesOf,
  type Capability,
  can,
  type Layout,
  type NameOption,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import {
  bytesText,
  childrenIn,
  endsAsOne,
  hide,
  inspectKey,
  type Kind,
  misuseOf,
  nameOf,
  requireAllocator,
  requireLayout,
  requireLayouts,
  requireOptions,
  rethrow,
  undoing,
  type Wrapping,
  withCapabilities,
  withName,
  wordsIn,
} from "@alloc/core/author";
import { type Resize, Watcher } from "../watcher.ts";
import { type Counters, LENGTH, Tally } from "./counters.ts";
import { print } from "./print.ts";

/** An allocator that counts its requests and blocks. It supports the capabilities of `A`. */
export type Stats<A extends Allocator> = Counted & Wrapping<A> & Can<CapabilitiesOf<A>>;

/** The counters of a stats. It precedes the methods of an allocator in the type, whose `toJSON` describes a chain. */
interface Counted {
  /** A frozen snapshot of the counts. After `dispose` it keeps the last values, live blocks included. */
  readonly counters: Counters;
  /** Returns the counters. */
  toJSON(): Counters;
  /** Returns the counters as a table. */
  toString(): string;
}

class StatsMachine extends Watcher {
  readonly tally!: Tally;
  /** Whether a block may have more than its `usableSize` and the inner allocator can be asked for its `sizeAt`. */
  readonly looksUp!: boolean;
  /** Whether the inner allocator misses second releases, so that the counts must detect them. */
  readonly isBlind!: boolean;
  /** Its epoch when its counts of live blocks were last known to be right. Infinity once it ends: they stay as they were. */
  seen!: number;

  constructor(inner: Can<Capability>, tally: Tally) {
    super(inner);
    // Fields, not methods: methods throw after dispose, and counts are often read at the end.
    const text = () => {
      const name = nameOf(this) ?? nameOf(inner);
      return `${name === undefined ? "" : `${JSON.stringify(name)}\n`}${print(this.counters)}`;
    };
    const looksUp = !inner.isExact && can(inner, "sizeAt");
    const isBlind = !inner.detects.includes("double-free");
    hide(this, { tally, looksUp, isBlind, seen: this.epoch, toJSON: () => this.counters, toString: text });
    Object.defineProperty(this, inspectKey, { value: text });
  }

  get counters(): Counters {
    if (this.epoch > this.seen) this.refresh();
    return this.tally.snapshot();
  }

  // Equivalent to the overridden method but shorter: engines limit the code inlined into a loop.
  override allocate(layout: Layout): Ptr | Null {
    if (!(layout != null && layout.size > 0 && layout.align > 0)) return this.expectLayout(layout, "allocate").dangling;
    // First, so that no block has been handed out if this throws.
    const bytes = this.inner.usableSize(layout);
    return this.countRequest(layout, this.inner.allocate(layout), bytes);
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
    requireLayouts(from, to, "resizeInPlace");
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
    return this.countRequest(layout, ptr, bytes);
  }

  /** Counts a request by its result. A block has at least `bytes` bytes. */
  countRequest(layout: Layout, ptr: Ptr | Null, bytes: number): Ptr | Null {
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

  /** Counts are often read at the end, so they keep their last values. */
  override close(): void {}

  /** Returns the usable bytes of a live block, the same for every layout that fits it. */
  bytesOf(ptr: Ptr, layout: Layout): number {
    return this.looksUp ? this.inner.sizeAt(ptr) : this.inner.usableSize(layout);
  }

  /** Like `bytesOf`, for a block that was just handed out. If the look-up throws, the block is released. */
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

  /**
   * Like `bytesOf`, for a block that was just resized, which the caller must not lose. If the look-up throws, returns `promised`.
   */
  bytesNow(ptr: Ptr, promised: number): number {
    try {
      return this.inner.sizeAt(ptr);
    } catch {
      return promised;
    }
  }

  /** Throws if a block cannot be among those counted as live, unless the inner allocator can report it better. */
  doubt(ptr: Ptr, layout: Layout, bytes: number): void {
    requireLayout(layout, "deallocate");
    const { inner } = this;
    if (ptr === 0 || (can<Allocator, Capability>(inner, "owns") && !inner.owns(ptr))) return;
    const { numLive, bytesLive } = this.counters;
    // If `sizeAt` threw for a block, its slack was not counted.
    if (this.looksUp && numLive > 0) return;
    throw misuseOf(
      this,
      "double-free",
      `released ${bytesText(bytes)} at ${ptr} of ${numLive} live blocks of ${bytesText(bytesLive)}: this block was released before, or an earlier one was released twice`,
    );
  }
}

/**
 * Counts the requests and blocks of an allocator: how many, how many bytes, of which sizes, and the high-water marks. Results,
 * addresses, capabilities and detected misuse are those of the inner allocator. It owns the inner allocator and disposes it with
 * itself; lend that with `byRef()` to keep it. Direct calls of the inner allocator are not counted.
 *
 * `counters` is a snapshot; subtract two to get the counts in between. `console.log` and `String` print a table. A call that
 * throws is not counted. No counter goes below 0: a release while no block can be live throws MisuseError("double-free") if the
 * inner allocator does not detect it.
 *
 * Cost: a call of `usableSize` per request, two per resize; of `sizeAt` if the inner allocator is not `isExact`. 408 bytes of
 * words, not included in `footprint`, which is that of the inner allocator. No garbage.
 *
 * Source: `StatsCollector` of phobos, including most names.
 *
 * @param inner - the allocator to watch
 * @param options - `name`: for reports, errors and `find`
 * @returns the counting allocator
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
export function stats<A extends Allocator>(inner: A, options: NameOption = {}): Stats<A> {
  requireAllocator("stats", inner, "stats(allocator)");
  requireOptions("stats(allocator, { name })", options, ["name"]);
  // The words first: the constructor adopts the inner allocator, and nothing may fail after that.
  const tally = new Tally(inner.memory);
  return withName(options, () => counting(inner, tally));
}

function counting<A extends Allocator>(inner: A, tally: Tally): Stats<A> {
  const Machine = withCapabilities(StatsMachine, (capability) => can(inner, capability));
  return new Machine(inner as unknown as Can<Capability>, tally) as unknown as Stats<A>;
}

/** The kind of {@link stats}. */
export const statsKind: Kind = {
  kind: "stats",
  attach(node) {
    const words = wordsIn(node, "counters", Float64Array, LENGTH);
    return counting(childrenIn(node, 1)[0]!, new Tally(node.memory, words));
  },
};
