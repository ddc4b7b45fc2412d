/**
 * Scalar: the machine of a type of one number, bigint or boolean.
 *
 *     shown.x  ──▶  get() { return window.f64[(at + offset) >>> 3] ?? miss(…) }        the whole of it, in one small function
 *
 * An engine learns for each place in the source which typed arrays come by there, and where all ten do, an access asks
 * which one it is: so each scalar has a getter and a setter of its own, which differ only in the view that they name. And it
 * inlines into a loop only so many bytes of functions: so neither calls another one on its way. What `get`, `read` and `set` of
 * the type do is done by those same two, on a spot that is made for it.
 *
 * @module
 */
import { type ArrayType, Layout } from "@alloc/core";
import { shown } from "../errors.ts";
import { eachOf } from "./rows.ts";
import { Misfit, type Type, taken } from "./type.ts";
import { type Accessor, Spot, type Views, type Window } from "./window.ts";

/** What values there are. */
export interface Range {
  readonly what: string;
  has(value: unknown): boolean;
}

/** The getter and the setter of a field, of whatever shows the struct. */
export interface Field<T> {
  get(this: Accessor): T;
  set(this: Accessor, value: T): void;
}

/** What a field does where its way is barred. */
export interface Detour<T> {
  /** Reads in fresh views. */
  miss(shown: Accessor, offset: number): T;
  /** Throws if the value does not fit; takes fresh views otherwise. `index` is that of the element. */
  prepare(window: Window, value: T, index: number): void;
}

/** Makes the field at an offset. */
export type Fields<T> = (offset: number, has: Range["has"], detour: Detour<T>) => Field<T>;

/** Makes the type of a scalar. */
export function scalar<T extends number | bigint | boolean>(
  name: string,
  view: keyof Views,
  bytes: number,
  range: Range,
  fields: Fields<T>,
  array?: ArrayType,
): Type<T> {
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
  const read = (window: Window, at: number): T => get.call(new Spot(window, at));
  const replace = (window: Window, at: number, value: T): void => set.call(new Spot(window, at), value);
  const type: Type<T> = {
    "@alloc/Type": name,
    layout: Layout.of(bytes, bytes),
    hasParts: false,
    take(value) {
      if (!has(value)) throw new Misfit(`${range.what} was expected, got ${shown(value)}`);
      return value;
    },
    put: replace as Type<T>["put"],
    get: read as unknown as Type<T>["get"],
    show: read as unknown as Type<T>["show"],
    read,
    set: replace,
    field: (offset) => fields(offset, has, detour),
    each: (rows) => eachOf(type, rows),
    ...(array && { Array: array }),
  };
  return type;
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
