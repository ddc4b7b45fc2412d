/**
 * Vec: elements side by side in a growing block.
 *
 *     Vec { type, allocator, length } ──owns──▶ │ 0 │ 1 │ 2 │▒▒▒│▒▒▒│
 *                                               ├─ length ──┤
 *                                               ├─ capacity ────────┤
 *
 * For numbers it is a growing typed array, for structs it holds records without objects. The block contains only the bytes of the
 * elements, so a guest can read them as its own array.
 *
 * @module
 */
import { type Allocator, type ArrayType, type ArrayView, type Disposable, Layout } from "@alloc/core";
import type { Box } from "../handles/box.ts";
import { Factory } from "../handles/factory.ts";
import { allocatorFor } from "../handles/home.ts";
import type { Type, View } from "../values/type.ts";
import { allocateBuffer } from "./buffer.ts";
import { VecMachine } from "./vec-machine.ts";

/**
 * Elements side by side. An index out of range throws OwnedError("index"), a value that does not fit OwnedError("value"), a
 * capacity beyond the address space LayoutError, missing room AllocError; then nothing has changed. Views of elements throw once
 * the block has moved, and so do views from a running loop. After `insert`, `remove` or `sort` a view may show a different
 * element. While the block stays, a loop sees elements added and removed.
 */
export interface Vec<T> extends Iterable<View<T>>, Disposable {
  /** Type of the elements. */
  readonly type: Type<T>;
  /** The allocator of the block. */
  readonly allocator: Allocator;
  /** Number of elements. */
  readonly length: number;
  /** Number of elements it has room for; Infinity for elements of size 0. */
  readonly capacity: number;
  /** Adds an element at the end. Amortised O(1); O(n) if the block moves. */
  push(value: T): void;
  /** Removes and returns the last element; undefined if there is none. Drops nothing. O(1). */
  pop(): T | undefined;
  /**
   * Returns the view of an element. A negative index counts from the end, as in `Array.prototype.at`: `at(-1)` is the last element.
   * For a struct, an object with own fields, visible to spread, `Object.keys` and test runners.
   * O(1); each access to a field takes ten times as long as that of {@link peek}, which is for hot loops.
   */
  at(index: number): View<T>;
  /**
   * Like {@link at}, but returns the light view that loops use: its fields are on the prototype, and it costs almost nothing.
   * O(1).
   */
  peek(index: number): View<T>;
  /** Returns a copy of an element. As in all methods but `at`, `peek` and those that say so, the index counts from 0. */
  get(index: number): T;
  /** Replaces an element and drops the old one. Setting an element to itself does nothing. */
  set(index: number, value: T): void;
  /** Inserts an element before an index, or at the end. O(n). */
  insert(index: number, value: T): void;
  /** Removes and returns an element; later ones move down. Drops nothing. O(n). */
  remove(index: number): T;
  /** Removes and returns an element; the last one takes its place. Drops nothing. O(1). */
  swapRemove(index: number): T;
  /** Adds all values, or none if one does not fit or there is no room. */
  extend(values: Iterable<T>): void;
  /** Drops the elements from an index on; does nothing if there are none. */
  truncate(length: number): void;
  /** Drops all elements. The capacity stays. */
  clear(): void;
  /**
   * Drops the elements for which a function returns false; the others move together. If the function throws, or changes the length
   * or the block of the Vec, no element is dropped or moved. O(n).
   *
   * @param keeps - called for each element with its light view, and its index
   */
  retain(keeps: (element: View<T>, index: number) => unknown): void;
  /**
   * Removes elements and inserts others in their place, as `Array.prototype.splice` does. O(n).
   *
   * @param start - index of the first; a negative one counts from the end
   * @param count - how many to remove. Default: all from `start`
   * @param values - the values to insert
   * @returns the removed values, which are not dropped: the caller owns them
   */
  splice(start: number, count?: number, ...values: T[]): T[];
  /**
   * Removes and returns a range of elements; later ones move down. Drops nothing. O(n).
   *
   * @param start - index of the first. Default: 0
   * @param end - index after the last. Default: the length
   * @throws `OwnedError` with code `index` unless 0 ≤ start ≤ end ≤ length
   */
  drain(start?: number, end?: number): T[];
  /**
   * Changes the length: drops the elements after it, or appends a value several times. A value with a drop function is cloned for
   * all but the last. If the Vec does not become longer, the value is not taken.
   *
   * @throws `OwnedError` with code `no-clone` if the type has a drop function but no clone function
   */
  resize(length: number, value: T): void;
  /**
   * Replaces the elements of a range by one value and drops the old ones. A value with a drop function is cloned for all but the
   * last; for an empty range it is not taken.
   *
   * @param start - index of the first; a negative one counts from the end. Default: 0
   * @param end - index after the last; a negative one counts from the end. Default: the length
   * @throws `OwnedError` with code `no-clone` if the type has a drop function but no clone function
   */
  fill(value: T, start?: number, end?: number): void;
  /**
   * Copies a range of elements to a new Vec in the same allocator: their bytes, or clones if the type has a drop function.
   *
   * @param start - index of the first; a negative one counts from the end. Default: 0
   * @param end - index after the last; a negative one counts from the end. Default: the length
   * @throws `AllocError`; `OwnedError` with code `no-clone`
   */
  slice(start?: number, end?: number): Vec<T>;
  /**
   * Returns the index of the first element that equals a value, −1 if there is none. Numbers and texts compare by `===`, structs and
   * arrays field by field. O(n).
   *
   * @param start - where to begin; a negative index counts from the end. Default: 0
   */
  indexOf(value: T, start?: number): number;
  /** Iterates over the elements and their indices. */
  entries(): IterableIterator<[index: number, element: View<T>]>;
  /**
   * Sorts in place, stable. Default order: `<`, with NaN last. Structs and arrays need a comparison, which gets views of a copy.
   * If it throws or changes the Vec, nothing has moved. O(n log n).
   *
   * @throws `OwnedError` with code `type` if a comparison is required; `MisuseError` with code `reentrant` if it changed the Vec
   */
  sort(compare?: (a: View<T>, b: View<T>) => number): void;
  /**
   * Returns a fresh view of the elements, valid until the next call that may grow the memory.
   *
   * @param Type - `Float64Array`, …; it may match the fields of the elements
   * @throws `MisuseError` with code `misaligned` if the address is not a multiple of its element size
   */
  view<V extends ArrayView>(Type: ArrayType<V>): V;
  /** Makes room for `additional` more elements, amortised: see {@link RawVec.reserve}. */
  reserve(additional: number): void;
  /** Makes room for exactly `additional` more elements. */
  reserveExact(additional: number): void;
  /** Releases unused room. */
  shrinkToFit(): void;
  /** Converts the Vec to a Box of its elements; the Vec is spent. */
  intoBox(): Box<T[]>;
  /** Drops the elements, first to last, and releases the block. A second call does nothing. */
  dispose(): void;
}

