/**
 * Alias: a value that has a drop function has one owner, so nobody may move in what only shows or copies a value that lives.
 *
 *     vec.push(vec.at(0))         the view of a live value       ──▶ OwnedError("alias")
 *     Box.new(Type, box.get())    a copy of one                  ──▶ OwnedError("alias")
 *     vec.set(0, vec.at(0))       to where an equal value lies   ──▶ nothing happens, and nothing is dropped
 *     vec.push(other.pop())       what was moved out             ──▶ is moved in
 *
 * A view is known by its brand, and so is that of another copy of this package. A copy is known because `get` notes it: of types
 * with a drop function only. A new object, as `{ ...copy }` makes it, is a new value: whoever writes that means it.
 *
 * @module
 */
import { OwnedError } from "../errors.ts";
import { type Parts, type Type, taken } from "./type.ts";
import type { Window } from "./window.ts";

/** What each view has; of a struct the names of the fields. */
export const VIEW: unique symbol = Symbol.for("@alloc/view") as never;

const copies = new WeakSet<object>();

/** Notes that a plain value copies one that lives on. */
export function noteCopy<T extends object>(value: T): T {
  copies.add(value);
  return value;
}

/** Whether a value is a view. */
export function isView(value: unknown): boolean {
  return typeof value === "object" && value !== null && VIEW in value;
}

/** Throws if a value with a drop function is not the caller's to give. */
export function refuseAlias(type: Pick<Type<never>, "@alloc/Type">, value: object): void {
  if (!copies.has(value) && !(VIEW in value)) return;
  const what = VIEW in value ? "a view" : "a copy";
  throw new OwnedError(
    "alias",
    `${type["@alloc/Type"]} has a drop function, and this is ${what} of a value that has an owner: both would drop it. Move the value out (take, pop, remove), clone its owner, or make a new object if it is a new value`,
  );
}

/** Takes a value for a place. Undefined: it is the value that lies there, and nothing is to be done. */
export function takenFor<T>(type: Type<T>, value: T, window: Window, at: number): Parts | undefined {
  if (type.drop === undefined) return taken(type, value);
  const isAlias = typeof value === "object" && value !== null && (copies.has(value) || VIEW in value);
  if (!isAlias) return taken(type, value);
  if (isSame(taken(type, value, true), taken(type, type.get(window, at), true))) return undefined;
  return taken(type, value); // which refuses it
}

function isSame(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return Object.is(one, other);
  return one.length === other.length && one.every((part, index) => isSame(part, other[index]));
}
