/**
 * Limit: no more than so many bytes live at once.
 *
 *     0            live            live + usableSize(layout)        bytes
 *     ├─────────────┤▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒┤                              ┤
 *                    the request is served only if it ends here ──────▶
 *
 * What counts are the bytes that a block has, not those that were asked for: a block is released with any layout that fits
 * it, so sums of asked sizes would drift. `sizeAt` tells what a block has; of a child without it, `usableSize` does.
 *
 * @module
 */
import {
  Allocator,
  type Can,
  can,
  type Layout,
  LayoutError,
  type Memory,
  type MisuseCode,
  type Null,
  type PowersOf,
  type Ptr,
  type SelfDescription,
  withPowers,
} from "@alloc/core";
import type { Child } from "./composable.ts";

/** An allocator that serves so many bytes and no more. */
export type Limit<A extends Allocator> = Can<PowersOf<A>> & {
  /** Bytes that may be live at once. */
  readonly bytes: number;
  /** Bytes that are live now. */
  readonly bytesLive: number;
  readonly inner: A;
};

class LimitMachine extends Allocator {
  override readonly memory: Memory;
  override readonly sees: readonly MisuseCode[];
  readonly bytes: number;
  readonly inner: Child;
  /** The bytes that are live. */
  readonly live: Float64Array;

  constructor(inner: Child, bytes: number) {
    super(undefined, [inner]);
    this.memory = inner.memory;
    this.sees = inner.sees;
    this.bytes = bytes;
    this.inner = inner;
    this.live = inner.memory.words(Float64Array, 1);
  }

  get bytesLive(): number {
    return this.live[0]!;
  }

  override allocate(layout: Layout): Ptr | Null {
    if (!this.hasRoom(this.inner.usableSize(layout))) return 0;
    return this.count(this.inner.allocate(layout), layout, 0);
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    if (!this.hasRoom(this.inner.usableSize(layout))) return 0;
    return this.count(this.inner.allocateZeroed(layout), layout, 0);
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const before = this.sizeOf(ptr, from);
    if (!this.hasRoom(this.inner.usableSize(to) - before)) return 0;
    return this.count(this.inner.grow(ptr, from, to), to, before);
  }

  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const before = this.sizeOf(ptr, from);
    if (!this.hasRoom(this.inner.usableSize(to) - before)) return 0;
    return this.count(this.inner.growZeroed(ptr, from, to), to, before);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const before = this.sizeOf(ptr, from);
    if (!this.hasRoom(this.inner.usableSize(to) - before)) return 0;
    return this.count(this.inner.shrink(ptr, from, to), to, before);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    const bytes = this.sizeOf(ptr, layout);
    this.inner.deallocate(ptr, layout);
    this.live[0]! -= bytes;
  }

  override usableSize(layout: Layout): number {
    const bytes = this.inner.usableSize(layout);
    return bytes > this.bytes ? 0 : bytes;
  }

  owns(ptr: Ptr): boolean {
    return this.inner.owns(ptr);
  }

  reset(): void {
    this.inner.reset();
    this.live[0] = 0;
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    const before = this.sizeOf(ptr, from);
    if (!this.hasRoom(this.inner.usableSize(to) - before) || !this.inner.resizeInPlace(ptr, from, to)) return false;
    this.count(ptr, to, before);
    return true;
  }

  defer(drop: () => void): void {
    this.inner.defer(drop);
  }

  sizeAt(ptr: Ptr): number {
    return this.inner.sizeAt(ptr);
  }

  check(): void {
    this.inner.check();
  }

  trim(): void {
    this.inner.trim();
  }

  override describeSelf(): SelfDescription {
    return { kind: "limit", options: { bytes: this.bytes }, state: { live: this.live } };
  }

  hasRoom(more: number): boolean {
    return this.live[0]! + more <= this.bytes;
  }

  /** Counts a block that was served, and had `before` bytes until then. */
  count(ptr: Ptr | Null, layout: Layout, before: number): Ptr | Null {
    if (ptr !== 0) this.live[0]! += this.sizeOf(ptr, layout) - before;
    return ptr;
  }

  /** Answers the bytes that a block has; 0 for size 0. */
  sizeOf(ptr: Ptr, layout: Layout): number {
    if (layout.size === 0) return 0;
    return this.inner.sizeAt?.(ptr) ?? this.inner.usableSize(layout);
  }
}

/**
 * Lets an allocator serve so many bytes at once and no more: what would exceed them is answered with NULL. It can all that
 * the allocator can, owns it, and disposes it with itself.
 *
 * A request counts with its `usableSize`, a live block with its `sizeAt` where the allocator has it: where a block turns out
 * larger than what was guaranteed, the limit is exceeded by that slack of one block at most. To bound the memory itself
 * rather than the blocks in it, limit the parent: `system({ parent: limit(pages(), bytes) })`.
 *
 * Cost: one `usableSize` and one `sizeAt` a call; one word.
 *
 * @param bytes - how many may be live at once, an integer from 0
 * @throws `LayoutError` if `bytes` cannot be
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
 * ```
 */
export function limit<A extends Allocator>(inner: A, bytes: number): Limit<A> {
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new LayoutError("size", `a limit must be an integer from 0 bytes on, came ${bytes}`);
  }
  const Machine = withPowers(LimitMachine, (power) => can(inner, power));
  return new Machine(inner as unknown as Child, bytes) as unknown as Limit<A>;
}
