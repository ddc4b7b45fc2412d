/**
 * Vec: elements side by side in a block that grows.
 *
 *     Vec { type, allocator, length } ──owns──▶ │ 0 │ 1 │ 2 │▒▒▒│▒▒▒│
 *                                               ├─ length ──┤
 *                                               ├─ capacity ────────┤
 *
 * Of numbers it is a typed array that grows, and of structs it is records without objects: what lies there is the bytes of the
 * elements and nothing else, so a guest can read them as an array of its own.
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
 * Elements side by side. An index that is not there throws OwnedError("index"), a value that does not fit OwnedError("value"),
 * a capacity beyond the address space LayoutError, no room AllocError; then nothing has changed. What was shown of an element
 * throws once the block has moved, and shows another one where elements were moved in it; so does what a loop has still to come.
 * While the block stays, a loop detects elements come and go.
 */
export interface Vec<T> extends Iterable<View<T>>, Disposable {
  readonly type: Type<T>;
  readonly allocator: Allocator;
  readonly length: number;
  /** Elements that there is room for. Of elements without size: Infinity. */
  readonly capacity: number;
  /** Adds an element at the end. O(1), but O(n) where the block moves: amortised O(1). */
  push(value: T): void;
  /** Removes the last element and returns it; undefined if there is none. Nothing is dropped. O(1). */
  pop(): T | undefined;
  /**
   * Shows an element. Of a struct it is an object whose fields are its own, so spread, `Object.keys` and test runners see them. O(1),
   * and some 100 ns for each field: in hot loops take {@link peek} or `for (const element of vec)`.
   */
  at(index: number): View<T>;
  /** As {@link at}, but by the light object that loops show: its fields are those of its class, and it costs next to nothing. O(1). */
  peek(index: number): View<T>;
  /** Returns a copy of an element. */
  get(index: number): T;
  /** Replaces an element; then the old one is dropped. One that is moved onto itself stays as it is. */
  set(index: number, value: T): void;
  /** Adds an element before another one, or at the end. O(n). */
  insert(index: number, value: T): void;
  /** Removes an element and returns it; those behind it move up. Nothing is dropped. O(n). */
  remove(index: number): T;
  /** Removes an element and returns it; the last one takes its place. Nothing is dropped. O(1). */
  swapRemove(index: number): T;
  /** Adds all or, if one does not fit or there is no room, none. */
  extend(values: Iterable<T>): void;
  /** Drops the elements from an index on; does nothing if there are none. */
  truncate(length: number): void;
  /**
   * Sorts in place, stable: by `<` by default, and numbers with NaN last. Structs and arrays need a comparison, which detects a copy. If it
   * throws or changes the Vec, nothing has moved. O(n log n).
   *
   * @throws `OwnedError` with code `type` if a comparison is needed and none is given; `MisuseError` with code `reentrant`
   */
  sort(compare?: (a: View<T>, b: View<T>) => number): void;
  /**
   * Makes a fresh view of the elements, valid until the next call that may grow the memory.
   *
   * @param Type - `Float64Array`, …; its elements may be fields of the elements here
   * @throws `MisuseError` with code `misaligned` if elements of that size cannot lie there
   */
  view<V extends ArrayView>(Type: ArrayType<V>): V;
  /** Makes room for so many elements more, amortised: see {@link RawVec.reserve}. */
  reserve(additional: number): void;
  /** Makes room for just so many elements more. */
  reserveExact(additional: number): void;
  /** Gives back the room that is not in use. */
  shrinkToFit(): void;
  /** Makes a Box of its elements, and is spent. */
  intoBox(): Box<T[]>;
  /** Drops the elements, the first one first, and releases the block. A second time does nothing. */
  dispose(): void;
}

/** Makes Vecs. Where it is bound to an allocator, that need not be named. */
export interface VecFactory<A extends readonly [Allocator?]> {
  /**
   * Makes one without elements and without a block. O(1).
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
   * Makes one of elements: a list, a typed array, what another Vec shows. O(n).
   *
   * @throws `OwnedError` with code `value` if one does not fit the type; `AllocError` if there is no room. Then no block is left
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
   * Makes one without elements, and with room for `capacity` of them.
   *
   * @throws `LayoutError` if `capacity` is no integer from 0 or too large; `AllocError` if there is no room
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

function make<T>(who: string, type: Type<T>, capacity: number, home?: Allocator): Vec<T> {
  const allocator = allocatorFor(who, type, home);
  const layout = Layout.array(type.layout, capacity);
  return allocateBuffer(who, allocator, layout, (ptr) => new VecMachine(type, allocator, ptr, layout));
}

/**
 * Makes Vecs: `new`, `from`, `withCapacity`. With `in` it is bound to an allocator, which then need not be named.
 *
 * Source: `Vec` of Rust.
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
