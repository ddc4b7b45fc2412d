/**
 * Place: how a value takes the place of another one.
 *
 *     take the new one     its getters run; what they end or move is seen here           nothing has changed yet
 *     bury the old one     its bytes are copied out
 *     put the new one      runs nothing of the caller's
 *     drop the old one     from the copy: whatever its drop function does, the place is complete
 *
 * @module
 */
import { takenFor } from "./alias.ts";
import { bury } from "./grave.ts";
import type { Field } from "./scalar.ts";
import type { Parts, Type } from "./type.ts";
import type { Window } from "./window.ts";

/** Puts what was taken where a value lies, and drops that one. */
export function replace<T>(type: Type<T>, window: Window, at: number, parts: Parts): void {
  if (type.drop === undefined) {
    type.put(window, at, parts);
    return;
  }
  const grave = bury(type, window.memory, at, 1);
  try {
    type.put(window, at, parts);
  } catch (error) {
    grave.leave();
    throw error;
  }
  grave.drop();
}

/** Returns the `set` of a type whose values have parts, or that are texts. */
export function setOf<T>(type: () => Type<T>): Type<T>["set"] {
  return (window, at, value) => {
    const it = type();
    requirePlace(it as Type<never>, window, at);
    const parts = takenFor(it, value, window, at);
    if (parts === undefined) return;
    requirePlace(it as Type<never>, window, at);
    replace(it, window, at, parts);
  };
}

function requirePlace(type: Type<never>, window: Window, at: number): void {
  if (type.layout.size === 0) window.requireOpen();
  else window.requireElement(at);
}

/** Returns the `field` of a type: its `get` and `set` at an offset. */
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
