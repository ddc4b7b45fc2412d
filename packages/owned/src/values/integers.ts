/**
 * Integers: numbers of 1, 2 or 4 bytes.
 *
 *     u8 i8       │▒│
 *     u16 i16     │▒ ▒│            aligned to their size, little endian
 *     u32 i32     │▒ ▒ ▒ ▒│
 *
 * scalar.ts has what they share, and why their fields are written out in full.
 *
 * @module
 */
import { I8, I16, I32, U8, U16, U32 } from "./fields.ts";
import { integer, scalar } from "./scalar.ts";
import type { Type } from "./type.ts";

/**
 * An integer from 0 to 255, 1 byte.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { Box, struct, u8 } from "@alloc/owned";
 *
 * const Color = struct({ red: u8, green: u8, blue: u8 });
 * using color = Box.new(Color, { red: 255, green: 128, blue: 0 }, pages());
 * color.value.blue += 1;
 * color.get(); // => { red: 255, green: 128, blue: 1 }
 * Color.layout.size; // => 3
 * ```
 */
export const u8: Type<number, Uint8Array> = /* @__PURE__ */ scalar<number, Uint8Array>(
  "u8",
  "u8",
  1,
  /* @__PURE__ */ integer(0, 255),
  U8,
  Uint8Array,
);

/**
 * An integer from −128 to 127, 1 byte.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { i8, Vec } from "@alloc/owned";
 *
 * using steps = Vec.from(i8, [-128, 127], pages());
 * [...steps]; // => [-128, 127]
 * steps.view(Uint8Array); // => new Uint8Array([128, 127])
 * ```
 */
export const i8: Type<number, Int8Array> = /* @__PURE__ */ scalar<number, Int8Array>(
  "i8",
  "i8",
  1,
  /* @__PURE__ */ integer(-128, 127),
  I8,
  Int8Array,
);

/**
 * An integer from 0 to 65535, 2 bytes.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { Box, u16 } from "@alloc/owned";
 *
 * using port = Box.new(u16, 443, pages());
 * port.set(65535);
 * port.get(); // => 65535
 * ```
 */
export const u16: Type<number, Uint16Array> = /* @__PURE__ */ scalar<number, Uint16Array>(
  "u16",
  "u16",
  2,
  /* @__PURE__ */ integer(0, 65535),
  U16,
  Uint16Array,
);

/**
 * An integer from −32768 to 32767, 2 bytes.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { i16, Vec } from "@alloc/owned";
 *
 * using samples = Vec.from(i16, [-32768, 0, 32767], pages());
 * samples.view(Int16Array); // => new Int16Array([-32768, 0, 32767])
 * ```
 */
export const i16: Type<number, Int16Array> = /* @__PURE__ */ scalar<number, Int16Array>(
  "i16",
  "i16",
  2,
  /* @__PURE__ */ integer(-32768, 32767),
  I16,
  Int16Array,
);

/**
 * An integer from 0 to 2 ** 32 − 1, 4 bytes.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { Box, u32 } from "@alloc/owned";
 *
 * using count = Box.new(u32, 0, pages());
 * count.set(2 ** 32 - 1);
 * count.get(); // => 4294967295
 * ```
 */
export const u32: Type<number, Uint32Array> = /* @__PURE__ */ scalar<number, Uint32Array>(
  "u32",
  "u32",
  4,
  /* @__PURE__ */ integer(0, 2 ** 32 - 1),
  U32,
  Uint32Array,
);

/**
 * An integer from −(2 ** 31) to 2 ** 31 − 1, 4 bytes.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { i32, Vec } from "@alloc/owned";
 *
 * using numbers = Vec.from(i32, [3, -1, 2], pages());
 * numbers.sort();
 * [...numbers]; // => [-1, 2, 3]
 * ```
 */
export const i32: Type<number, Int32Array> = /* @__PURE__ */ scalar<number, Int32Array>(
  "i32",
  "i32",
  4,
  /* @__PURE__ */ integer(-(2 ** 31), 2 ** 31 - 1),
  I32,
  Int32Array,
);
