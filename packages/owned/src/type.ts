/**
 * Type: what lies in a block, and how it is read and written.
 *
 *     type.layout                       bytes and align, by C's rules
 *     type.fault(value)                 why a value does not fit, if it does not: asked before a byte is written
 *     type.get(window, at) · set(…)     reads and writes at an address
 *
 * They are closures and use no `this`: of a type that is known, they are constants to the compiler of the engine. Nothing is
 * made from text: types work where a content security policy forbids it.
 *
 * @module
 */
import type { ArrayType, Layout } from "@alloc/core";
import { OwnedError, shown } from "./errors.ts";
import type { Rows } from "./rows.ts";
import type { Field } from "./scalar.ts";
import type { Window } from "./window.ts";

/** A value type: `f64`, `struct({ x: f64, y: f64 })`, `array(u8, 4)`. `T` is the type of its values in TypeScript. */
export interface Type<T> {
  /** Says what it is: `"f64"`, `"struct { x, y }"`. It is also the brand. */
  readonly "@alloc/Type": string;
  /** How its values lie in memory. The size is a multiple of the align. */
  readonly layout: Layout;
  /** Never there: it tells the compiler what `T` is, where the members below are left out. */
  "@alloc/value"?(value: T): T;
  /** @internal Answers where a value does not fit and why: `".position.x: a number was expected, came true"`. */
  fault(value: unknown): string | undefined;
  /** @internal Answers a value that shows nothing of any memory. */
  plain(value: T): T;
  /** @internal What is shown of a value: itself if it is a number, a bigint, a boolean or a text, otherwise an accessor of it. */
  get(window: Window, at: number): View<T>;
  /** @internal Answers a copy of a value, apart from the memory. As a `clone` the copy may live beside the value. */
  read(window: Window, at: number, clone?: boolean): T;
  /** @internal Writes a value that is known to fit, where there was none: nothing is dropped. */
  write(window: Window, at: number, value: T): void;
  /** @internal Replaces a value; the old one is dropped. Throws before that if the new one does not fit. */
  set(window: Window, at: number, value: T): void;
  /** @internal Runs the drop functions of a value, its own first and then those of its fields, in order, if there are any. */
  readonly drop?: ((window: Window, at: number) => void) | undefined;
  /** @internal Whether its values have parts, and are shown by accessors. */
  readonly hasParts: boolean;
  /** @internal The getter and the setter of a field of this type, by its offset in a struct. */
  field(offset: number): Field<T>;
  /** @internal Shows elements, one after the other. */
  each(rows: Rows): Iterator<View<T>>;
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

/** Throws unless it is a type. For those whom no compiler told. */
export function requireType(type: Type<unknown>, who: string): void {
  if (typeof type?.["@alloc/Type"] === "string") return;
  throw new OwnedError("type", `${who} needs a value type such as f64 or struct({ … }), came ${shown(type)}`);
}

/** @internal Throws unless a value fits a type. */
export function requireValue(type: Pick<Type<never>, "fault" | "@alloc/Type">, value: unknown): void {
  const fault = type.fault(value);
  if (fault !== undefined) throw new OwnedError("value", `${type["@alloc/Type"]}${fault}`);
}

/** @internal Answers the `set` of a type whose values have parts: each is checked before the first is written. */
export function checkedSet<T>(type: () => Type<T>): Type<T>["set"] {
  return (window, at, value) => {
    const { drop, write } = type();
    requireValue(type(), value);
    try {
      drop?.(window, at);
    } finally {
      write(window, at, value);
    }
  };
}

/** @internal Answers the `field` of a type: its `get` and `set` at an offset. */
export function fieldOf<T>({ get, set }: Pick<Type<T>, "get" | "set">, offset: number): Field<T> {
  return {
    get() {
      return get(this["@alloc/window"], this["@alloc/at"] + offset) as T;
    },
    set(value) {
      set(this["@alloc/window"], this["@alloc/at"] + offset, value);
    },
  };
}
