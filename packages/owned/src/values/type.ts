/**
 * Type: the layout of a value, and how it is read and written.
 *
 *     type.layout                        bytes and align, by C's rules
 *     type.take(value) ──▶ parts         reads and checks a whole value: all user getters run here
 *     type.put(window, at, parts)        writes the parts: runs no user code
 *     type.get(window, at) · set(…)      reads and writes at an address
 *
 * All are closures without `this`, so that for a known type they are constants to the engine's compiler. No code is made from
 * text, so types work under any content security policy.
 *
 * @module
 */
import type { ArrayType, Layout } from "@alloc/core";
import { isAllocator, shown } from "@alloc/core/author";
import { clipped, OwnedError } from "../errors.ts";
import type { Rows } from "./rows.ts";
import type { Field } from "./scalar.ts";
import type { Member } from "./struct-view.ts";
import type { Window } from "./window.ts";

/** A value that was read and checked: a scalar or a text itself, otherwise the list of its parts. */
export type Parts = unknown;

/**
 * A value type: `f64`, `struct({ x: f64, y: f64 })`, `array(u8, 4)`. `T` is the TypeScript type of its values, `A` the typed array
 * that holds several of them, or those of the fields of a struct. `unknown` if that is not known.
 */
export interface Type<T, A = unknown> {
  /** Name and brand: `"f64"`, `"struct { x, y }"`. */
  readonly "@alloc/Type": string;
  /** Layout of its values. The size is a multiple of the align. */
  readonly layout: Layout;
  /** Never present: carries `T` for the compiler when the internal members are stripped. */
  "@alloc/value"?(value: T): T;
  /** Never present: carries `A`. */
  readonly "@alloc/array"?: A;
  /** @internal Tells whether a value is a scalar that fits. False for texts and types with parts, which `take` checks. */
  has(value: unknown): boolean;
  /**
   * @internal Reads and checks a whole value. Throws a {@link Misfit} if it does not fit, and OwnedError `alias` for a view or a
   *   copy of a live value with a drop function, unless `mayAlias`.
   */
  take(value: unknown, mayAlias?: boolean): Parts;
  /** @internal Writes the parts where there was no value: nothing is dropped. */
  put(window: Window, at: number, parts: Parts): void;
  /** @internal Returns a number, bigint, boolean or text itself, otherwise a light view. */
  get(window: Window, at: number): View<T>;
  /** @internal Like `get`, but views have own fields: for views that are kept, spread or compared. */
  show(window: Window, at: number): View<T>;
  /** @internal Returns a plain value, independent of the memory. A copy of a live value is recorded: see alias.ts. */
  read(window: Window, at: number, isCopy?: boolean): T;
  /** @internal Makes an independent second value from one that was read. Absent if copying the bytes is enough. */
  readonly clone?: ((value: never) => T) | undefined;
  /** @internal Replaces a value and drops the old one. Throws before that if the new one does not fit. */
  set(window: Window, at: number, value: T): void;
  /** @internal Runs the drop functions of a value: its own, then those of its fields in order. Absent if there are none. */
  readonly drop?: ((window: Window, at: number) => void) | undefined;
  /** @internal Whether its values have parts and are shown by views. */
  readonly hasParts: boolean;
  /** @internal Whether a view of it makes no further views: it is closed alone, without a window of its own. */
  readonly isFlat: boolean;
  /** @internal Which scalar it is: see kinds.ts. */
  readonly kind: number;
  /** @internal Returns getter and setter of a field of this type at an offset in a struct. */
  field(offset: number): Field<T>;
  /** @internal Iterates over elements. */
  each(rows: Rows): Iterator<View<T>>;
  /** @internal The fields of a struct. */
  readonly members?: readonly Member[] | undefined;
  /** @internal The typed array matching its elements, if any. */
  readonly Array?: ArrayType | undefined;
}

/**
 * Makes a type. All types have one shape, with the same members in the same order, so that engines find the members of any type
 * without a search.
 */
export function typeOf<T>(it: Type<T>): Type<T> {
  return {
    "@alloc/Type": it["@alloc/Type"],
    layout: it.layout,
    hasParts: it.hasParts,
    isFlat: it.isFlat,
    kind: it.kind,
    has: it.has,
    take: it.take,
    put: it.put,
    get: it.get,
    show: it.show,
    read: it.read,
    clone: it.clone,
    set: it.set,
    drop: it.drop,
    field: it.field,
    each: it.each,
    members: it.members,
    Array: it.Array,
  };
}

/** The values of a type: `ValueOf<typeof f64>` is `number`. */
export type ValueOf<Y> = Y extends Type<infer T> ? T : never;

/** A view of an array in memory. */
export interface Items<E> extends Iterable<View<E>> {
  /** Number of elements. */
  readonly length: number;
  /**
   * Returns the view of an element: see {@link View}. A negative index counts from the end, as in `Array.prototype.at`.
   *
   * @throws `OwnedError` with code `index` if there is no such element
   */
  at(index: number): View<E>;
  /** Like `at`, but with a light view for hot loops: the fields of a struct are not own properties. */
  peek(index: number): View<E>;
  /** Replaces an element and drops the old one. @throws `OwnedError` with code `index` or `value` */
  set(index: number, value: E): void;
}

/**
 * The view of a value of type `T` in memory. A number, bigint, boolean or text: the value itself. A struct: an object whose
 * fields read and write memory. An array: its {@link Items}. After the block has ended or moved, a view throws.
 */
export type View<T> = [T] extends [number | bigint | boolean | string]
  ? T
  : [T] extends [readonly (infer E)[]]
    ? Items<E>
    : { -readonly [Field in keyof T]: View<T[Field]> };

/** Why a value does not fit, with the path to the misfit. Converted to an OwnedError at the top level. */
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

/** Reads a part of a value; adds its place to the path of a misfit. */
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

/** Reads a value, or throws OwnedError `value`. Afterwards no user code runs. */
export function taken<T>(type: Type<T>, value: unknown, mayAlias?: boolean): Parts {
  try {
    return type.take(value, mayAlias);
  } catch (error) {
    if (error instanceof Misfit) throw new OwnedError("value", `${type["@alloc/Type"]}${error.text}`);
    throw error;
  }
}

/** Throws unless it is a type; for JavaScript callers. */
export function requireType(type: Type<unknown>, caller: string): void {
  if (typeof type?.["@alloc/Type"] === "string") return;
  const remedy = isAllocator(type) ? ": write the value type first and the allocator last" : "";
  throw new OwnedError(
    "type",
    `${caller} expects a value type such as f64 or struct({ … }), got ${shown(type)}${remedy}`,
  );
}
