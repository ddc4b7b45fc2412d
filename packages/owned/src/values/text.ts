/**
 * Text: UTF-8 of a fixed capacity, as C has it in `char name[8]`.
 *
 *     text(8)     │ g │ r │ ö ─ │ ß │ e │ r │ 0 │        zeros behind it; none where it fills the capacity
 *
 * @module
 */
import { Layout } from "@alloc/core";
import { shown } from "../errors.ts";
import { fieldOf, setOf } from "./place.ts";
import { eachOf } from "./rows.ts";
import { Misfit, type Type } from "./type.ts";
import type { Window } from "./window.ts";

const bytesOf = (value: string): Uint8Array => new TextEncoder().encode(value);

/**
 * Makes the type of a text. It is shown as a string, which is a copy. It can hold every string of so many bytes but one that
 * has U+0000 in it, which ends a text in C, or half of a surrogate pair, which UTF-8 does not have.
 *
 * Cost: O(`bytes`) to read and to write.
 *
 * @param bytes - the capacity, an integer from 0; a character takes 1 to 4
 * @throws `LayoutError` if `bytes` cannot be
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { Box, struct, text, u16 } from "@alloc/owned";
 *
 * const Town = struct({ name: text(8), houses: u16 });
 * using town = Box.new(Town, { name: "größer", houses: 3 }, pages());
 * town.value.name; // => "größer"
 * Town.layout.size; // => 10
 * ```
 */
export function text(bytes: number): Type<string> {
  const layout = Layout.of(bytes, 1);
  const bytesAt = (window: Window, at: number): Uint8Array => {
    // All of it: a memory that grew may have ended in the middle of it.
    if (window.u8.length < at + bytes) window.renew(at, bytes);
    return window.u8.subarray(at, at + bytes);
  };
  const read = (window: Window, at: number): string => {
    // A copy, since browsers refuse to decode shared bytes.
    const all = bytesAt(window, at).slice();
    const end = all.indexOf(0);
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(end < 0 ? all : all.subarray(0, end));
  };
  const type: Type<string> = {
    "@alloc/Type": `text(${bytes})`,
    layout,
    take(value) {
      const isText = typeof value === "string" && !/\0|\p{Surrogate}/u.test(value) && bytesOf(value).length <= bytes;
      if (isText) return value;
      throw new Misfit(`a string of at most ${bytes} bytes without U+0000 was expected, got ${shown(value)}`);
    },
    put(window, at, value) {
      const encoded = bytesOf(value as string);
      const target = bytesAt(window, at);
      target.set(encoded);
      target.fill(0, encoded.length);
    },
    get: read,
    show: read,
    read,
    set: setOf(() => type),
    hasParts: false,
    field: (offset) => fieldOf(type, offset),
    each: (rows) => eachOf(type, rows),
  };
  return type;
}
