/**
 * Box: a value in its own block, with a single owner.
 *
 *     Box { type, allocator, address } ──owns──▶ │ value │        just the value: the layout is that of the type
 *
 * The handle owns the block, not the address: `intoRaw` gives the block up as an address, and `fromRaw` takes it over. Both sides
 * know the type, so a block needs no header.
 *
 * @module
 */
import type { Allocator, Disposable, Ptr } from "@alloc/core";
import { requireFunction } from "@alloc/core/author";
import type { Type, View } from "../values/type.ts";
import { BoxMachine, build, tryBox } from "./box-machine.ts";
import { Factory, orNoRoom } from "./factory.ts";
import { allocatorFor, requireAdoptable } from "./home.ts";

/** A value in its own block. After `dispose`, `intoRaw`, `leak` or `take`, every use throws MisuseError("disposed"). */
export interface Box<T> extends Disposable {
  /** Type of the value. */
  readonly type: Type<T>;
  /** The allocator of the block. */
  readonly allocator: Allocator;
  /**
   * The value: for a struct or an array a view that reads and writes memory, otherwise the value itself. The view of a struct has own
   * fields, visible to spread, `Object.keys` and test runners.
   */
  readonly value: View<T>;
  /**
   * Like {@link value}, but returns a light view: its fields are on the prototype, and each access takes as long as one to a typed
   * array. For hot code. O(1).
   */
  peek(): View<T>;
  /** Returns a copy of the value. */
  get(): T;
  /**
   * Replaces the value, then drops the old one. Setting a Box to its own value does nothing.
   *
   * @throws `OwnedError` with code `value` or `alias`; then nothing has changed
   */
  set(value: T): void;
  /**
   * Makes a second Box of a cloned value.
   *
   * @throws `AllocError` if there is no room; `OwnedError` with code `no-clone`
   */
  clone(): Box<T>;
  /** Returns the value and releases the block. The value is not dropped; the caller owns it. */
  take(): T;
  /** Gives up the block and returns its address, for `Box.fromRaw`. The value is not dropped. */
  intoRaw(): Ptr;
  /** Gives up the block for the lifetime of its memory and returns the view of its value. The value is not dropped. */
  leak(): View<T>;
  /** Drops the value and releases its block, even if a drop function throws. A second call does nothing. */
  dispose(): void;
}

/** Makes Boxes. The allocator argument is optional if the factory is bound to one. */
export interface BoxFactory<A extends readonly [Allocator?]> {
  /**
   * Puts a value into its own block.
   *
   * Cost: an allocation, and two objects.
   *
   * @throws `OwnedError` with code `value` if the value does not fit the type; `AllocError` if there is no room
   * @example
   * ```ts
   * import { pages } from "@alloc/core";
   * import { Box, f64, struct } from "@alloc/owned";
   *
   * const Point = struct({ x: f64, y: f64 });
   * using point = Box.new(Point, { x: 3, y: 4 }, pages());
   * point.value.x += 2;
   * point.get(); // => { x: 5, y: 4 }
   * ```
   */
  "new"<T>(type: Type<T>, value: NoInfer<T>, ...allocator: A): Box<T>;
  /**
   * Like `new`, but returns undefined if there is no room; the caller keeps the value.
   *
   * @throws `OwnedError` with code `value` if the value does not fit the type
   * @example
   * ```ts
   * import { Memory, pages } from "@alloc/core";
   * import { array, Box, u8 } from "@alloc/owned";
   *
   * const heap = pages(Memory.linear({ maximum: 2 ** 17 }));
   * Box.tryNew(array(u8, 2 ** 17), new Array(2 ** 17).fill(0), heap); // => undefined
   * ```
   */
  tryNew<T>(type: Type<T>, value: NoInfer<T>, ...allocator: A): Box<T> | undefined;
  /**
   * Builds a value in place, in a zeroed block. If `build` throws, the block is released without dropping anything.
   *
   * @param build - called with the view of a struct or an array
   * @throws errors of `build`; `AllocError` if there is no room
   * @example
   * ```ts
   * import { pages } from "@alloc/core";
   * import { array, Box, f64 } from "@alloc/owned";
   *
   * using squares = Box.emplace(array(f64, 100), (items) => {
   *   for (let i = 0; i < items.length; i++) items.set(i, i * i);
   * }, pages());
   * squares.value.at(9); // => 81
   * ```
   */
  emplace<T>(type: Type<T>, build: (value: View<T>) => void, ...allocator: A): Box<T>;
  /**
   * Takes over a block given up by `intoRaw`, or filled with a value of this type by other code.
   *
   * @throws `MisuseError`: `out-of-bounds` or `misaligned` if the address is impossible for the type; `foreign-pointer` or
   *   `wrong-layout` if the allocator supports `owns` or `sizeAt` and finds that the block is not its own or too small
   * @example
   * ```ts
   * import { pages } from "@alloc/core";
   * import { Box, f64 } from "@alloc/owned";
   *
   * const heap = pages();
   * const ptr = Box.new(f64, 0.5, heap).intoRaw(); // for a guest, or a field of type ptr
   * using again = Box.fromRaw(f64, ptr, heap);
   * again.get(); // => 0.5
   * ```
   */
  fromRaw<T>(type: Type<T>, ptr: Ptr, ...allocator: A): Box<T>;
}

class Boxes extends Factory implements BoxFactory<[allocator?: Allocator]> {
  new<T>(type: Type<T>, value: T, allocator = this.home): Box<T> {
    return orNoRoom(tryBox("Box.new", type, value, allocator), type.layout, "a Box", type);
  }

  tryNew<T>(type: Type<T>, value: T, allocator = this.home): Box<T> | undefined {
    return tryBox("Box.tryNew", type, value, allocator);
  }

  emplace<T>(type: Type<T>, use: (value: View<T>) => void, home = this.home): Box<T> {
    requireFunction("Box.emplace(type, (value) => { … }, heap)", use);
    return orNoRoom(build(type, allocatorFor("Box.emplace", type, home), use), type.layout, "a Box", type);
  }

  fromRaw<T>(type: Type<T>, ptr: Ptr, home = this.home): Box<T> {
    const allocator = allocatorFor("Box.fromRaw", type, home);
    requireAdoptable("Box.fromRaw", ptr, type.layout, allocator);
    return new BoxMachine(type, allocator, ptr);
  }
}

/**
 * Makes Boxes: `new`, `tryNew`, `emplace`, `fromRaw`. `Box.in(allocator)` binds the factory to an allocator, which is then
 * optional.
 *
 * Source: Rust's `Box`; `emplace` follows `make_place` and `in place { … }` of the `allocators` crate (2015), which releases the
 * block and drops nothing if the builder panics.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { Box as Boxes, f64 } from "@alloc/owned";
 *
 * const Box = Boxes.in(pages());
 * const half = Box.new(f64, 0.5);
 * half.take(); // => 0.5
 * ```
 */
export const Box: BoxFactory<[allocator: Allocator]> & {
  in(allocator: Allocator): BoxFactory<[allocator?: Allocator]>;
} = /* @__PURE__ */ new Boxes();
