/**
 * Type: what lies in a block, and how it is read and written.
 *
 *     type.layout             bytes and align, by C's rules
 *     type.fault(value)       why a value does not fit, if it does not: asked before a byte is written
 *     type.lens(offset, unit) the closures that read and write at `at · unit + offset` of a place
 *
 * A lens is made once for each type and offset, so its numbers are constants to the compiler of the engine. Nothing is made
 * from text: types work where a content security policy forbids it.
 *
 * @module
 */
import type { ArrayType, Layout } from "@alloc/core";
import { OwnedError, shown } from "./errors.ts";
import type { Place } from "./window.ts";

/** Reads and writes values at one offset of a place. */
export interface Lens<T> {
  /** What is shown of the value: itself if it is a number, a bigint, a boolean or a text, and otherwise an accessor of it. */
  get(place: Place): View<T>;
  /** Answers a copy of the value, apart from the memory. As a `clone` the copy may live beside the value. */
  read(place: Place, clone?: boolean): T;
  /** Writes a value that is known to fit, where there was none: nothing is dropped. */
  write(place: Place, value: T): void;
  /** Replaces the value; the old one is dropped. Throws before that if the new one does not fit. */
  set(place: Place, value: T): void;
  /** Runs the drop functions of the value, its own first and then those of its fields, in order; undefined if there are none. */
  readonly drop?: (place: Place) => void;
}

/** A value type: `f64`, `struct({ x: f64, y: f64 })`, `array(u8, 4)`. `T` is the type of its values in TypeScript. */
export interface Type<T> {
  /** Says what it is: `"f64"`, `"struct { x, y }"`. It is also the brand. */
  readonly "@alloc/Type": string;
  /** How its values lie in memory. The size is a multiple of the align. */
  readonly layout: Layout;
  /** @internal Answers where a value does not fit and why: `".position.x: a number was expected, came true"`. */
  fault(value: unknown): string | undefined;
  /** @internal Answers a value that shows nothing of any memory. */
  plain(value: T): T;
  /** @internal */
  lens(offset: number, unit: number): Lens<T>;
  /** @internal The lens at offset 0, in units of its own align. */
  readonly root: Lens<T>;
  /** @internal Makes an accessor of a place that will be moved; absent where values are shown as themselves. */
  pin?(place: Place): View<T>;
  /** @internal The typed array that its elements can be viewed by, if there is one. */
  readonly Array?: ArrayType;
}

/** The values of a type: `ValueOf<typeof f64>` is `number`. */
export type ValueOf<Y> = Y extends Type<infer T> ? T : never;

/** The elements of an array in memory. */
export interface Items<E> extends Iterable<View<E>> {
  readonly length: number;
  /** Shows an element: see {@link View}. @throws `OwnedError` with code `index` */
  at(index: number): View<E>;
  /** Replaces an element; the old one is dropped. @throws `OwnedError` with code `index` or `value` */
  set(index: number, value: E): void;
}

/**
 * What is shown of a value of type `T` in memory. A number, bigint, boolean or text: itself. A struct: an object whose fields
 * read and write memory. An array: its {@link Items}. An accessor holds until its block dies or moves, and then it throws.
 */
export type View<T> = [T] extends [number | bigint | boolean | string]
  ? T
  : [T] extends [readonly (infer E)[]]
    ? Items<E>
    : { -readonly [Field in keyof T]: View<T[Field]> };

/** What a `Type` has to say; the rest follows. */
type Parts<T> = Pick<Type<T>, "layout" | "fault" | "plain" | "lens" | "pin" | "Array">;

/** Makes a type. Its root lens is made on first use. */
export function defineType<T>(name: string, parts: Parts<T>): Type<T> {
  let root: Lens<T> | undefined;
  return {
    "@alloc/Type": name,
    ...parts,
    get root() {
      root ??= parts.lens(0, parts.layout.align);
      return root;
    },
  };
}

/** Throws unless it is a type. For those whom no compiler told. */
export function requireType(type: Type<unknown>, who: string): void {
  if (typeof type?.["@alloc/Type"] === "string") return;
  throw new OwnedError("type", `${who} needs a value type such as f64 or struct({ … }), came ${shown(type)}`);
}

/** Throws unless a value fits a type. */
export function requireValue(type: Pick<Type<never>, "fault" | "@alloc/Type">, value: unknown): void {
  const fault = type.fault(value);
  if (fault !== undefined) throw new OwnedError("value", `${type["@alloc/Type"]}${fault}`);
}

/** Makes a lens of one that cannot `set`, for types whose values have parts: each is checked before the first is written. */
export function checked<T>(type: Pick<Type<T>, "fault" | "@alloc/Type">, lens: Omit<Lens<T>, "set">): Lens<T> {
  return {
    ...lens,
    set(place, value) {
      requireValue(type, value);
      try {
        lens.drop?.(place);
      } finally {
        lens.write(place, value);
      }
    },
  };
}
