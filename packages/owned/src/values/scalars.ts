/**
 * Scalars other than integers: floats, bigints, booleans and addresses.
 *
 *     bool              │▒│
 *     f32 ptr           │▒ ▒ ▒ ▒│                aligned to their size, little endian
 *     f64 u64 i64       │▒ ▒ ▒ ▒ ▒ ▒ ▒ ▒│
 *
 * scalar.ts has what they share, and why their fields are written out in full.
 *
 * @module
 */
import type { Null, Ptr } from "@alloc/core";
import { BOOL, F32, F64, I64, U32, U64 } from "./fields.ts";
import { bigint, boolean, type Fields, integer, number, scalar } from "./scalar.ts";
import type { Type } from "./type.ts";

/**
 * A number rounded to 4 bytes, including NaN and the infinities.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { Box, f32 } from "@alloc/owned";
 *
 * using third = Box.new(f32, 1 / 3, pages());
 * third.get(); // => Math.fround(1 / 3)
 * ```
 */
export const f32: Type<number, Float32Array> = /* @__PURE__ */ scalar<number, Float32Array>(
  "f32",
  "f32",
  4,
  number,
  F32,
  Float32Array,
);

/**
 * A number of 8 bytes, including NaN and the infinities.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { Box, f64 } from "@alloc/owned";
 *
 * using third = Box.new(f64, 1 / 3, pages());
 * third.get(); // => 1 / 3
 * ```
 */
export const f64: Type<number, Float64Array> = /* @__PURE__ */ scalar<number, Float64Array>(
  "f64",
  "f64",
  8,
  number,
  F64,
  Float64Array,
);

/**
 * A bigint from 0 to 2 ** 64 − 1, 8 bytes.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { Box, u64 } from "@alloc/owned";
 *
 * using hash = Box.new(u64, 0xcbf29ce484222325n, pages());
 * hash.get(); // => 0xcbf29ce484222325n
 * ```
 */
export const u64: Type<bigint, BigUint64Array> = /* @__PURE__ */ scalar<bigint, BigUint64Array>(
  "u64",
  "u64",
  8,
  /* @__PURE__ */ bigint("asUintN"),
  U64,
  BigUint64Array,
);

/**
 * A bigint from −(2 ** 63) to 2 ** 63 − 1, 8 bytes.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { Box, i64 } from "@alloc/owned";
 *
 * using time = Box.new(i64, -1n, pages());
 * time.get(); // => -1n
 * ```
 */
export const i64: Type<bigint, BigInt64Array> = /* @__PURE__ */ scalar<bigint, BigInt64Array>(
  "i64",
  "i64",
  8,
  /* @__PURE__ */ bigint("asIntN"),
  I64,
  BigInt64Array,
);

/**
 * A boolean, 1 byte: 0 is false, true is written as 1.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { bool, Box, struct } from "@alloc/owned";
 *
 * const Door = struct({ open: bool, locked: bool });
 * using door = Box.new(Door, { open: true, locked: false }, pages());
 * door.value.open = false;
 * door.get(); // => { open: false, locked: false }
 * ```
 */
export const bool: Type<boolean, never> = /* @__PURE__ */ scalar<boolean, never>("bool", "u8", 1, boolean, BOOL);

/**
 * An address or NULL, 4 bytes. Owns nothing: only a drop function can release what it points to.
 *
 * @example
 * ```ts
 * import { type Ptr, pages } from "@alloc/core";
 * import { Box, f64, ptr, struct } from "@alloc/owned";
 *
 * const Node = struct({ value: f64, next: ptr });
 * const heap = pages();
 * const last = Box.new(Node, { value: 2, next: 0 }, heap).intoRaw();
 * using first = Box.new(Node, { value: 1, next: last }, heap);
 * using second = Box.fromRaw(Node, first.value.next as Ptr, heap);
 * second.value.value; // => 2
 * ```
 */
export const ptr: Type<Ptr | Null, Uint32Array> = /* @__PURE__ */ scalar<Ptr | Null, Uint32Array>(
  "ptr",
  "u32",
  4,
  /* @__PURE__ */ integer(0, 2 ** 32 - 1),
  U32 as Fields<Ptr | Null>,
  Uint32Array,
);
