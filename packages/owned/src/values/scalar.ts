/**
 * Scalar: implements the type of a number, bigint or boolean.
 *
 *     shown.x  ──▶  get() { return window.f64[(at + offset) >>> 3] ?? miss(…) }        all in one small function
 *
 * Engines record per source location which typed arrays occur there; if all ten do, each access has to check. So every scalar has
 * its own getter and setter, which differ only in the array they use. Inlining into a loop is limited by code size, so on the
 * fast path they call nothing. The type's `get`, `read` and `set` use the same two functions on a temporary cursor.
 *
 * @module
 */
import { type ArrayType, type ArrayView, Layout } from "@alloc/core";
import { shown } from "@alloc/core/author";
import { BOOL, kindOf } from "./kinds.ts";
import { eachOf } from "./rows.ts";
import { Misfit, type Type, taken, typeOf } from "./type.ts";
import { type Accessor, Cursor, type Views, type Window } from "./window.ts";

/** The valid values of a scalar. */
export interface Range {
  readonly what: string;
  has(value: unknown): boolean;
}

/** Getter and setter of a field, for any view of the struct. */
export interface Field<T> {
  get(this: Accessor): T;
  set(this: Accessor, value: T): void;
}

/** The slow paths of a field. */
export interface Detour<T> {
  /** Reads again with fresh views. */
  miss(shown: Accessor, offset: number): T;
  /** Throws if the value does not fit; otherwise renews the views. `index` is that of the element. */
  prepare(window: Window, value: T, index: number): void;
}

/** Makes the field at an offset. */
export type Fields<T> = (offset: number, has: Range["has"], detour: Detour<T>) => Field<T>;

/** Makes the type of a scalar. */
export function scalar<T extends number | bigint | boolean, A extends ArrayView>(
  name: string,
  view: keyof Views,
  bytes: number,
  range: Range,
  fields: Fields<T>,
  array?: ArrayType<A>,
): Type<T, A> {
  const { has } = range;
  const detour: Detour<T> = {
    miss({ "@alloc/window": window, "@alloc/at": at }, offset) {
      window.renew(at + offset, bytes);
      const element = window[view][(at + offset) / bytes];
      return (range === boolean ? element !== 0 : element) as T;
    },
    prepare(window, value, index) {
      taken(type, value);
      window.renew(index * bytes, bytes);
    },
  };
  const { get, set } = fields(0, has, detour);
  const read = (window: Window, at: number): T => get.call(new Cursor(window, at));
  const replace = (window: Window, at: number, value: T): void => set.call(new Cursor(window, at), value);
  const type: Type<T> = typeOf<T>({
    "@alloc/Type": name,
    layout: Layout.of(bytes, bytes),
    hasParts: false,
    isFlat: true,
    kind: range === boolean ? BOOL : kindOf(view),
    has,
    take(value) {
      if (!has(value)) throw new Misfit(`expected ${range.what}, got ${shown(value)}`);
      return value;
    },
    put: replace as Type<T>["put"],
    get: read as unknown as Type<T>["get"],
    show: read as unknown as Type<T>["show"],
    read,
    set: replace,
    field: (offset) => fields(offset, has, detour),
    each: (rows) => eachOf(type, rows),
    Array: array,
  });
  return type as Type<T, A>;
}

export const number: Range = { what: "a number", has: (value) => typeof value === "number" };
export const boolean: Range = { what: "a boolean", has: (value) => typeof value === "boolean" };
export const integer = (least: number, most: number): Range => ({
  what: `an integer from ${least} to ${most}`,
  has: (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
});
export const bigint = (name: "asIntN" | "asUintN"): Range => ({
  what: `a bigint of ${name === "asIntN" ? "63 bits and a sign" : "64 bits"}`,
  has: (value) => typeof value === "bigint" && BigInt[name](64, value) === value,
});
