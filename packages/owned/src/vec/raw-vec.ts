/**
 * RawVec: a growing buffer for callers that manage its elements. It knows its capacity, but not how many elements are in use.
 *
 *     │ element │ element │▒▒▒▒▒▒▒▒▒│▒▒▒▒▒▒▒▒▒│
 *     ├── length: the caller's ─┤
 *     ├── capacity ─────────────────────────────┤      one block; none while the capacity is 0
 *
 * @module
 */
import { type Allocator, type Disposable, Layout, type Ptr } from "@alloc/core";
import { Factory } from "../handles/factory.ts";
import { allocatorFor } from "../handles/home.ts";
import type { Type } from "../values/type.ts";
import { allocateBuffer, Buffer } from "./buffer.ts";

/** A buffer of `capacity` elements of a type. It never drops an element; the caller has to. */
export interface RawVec<T> extends Disposable {
  /** Type of the elements. */
  readonly type: Type<T>;
  /** The allocator of the block. */
  readonly allocator: Allocator;
  /** Number of elements it has room for; Infinity for elements of size 0. */
  readonly capacity: number;
  /** Address of the first element; a dangling one while there is no block. */
  readonly ptr: Ptr;
  /**
   * Makes room for `additional` elements after the first `length`. If it has to grow, doubles the capacity, so that n pushes cost
   * O(n); if there is no room for that, grows exactly as needed. In place if the allocator can.
   *
   * @throws `LayoutError` if the capacity would exceed the address space; `AllocError` if there is no room. Then nothing has
   *   changed
   */
  reserve(length: number, additional: number): void;
  /** Like {@link reserve}, but without doubling. */
  reserveExact(length: number, additional: number): void;
  /** Like {@link reserve}, but returns false if there is no room. */
  tryReserve(length: number, additional: number): boolean;
  /**
   * Releases the room after the first `length` elements.
   *
   * @throws `LayoutError` if `length` exceeds the capacity; `AllocError` if it would have to move and there is no room
   */
  shrinkToFit(length: number): void;
  /** Releases the block. A second call does nothing. */
  dispose(): void;
}

/** Makes RawVecs. The allocator argument is optional if the factory is bound to one. */
export interface RawVecFactory<A extends readonly [Allocator?]> {
  /**
   * Makes a RawVec without a block. O(1).
   *
   * @example
   * ```ts
   * import { pages } from "@alloc/core";
   * import { f64, RawVec } from "@alloc/owned";
   *
   * using buffer = RawVec.new(f64, pages());
   * buffer.capacity; // => 0
   * buffer.reserve(0, 1);
   * buffer.capacity; // => 4
   * ```
   */
  "new"<T>(type: Type<T>, ...allocator: A): RawVec<T>;
  /**
   * Makes a RawVec for `capacity` elements.
   *
   * @throws `LayoutError` if `capacity` is not an integer from 0 or too large; `AllocError` if there is no room
   * @example
   * ```ts
   * import { pages } from "@alloc/core";
   * import { RawVec, u16 } from "@alloc/owned";
   *
   * const heap = pages();
   * using buffer = RawVec.withCapacity(u16, 100, heap);
   * heap.memory.view(Uint16Array, buffer.ptr, buffer.capacity).length; // => 100
   * ```
   */
  withCapacity<T>(type: Type<T>, capacity: number, ...allocator: A): RawVec<T>;
  /**
   * Like `withCapacity`, with all bytes 0.
   *
   * @throws as `withCapacity` does
   * @example
   * ```ts
   * import { pages } from "@alloc/core";
   * import { RawVec, u8 } from "@alloc/owned";
   *
   * const heap = pages();
   * using buffer = RawVec.withCapacityZeroed(u8, 3, heap);
   * heap.memory.view(Uint8Array, buffer.ptr, 3); // => new Uint8Array(3)
   * ```
   */
  withCapacityZeroed<T>(type: Type<T>, capacity: number, ...allocator: A): RawVec<T>;
}

class RawVecMachine<T> extends Buffer<T> implements RawVec<T> {
  override get kind(): string {
    return "RawVec";
  }

  /** Drops no elements: it does not know which are in use. */
  override get size(): number {
    return 0;
  }

  get ptr(): Ptr {
    this.requireLive();
    return this.address;
  }

  reserve(length: number, additional: number): void {
    this.mustGrow(length, additional, true);
  }

  reserveExact(length: number, additional: number): void {
    this.mustGrow(length, additional, false);
  }

  tryReserve(length: number, additional: number): boolean {
    return this.hasGrown(this.layoutFor(length, additional), true);
  }

  shrinkToFit(length: number): void {
    this.shrinkTo(length);
  }

  override dispose(): void {
    if (!this.isToEnd) return;
    this.giveAway("dispose");
    this.releaseAt(this.address);
  }

  override contents(): unknown {
    return { capacity: this.capacity };
  }
}

function make<T>(caller: string, type: Type<T>, capacity: number, home?: Allocator, zeroed?: boolean): RawVec<T> {
  const allocator = allocatorFor(caller, type, home);
  const layout = Layout.array(type.layout, capacity);
  return allocateBuffer(caller, allocator, layout, (ptr) => new RawVecMachine(type, allocator, ptr, layout), zeroed);
}

class RawVecs extends Factory implements RawVecFactory<[allocator?: Allocator]> {
  new<T>(type: Type<T>, allocator = this.home): RawVec<T> {
    return make("RawVec.new", type, 0, allocator);
  }

  withCapacity<T>(type: Type<T>, capacity: number, allocator = this.home): RawVec<T> {
    return make("RawVec.withCapacity", type, capacity, allocator);
  }

  withCapacityZeroed<T>(type: Type<T>, capacity: number, allocator = this.home): RawVec<T> {
    return make("RawVec.withCapacityZeroed", type, capacity, allocator, true);
  }
}

/**
 * Makes RawVecs: `new`, `withCapacity`, `withCapacityZeroed`. `RawVec.in(allocator)` binds the factory to an allocator, which is
 * then optional.
 *
 * Source: `RawVec` of Rust's crate `alloc`.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { f64, RawVec } from "@alloc/owned";
 *
 * using buffer = RawVec.withCapacity(f64, 100, pages());
 * buffer.reserve(100, 1);
 * buffer.capacity; // => 200
 * buffer.shrinkToFit(0);
 * buffer.capacity; // => 0
 * ```
 */
export const RawVec: RawVecFactory<[allocator: Allocator]> & {
  in(allocator: Allocator): RawVecFactory<[allocator?: Allocator]>;
} = /* @__PURE__ */ new RawVecs();
