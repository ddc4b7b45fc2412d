/**
 * Alias: a value with a drop function has one owner, so views and copies of a live value cannot be moved in elsewhere.
 *
 *     vec.push(vec.at(0))         the view of a live value              ──▶ OwnedError("alias")
 *     Box.new(Type, box.get())    a copy of one                         ──▶ OwnedError("alias")
 *     vec.set(0, vec.at(0))       back to its place, if still equal     ──▶ does nothing, drops nothing
 *     vec.push(other.pop())       a value that was moved out            ──▶ moved in
 *
 * Views carry a brand that other copies of this package recognise. Copies are recorded by `get`, only for types with a drop
 * function. A new object such as `{ ...copy }` counts as a new value, made on purpose.
 *
 * @module
 */
import { OwnedError } from "../errors.ts";
import { type Parts, type Type, taken } from "./type.ts";
import type { Window } from "./window.ts";

/** Brand of a view; for a struct its value is the list of field names. */
export const VIEW: unique symbol = Symbol.for("@alloc/view") as never;

const copies = new WeakSet<object>();

/** Records that a plain value copies one that lives on. */
export function noteCopy<T extends object>(value: T): T {
  copies.add(value);
  return value;
}

/** Returns whether a value is a view. */
export function isView(value: unknown): boolean {
  return typeof value === "object" && value !== null && VIEW in value;
}

/** Throws if a value with a drop function is a view or a copy, which the caller does not own. */
export function refuseAlias(type: Pick<Type<never>, "@alloc/Type">, value: object): void {
  if (!copies.has(value) && !(VIEW in value)) return;
  const what = VIEW in value ? "a view" : "a copy";
  throw new OwnedError(
    "alias",
    `${type["@alloc/Type"]} has a drop function, and this is ${what} of a value that has an owner: both would drop it. Move the value out (take, pop, remove), clone its owner, or make a new object if it is a new value`,
  );
}

/** Reads a value to replace the one at an address. Returns undefined if it is that very value, so nothing is to be done. */
export function takenFor<T>(type: Type<T>, value: T, window: Window, at: number): Parts | undefined {
  if (type.drop === undefined) return taken(type, value);
  return takenInstead(type, value, () => type.get(window, at));
}

/** Like {@link takenFor}, for a value of which `current` returns a view. */
export function takenInstead<T>(type: Type<T>, value: T, current: () => unknown): Parts | undefined {
  const isAlias = typeof value === "object" && value !== null && (copies.has(value) || VIEW in value);
  if (type.drop === undefined || !isAlias) return taken(type, value);
  if (isSame(taken(type, value, true), taken(type, current(), true))) return undefined;
  return taken(type, value); // throws
}

/** Tells whether two values that were read are equal, part by part. */
export function isSame(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return Object.is(one, other);
  return one.length === other.length && one.every((part, index) => isSame(part, other[index]));
}