/** Makes Vecs. The allocator argument is optional if the factory is bound to one. */
export interface VecFactory<A extends readonly [Allocator?]> {
  /**
   * Makes an empty Vec without a block. O(1).
   *
   * @example
   * ```ts
   * import { pages } from "@alloc/core";
   * import { text, Vec } from "@alloc/owned";
   *
   * using names = Vec.new(text(8), pages());
   * names.push("Ada");
   * names.capacity; // => 4
   * ```
   */
  "new"<T>(type: Type<T>, ...allocator: A): Vec<T>;
  /**
   * Makes a Vec of a list, a typed array or another Vec. O(n).
   *
   * @throws `OwnedError` with code `value` if a value does not fit the type; `AllocError` if there is no room. Then no block is
   *   left
   * @example
   * ```ts
   * import { pages } from "@alloc/core";
   * import { f32, Vec } from "@alloc/owned";
   *
   * using numbers = Vec.from(f32, new Float32Array([3, 1, 2]), pages());
   * numbers.sort();
   * [...numbers]; // => [1, 2, 3]
   * ```
   */
  from<T>(type: Type<T>, values: Iterable<NoInfer<T>>, ...allocator: A): Vec<T>;
  /**
   * Makes an empty Vec with room for `capacity` elements.
   *
   * @throws `LayoutError` if `capacity` is not an integer from 0 or too large; `AllocError` if there is no room
   * @example
   * ```ts
   * import { pages } from "@alloc/core";
   * import { u32, Vec } from "@alloc/owned";
   *
   * using ids = Vec.withCapacity(u32, 1000, pages());
   * [ids.length, ids.capacity]; // => [0, 1000]
   * ```
   */
  withCapacity<T>(type: Type<T>, capacity: number, ...allocator: A): Vec<T>;
}

class Vecs extends Factory implements VecFactory<[allocator?: Allocator]> {
  new<T>(type: Type<T>, allocator = this.home): Vec<T> {
    return make("Vec.new", type, 0, allocator);
  }

  from<T>(type: Type<T>, values: Iterable<T>, allocator = this.home): Vec<T> {
    const vec = make("Vec.from", type, 0, allocator);
    try {
      vec.extend(values);
      return vec;
    } catch (error) {
      vec.dispose();
      throw error;
    }
  }

  withCapacity<T>(type: Type<T>, capacity: number, allocator = this.home): Vec<T> {
    return make("Vec.withCapacity", type, capacity, allocator);
  }
}

function make<T>(caller: string, type: Type<T>, capacity: number, home?: Allocator): Vec<T> {
  const allocator = allocatorFor(caller, type, home);
  const layout = Layout.array(type.layout, capacity);
  return allocateBuffer(caller, allocator, layout, (ptr) => new VecMachine(type, allocator, ptr, layout));
}

/**
 * Makes Vecs: `new`, `from`, `withCapacity`. `Vec.in(allocator)` binds the factory to an allocator, which is then optional.
 *
 * Source: Rust's `Vec`.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { f64, struct, Vec } from "@alloc/owned";
 *
 * const Particle = struct({ x: f64, speed: f64 });
 * using particles = Vec.new(Particle, pages());
 * for (let i = 0; i < 1000; i++) particles.push({ x: 0, speed: i });
 *
 * for (const particle of particles) particle.x += particle.speed; // writes memory
 * particles.at(999).x; // => 999
 * particles.view(Float64Array)[5]; // => 2
 * ```
 */
export const Vec: VecFactory<[allocator: Allocator]> & {
  in(allocator: Allocator): VecFactory<[allocator?: Allocator]>;
} = /* @__PURE__ */ new Vecs();
