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
  can,
  type Layout,
  type Null,
  type Power,
  type PowersOf,
  type Ptr,
  type SelfDescription,
  withPowers,
} from "@alloc/core";
import { type Counters, Tally } from "./counters.ts";
import { print } from "./print.ts";
import { type Resize, Watcher } from "./watcher.ts";

/** An allocator that counts what it serves. It can all that `A` can. */
export type Stats<A extends Allocator> = Can<PowersOf<A>> & {
  readonly inner: A;
  /** What was counted until now: a frozen snapshot, also after `dispose`. */
  readonly counters: Counters;
  /** Answers the counters. */
  toJSON(): Counters;
};

/** By this symbol Node, Deno and Bun ask an object how it shall be printed. */
const inspect = Symbol.for("nodejs.util.inspect.custom");

class StatsMachine extends Watcher {
  readonly tally: Tally;
  /** Whether a block may have more than `usableSize` tells, and who has it can be asked. */
  readonly looksUp: boolean;
  // Both are fields, not methods: methods throw after dispose, and what was counted is often read at the end.
  readonly toJSON: () => Counters;
  // Declared and no more: a computed field is code that runs, and bundlers would keep the class for it.
  declare readonly [inspect]: () => string;

  constructor(inner: Can<Power>) {
    super(inner);
    this.tally = new Tally(inner.memory);
    this.looksUp = !inner.isExact && can(inner, "sizeAt");
    this.toJSON = () => this.counters;
    this[inspect] = () => print(this.counters);
  }

  get counters(): Counters {
    return this.tally.snapshot();
  }

  // As the one it overrides, and shorter: an engine inlines so many bytes of code into a loop and no more.
  override allocate(layout: Layout): Ptr | Null {
    return layout.size === 0 ? layout.dangling : this.answered(layout, this.inner.allocate(layout));
  }

  override reset(): void {
    this.inner.reset();
    this.tally.reset();
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    if (from.size === 0) return false;
    const before = this.bytesOf(ptr, from);
    const done = this.inner.resizeInPlace(ptr, from, to);
    if (done) this.tally.resized(to.size >= from.size, before, this.bytesOf(ptr, to));
    return done;
  }

  override describeSelf(): SelfDescription {
    return { kind: "stats", options: {}, state: { counters: this.tally.words } };
  }

  override request(layout: Layout, zeroed: boolean): Ptr | Null {
    return this.answered(layout, zeroed ? this.inner.allocateZeroed(layout) : this.inner.allocate(layout));
  }

  /** Counts a request by its answer. */
  answered(layout: Layout, ptr: Ptr | Null): Ptr | Null {
    if (ptr === 0) this.tally.allocateFailed(layout.size);
    else this.tally.allocated(layout.size, this.bytesOf(ptr, layout));
    return ptr;
  }

  override resize(how: Resize, ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const before = this.bytesOf(ptr, from);
    const next = this.inner[how](ptr, from, to);
    if (next === 0) {
      this.tally.resizeFailed(how !== "shrink");
      return 0;
    }
    this.tally.resized(how !== "shrink", before, this.bytesOf(next, to));
    if (next !== ptr) this.tally.moved(Math.min(from.size, to.size));
    return next;
  }

  override release(ptr: Ptr, layout: Layout): void {
    const bytes = this.bytesOf(ptr, layout);
    this.inner.deallocate(ptr, layout);
    this.tally.released(bytes);
  }

  /** Answers the usable bytes of a live block; every layout that fits it gives the same answer. */
  bytesOf(ptr: Ptr, layout: Layout): number {
    return this.looksUp ? this.inner.sizeAt(ptr) : this.inner.usableSize(layout);
  }
}

/**
 * Counts what an allocator serves: how many requests, how many bytes, of what sizes, and the most that was ever live. The
 * answers are those of the inner allocator, to the address, and so is what it can do and what misuse it sees. It owns the
 * inner allocator and disposes it with itself; lend that with `byRef()` to keep it. What is asked of the inner allocator
 * directly is not counted.
 *
 * `counters` is a snapshot; the difference of two is what happened in between. Printed with `console.log` it is a table. A
 * call that throws counts nowhere.
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
  const Machine = withPowers(StatsMachine, (power) => can(inner, power));
  return new Machine(inner as unknown as Can<Power>) as unknown as Stats<A>;
}
