/**
 * Box: a value in a block of its own, and the one who owns it.
 *
 *     Box { type, allocator, address } ──owns──▶ │ value │        just the value: the layout is that of the type
 *
 * It is the handle that owns and not the address: `intoRaw` gives the block away as an address, and `fromRaw` takes one. The
 * type is the same on both sides, so a block needs no header.
 *
 * @module
 */
import type { Allocator, Disposable, Ptr } from "@alloc/core";
import type { Type, View } from "../values/type.ts";
import { BoxMachine, build, tryBox } from "./box-machine.ts";
import { Factory, orNoRoom } from "./factory.ts";
import { allocatorFor, requireAdoptable } from "./home.ts";

/** A value in a block of its own. After `dispose`, `intoRaw`, `leak` and `take` every use throws MisuseError("disposed"). */
export interface Box<T> extends Disposable {
  readonly type: Type<T>;
  readonly allocator: Allocator;
  /** What is shown of the value: of a struct or an array an accessor that reads and writes memory; otherwise the value. */
  readonly value: View<T>;
  /** Returns a copy of the value. */
  get(): T;
  /**
   * Replaces the value; then the old one is dropped. One that is moved onto itself stays as it is.
   *
   * @throws `OwnedError` with code `value` or `alias`, and then nothing has changed
   */
  set(value: T): void;
  /** Makes a second Box of the same value. @throws `AllocError`; `OwnedError` with code `no-clone` */
  clone(): Box<T>;
  /** Returns the value and releases the block. Nothing is dropped: the value lives on. */
  take(): T;
  /** Gives the block away: `Box.fromRaw` takes it back. Nothing is dropped. */
  intoRaw(): Ptr;
  /** Gives the block up to live as long as its memory, and returns what shows its value. Nothing is dropped. */
  leak(): View<T>;
  /** Drops the value, and then its memory, also if a drop function throws. A second time does nothing. */
  dispose(): void;
}

/** Makes Boxes. Where it is bound to an allocator, that need not be named. */
export interface BoxFactory<A extends readonly [Allocator?]> {
  /**
   * Puts a value into a block of its own.
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
   * As `new`, but returns undefined if there is no room; the value is still the caller's.
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
   * Builds a value in place, in a block of zeros. If `build` throws, the block is released, and nothing is dropped.
   *
   * @param build - is shown the value: of a struct or an array
   * @throws what `build` throws; `AllocError` if there is no room
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
   * Takes a block over that `intoRaw` gave away, or that was filled with a value of this type by somebody else.
   *
   * @throws `MisuseError`: `out-of-bounds` or `misaligned` if no such value can lie there; `foreign-pointer` or `wrong-layout`
   *   where the allocator can `owns` or `sizeAt` and detects that the block is not its own or too small
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
    return orNoRoom(build(type, allocatorFor("Box.emplace", type, home), use), type.layout, "a Box", type);
  }

  fromRaw<T>(type: Type<T>, ptr: Ptr, home = this.home): Box<T> {
    const allocator = allocatorFor("Box.fromRaw", type, home);
    requireAdoptable("Box.fromRaw", ptr, type.layout, allocator);
    return new BoxMachine(type, allocator, ptr);
  }
}

/**
 * Makes Boxes: `new`, `tryNew`, `emplace`, `fromRaw`. With `in` it is bound to an allocator, which then need not be named.
 *
 * Source: `Box` of Rust; `emplace` after `make_place` and `in place { … }` of the `allocators` crate (2015), which releases
 * the block and drops nothing if the builder panics.
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
