/**
 * Text: UTF-8 of a fixed capacity, like C's `char name[8]`.
 *
 *     text(8)     │ g │ r │ ö ─ │ ß │ e │ r │ 0 │        padded with zeros, without a terminator if full
 *
 * @module
 */
import { Layout } from "@alloc/core";
import { bytesText, shown } from "@alloc/core/author";
import { OTHER } from "./kinds.ts";
import { fieldOf, setOf } from "./place.ts";
import { eachOf } from "./rows.ts";
import { Misfit, type Type, typeOf } from "./type.ts";
import type { Window } from "./window.ts";

const bytesOf = (value: string): Uint8Array => new TextEncoder().encode(value);

/**
 * Makes a text type. In views it is a string, which is a copy. It holds any string up to its capacity, except strings that
 * contain U+0000, which ends a text in C, or a lone surrogate, which UTF-8 cannot encode.
 *
 * Cost: O(`bytes`) to read and to write.
 *
 * @param bytes - the capacity, an integer from 0; a character takes 1 to 4 bytes
 * @returns the type
 * @throws `LayoutError` if `bytes` is invalid
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
export function text(bytes: number): Type<string, never> {
  const layout = Layout.of(bytes, 1);
  const bytesAt = (window: Window, at: number): Uint8Array => {
    // Checks the whole range: a view from before a growth may end in the middle of it. By `byteLength`, since V8 before 13 keeps the
    // old `length` of a detached view where it has also seen a view of a resizable buffer.
    if (window.u8.byteLength < at + bytes) window.renew(at, bytes);
    return window.u8.subarray(at, at + bytes);
  };
  const read = (window: Window, at: number): string => {
    // Copied, because browsers refuse to decode shared bytes.
    const all = bytesAt(window, at).slice();
    const end = all.indexOf(0);
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(end < 0 ? all : all.subarray(0, end));
  };
  const type: Type<string> = typeOf<string>({
    "@alloc/Type": `text(${bytes})`,
    layout,
    has: () => false,
    take(value) {
      const isText = typeof value === "string" && !/\0|\p{Surrogate}/u.test(value) && bytesOf(value).length <= bytes;
      if (isText) return value;
      throw new Misfit(`expected a string of at most ${bytesText(bytes)} without U+0000, got ${shown(value)}`);
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
    isFlat: true,
    kind: OTHER,
    field: (offset) => fieldOf(type, offset),
    each: (rows) => eachOf(type, rows),
  });
  return type as Type<string, never>;
}
