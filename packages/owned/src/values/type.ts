/**
 * Type: what lies in a block, and how it is read and written.
 *
 *     type.layout                        bytes and align, by C's rules
 *     type.take(value) ──▶ parts         reads a value whole and checks it: all getters of the caller run here
 *     type.put(window, at, parts)        writes them: runs nothing of the caller's
 *     type.get(window, at) · set(…)      reads and writes at an address
 *
 * They are closures and use no `this`: of a type that is known, they are constants to the compiler of the engine. Nothing is
 * made from text: types work where a content security policy forbids it.
 *
 * @module
 */
import type { ArrayType, Layout } from "@alloc/core";
import { clipped, OwnedError, shown } from "../errors.ts";
import type { Rows } from "./rows.ts";
import type { Field } from "./scalar.ts";
import type { Window } from "./window.ts";

/** A value that was read and checked: a scalar or a text itself, otherwise a list of its parts. */
export type Parts = unknown;

/** A value type: `f64`, `struct({ x: f64, y: f64 })`, `array(u8, 4)`. `T` is the type of its values in TypeScript. */
export interface Type<T> {
  /** Says what it is: `"f64"`, `"struct { x, y }"`. It is also the brand. */
  readonly "@alloc/Type": string;
  /** How its values lie in memory. The size is a multiple of the align. */
  readonly layout: Layout;
  /** Never there: it tells the compiler what `T` is, where the members below are left out. */
  "@alloc/value"?(value: T): T;
  /**
   * @internal Reads a value whole and checks it. Throws a {@link Misfit} if it does not fit, and OwnedError `alias` for what shows
   * or copies a live value that has a drop function, unless `mayAlias`.
   */
  take(value: unknown, mayAlias?: boolean): Parts;
  /** @internal Writes what was taken where there was no value: nothing is dropped. */
  put(window: Window, at: number, parts: Parts): void;
  /** @internal What is shown of a value: itself if it is a number, a bigint, a boolean or a text, otherwise a light view. */
  get(window: Window, at: number): View<T>;
  /** @internal As `get`, but the fields of a view are its own properties: for what is kept, spread and compared. */
  show(window: Window, at: number): View<T>;
  /** @internal Returns a plain value, apart from the memory. A copy of what lives on is known as such: see alias.ts. */
  read(window: Window, at: number, isCopy?: boolean): T;
  /** @internal Makes a value that may live beside this one, which was read. Absent where the bytes are all there is to copy. */
  clone?(value: T): T;
  /** @internal Replaces a value; the old one is dropped. Throws before that if the new one does not fit. */
  set(window: Window, at: number, value: T): void;
  /** @internal Runs the drop functions of a value, its own first and then those of its fields, in order, if there are any. */
  readonly drop?: ((window: Window, at: number) => void) | undefined;
  /** @internal Whether its values have parts, and are shown by views. */
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
  /** As `at`, but by a light view: for hot loops. Of a struct its fields are not its own properties. */
  peek(index: number): View<E>;
  /** Replaces an element; the old one is dropped. @throws `OwnedError` with code `index` or `value` */
  set(index: number, value: E): void;
}

/**
 * What is shown of a value of type `T` in memory. A number, bigint, boolean or text: itself. A struct: an object whose fields
 * read and write memory. An array: its {@link Items}. A view holds until its block dies or moves, and then it throws.
 */
export type View<T> = [T] extends [number | bigint | boolean | string]
  ? T
  : [T] extends [readonly (infer E)[]]
    ? Items<E>
    : { -readonly [Field in keyof T]: View<T[Field]> };

/** Why a value does not fit, and where in it. Becomes an OwnedError where the whole value is known. */
export class Misfit {
  readonly reason: string;
  path = "";

  constructor(reason: string) {
    this.reason = reason;
  }

  get text(): string {
    return `${clipped(this.path)}: ${this.reason}`;
  }
}

/** Takes a part of a value: what does not fit is told with its place. */
export function takePart<T>(
  type: Type<T>,
  value: unknown,
  mayAlias: boolean | undefined,
  place: string | number,
): Parts {
  try {
    return type.take(value, mayAlias);
  } catch (error) {
    if (error instanceof Misfit) error.path = (typeof place === "string" ? `.${place}` : `[${place}]`) + error.path;
    throw error;
  }
}

/** Takes a value, or throws OwnedError `value`. After this nothing of the caller's runs. */
export function taken<T>(type: Type<T>, value: unknown, mayAlias?: boolean): Parts {
  try {
    return type.take(value, mayAlias);
  } catch (error) {
    if (error instanceof Misfit) throw new OwnedError("value", `${type["@alloc/Type"]}${error.text}`);
    throw error;
  }
}

/** Throws unless it is a type. For those whom no compiler told. */
export function requireType(type: Type<unknown>, who: string): void {
  if (typeof type?.["@alloc/Type"] === "string") return;
  throw new OwnedError("type", `${who} needs a value type such as f64 or struct({ … }), got ${shown(type)}`);
}
