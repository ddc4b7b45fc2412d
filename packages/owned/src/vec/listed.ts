/**
 * Listed: reads all values of an iterable before the first is written.
 *
 *     numbers in a typed array that all fit     copied as they are
 *     anything else                             read one by one: generators and getters run here
 *
 * @module
 */
import type { ArrayView, Memory, Ptr } from "@alloc/core";
import { shown } from "@alloc/core/author";
import { OwnedError } from "../errors.ts";
import { type Parts, type Type, taken } from "../values/type.ts";
import type { Window } from "../values/window.ts";

/** Values known to fit. */
export interface Listed {
  readonly length: number;
  /** Writes them side by side. */
  writeAt(window: Window, at: Ptr): void;
}

/** Returns the name of a typed array of any realm, undefined for anything else. */
const nameOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)!.get!;
const FRACTIONS = ["Float32Array", "Float64Array"];

/** Reads the values of an iterable. Throws OwnedError `value` if one does not fit. */
export function listed<T>(type: Type<T>, values: Iterable<T>, memory: Memory): Listed {
  if (typeof values?.[Symbol.iterator] !== "function") {
    throw new OwnedError("value", `expected a list of ${type["@alloc/Type"]}, got ${shown(values)}`);
  }
  const known = ofKnownNumbers(type as Type<never>, values)
    ? copyOf(values as unknown as Uint8Array, memory)
    : undefined;
  const list = known ?? Array.from(values, (value): Parts => taken(type, value));
  const { length } = list;
  return {
    length,
    writeAt(window, at) {
      if (type.Array !== undefined && length > 0) {
        window.memory.view<ArrayView>(type.Array, at, length).set(list as unknown as ArrayLike<never>);
        return;
      }
      const { size } = type.layout;
      for (let index = 0; index < length; index++) type.put(window, at + index * size, list[index] as never);
    },
  };
}

/** Returns whether all elements fit because they are in a matching typed array; any numbers fit a float type. */
function ofKnownNumbers(type: Type<never>, values: unknown): boolean {
  const name: string | undefined = type.Array && nameOf.call(values);
  if (name === undefined) return false;
  if (name === type.Array!.name) return true;
  return FRACTIONS.includes(type.Array!.name) && !name.startsWith("Big");
}

/** Copies elements that are in the memory itself, because it may have to grow. */
function copyOf(values: Uint8Array, memory: Memory): Uint8Array {
  return values.buffer === memory.u8.buffer ? values.slice() : values;
}
