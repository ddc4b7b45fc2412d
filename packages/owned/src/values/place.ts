/**
 * Place: replaces a value by another one.
 *
 *     take the new value     its getters run; ended or moved places are detected here    nothing has changed yet
 *     copy the old value     into a grave
 *     put the new value      runs no user code
 *     drop the old value     from the grave: whatever its drop function does, the place is complete
 *
 * @module
 */
import { takenFor } from "./alias.ts";
import { copyOut } from "./grave.ts";
import type { Field } from "./scalar.ts";
import type { Parts, Type } from "./type.ts";
import type { Window } from "./window.ts";

/** Writes a value that was read over another one, and drops the old one. */
export function replace<T>(type: Type<T>, window: Window, at: number, parts: Parts): void {
  if (type.drop === undefined) {
    type.put(window, at, parts);
    return;
  }
  const grave = copyOut(type, window.memory, at, 1);
  try {
    type.put(window, at, parts);
  } catch (error) {
    grave.leave();
    throw error;
  }
  grave.drop();
}

/** Returns the `set` of a type with parts, or of text. */
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
