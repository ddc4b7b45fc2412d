/**
 * Scalars: one number, bigint or boolean.
 *
 *     u8 i8 bool         │▒│                  1 byte
 *     u16 i16            │▒ ▒│                2 bytes       aligned to their size, little endian
 *     u32 i32 f32 ptr    │▒ ▒ ▒ ▒│            4 bytes
 *     u64 i64 f64        │▒ ▒ ▒ ▒ ▒ ▒ ▒ ▒│    8 bytes
 *
 * Each has two functions of its own that differ only in the view that they name. That is on purpose: an engine learns for each
 * place in the source which typed arrays come by there, and where all ten do, an access costs ten times as much.
 *
 * @module
 */
import { type ArrayType, Layout, type Null, type Ptr } from "@alloc/core";
import { shown } from "./errors.ts";
import { defineType, type Lens, requireValue, type Type } from "./type.ts";
import type { Place } from "./window.ts";

type Scalar = number | bigint | boolean;

interface Range {
  readonly what: string;
  has(value: unknown): boolean;
}

const number: Range = { what: "a number", has: (value) => typeof value === "number" };
const boolean: Range = { what: "a boolean", has: (value) => typeof value === "boolean" };
const integer = (least: number, most: number): Range => ({
  what: `an integer from ${least} to ${most}`,
  has: (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
});
const bigint = (name: "asIntN" | "asUintN"): Range => ({
  what: `a bigint of ${name === "asIntN" ? "63 bits and a sign" : "64 bits"}`,
  has: (value) => typeof value === "bigint" && BigInt[name](64, value) === value,
});

/** Reads at index `at · step + first` of a view of the place; undefined where the view ends before it. */
type Load<T> = (place: Place, step: number, first: number) => T | undefined;
type Store<T> = (place: Place, step: number, first: number, value: T) => void;

/** Each function in here is so small that V8 inlines it whatever else a loop does: up to 27 bytes of its bytecode. */
function scalar<T extends Scalar>(
  name: string,
  bytes: number,
  range: Range,
  load: Load<T>,
  store: Store<T>,
  array?: ArrayType,
): Type<T> {
  const { has } = range;
  const type = defineType<T>(name, {
    layout: Layout.of(bytes, bytes),
    fault: (value) => (has(value) ? undefined : `: ${range.what} was expected, came ${shown(value)}`),
    plain: (value) => value,
    lens(offset, unit): Lens<T> {
      const step = unit / bytes;
      const first = offset / bytes;
      const read = (place: Place): T => load(place, step, first) ?? readAgain(place);
      const readAgain = (place: Place): T => {
        place.window.renew();
        return load(place, step, first)!;
      };
      const set = (place: Place, value: T): void => {
        if (!has(value) || load(place, step, first) === undefined) prepare(place, value);
        store(place, step, first, value);
      };
      const prepare = (place: Place, value: T): void => {
        requireValue(type, value);
        place.window.renew();
      };
      return { get: read as unknown as Lens<T>["get"], read, write: set, set };
    },
    ...(array && { Array: array }),
  });
  return type;
}

/** An integer from 0 to 255, 1 byte. */
export const u8: Type<number> = /* @__PURE__ */ scalar<number>(
  "u8",
  1,
  /* @__PURE__ */ integer(0, 255),
  (place, step, first) => place.window.u8[place.at * step + first],
  (place, step, first, value) => {
    place.window.u8[place.at * step + first] = value;
  },
  Uint8Array,
);

/** An integer from −128 to 127, 1 byte. */
export const i8: Type<number> = /* @__PURE__ */ scalar<number>(
  "i8",
  1,
  /* @__PURE__ */ integer(-128, 127),
  (place, step, first) => place.window.i8[place.at * step + first],
  (place, step, first, value) => {
    place.window.i8[place.at * step + first] = value;
  },
  Int8Array,
);

/** An integer from 0 to 65535, 2 bytes. */
export const u16: Type<number> = /* @__PURE__ */ scalar<number>(
  "u16",
  2,
  /* @__PURE__ */ integer(0, 65535),
  (place, step, first) => place.window.u16[place.at * step + first],
  (place, step, first, value) => {
    place.window.u16[place.at * step + first] = value;
  },
  Uint16Array,
);

/** An integer from −32768 to 32767, 2 bytes. */
export const i16: Type<number> = /* @__PURE__ */ scalar<number>(
  "i16",
  2,
  /* @__PURE__ */ integer(-32768, 32767),
  (place, step, first) => place.window.i16[place.at * step + first],
  (place, step, first, value) => {
    place.window.i16[place.at * step + first] = value;
  },
  Int16Array,
);

/** An integer from 0 to 2 ** 32 − 1, 4 bytes. */
export const u32: Type<number> = /* @__PURE__ */ scalar<number>(
  "u32",
  4,
  /* @__PURE__ */ integer(0, 2 ** 32 - 1),
  (place, step, first) => place.window.u32[place.at * step + first],
  (place, step, first, value) => {
    place.window.u32[place.at * step + first] = value;
  },
  Uint32Array,
);

/** An integer from −(2 ** 31) to 2 ** 31 − 1, 4 bytes. */
export const i32: Type<number> = /* @__PURE__ */ scalar<number>(
  "i32",
  4,
  /* @__PURE__ */ integer(-(2 ** 31), 2 ** 31 - 1),
  (place, step, first) => place.window.i32[place.at * step + first],
  (place, step, first, value) => {
    place.window.i32[place.at * step + first] = value;
  },
  Int32Array,
);

/** A number, rounded to 4 bytes: NaN and the infinities are some. */
export const f32: Type<number> = /* @__PURE__ */ scalar<number>(
  "f32",
  4,
  number,
  (place, step, first) => place.window.f32[place.at * step + first],
  (place, step, first, value) => {
    place.window.f32[place.at * step + first] = value;
  },
  Float32Array,
);

/** A number, 8 bytes: NaN and the infinities are some. */
export const f64: Type<number> = /* @__PURE__ */ scalar<number>(
  "f64",
  8,
  number,
  (place, step, first) => place.window.f64[place.at * step + first],
  (place, step, first, value) => {
    place.window.f64[place.at * step + first] = value;
  },
  Float64Array,
);

/** A bigint from 0 to 2 ** 64 − 1, 8 bytes. */
export const u64: Type<bigint> = /* @__PURE__ */ scalar<bigint>(
  "u64",
  8,
  /* @__PURE__ */ bigint("asUintN"),
  (place, step, first) => place.window.u64[place.at * step + first],
  (place, step, first, value) => {
    place.window.u64[place.at * step + first] = value;
  },
  BigUint64Array,
);

/** A bigint from −(2 ** 63) to 2 ** 63 − 1, 8 bytes. */
export const i64: Type<bigint> = /* @__PURE__ */ scalar<bigint>(
  "i64",
  8,
  /* @__PURE__ */ bigint("asIntN"),
  (place, step, first) => place.window.i64[place.at * step + first],
  (place, step, first, value) => {
    place.window.i64[place.at * step + first] = value;
  },
  BigInt64Array,
);

/** A boolean, 1 byte: 0 is false, and 1 is written for true. */
export const bool: Type<boolean> = /* @__PURE__ */ scalar<boolean>(
  "bool",
  1,
  boolean,
  (place, step, first) => {
    const byte = place.window.u8[place.at * step + first];
    return byte === undefined ? undefined : byte !== 0;
  },
  (place, step, first, value) => {
    place.window.u8[place.at * step + first] = value ? 1 : 0;
  },
);

/** An address or NULL, 4 bytes. It owns nothing: what lies there is dropped by a drop function, if at all. */
export const ptr: Type<Ptr | Null> = /* @__PURE__ */ scalar<Ptr | Null>(
  "ptr",
  4,
  /* @__PURE__ */ integer(0, 2 ** 32 - 1),
  (place, step, first) => place.window.u32[place.at * step + first] as Ptr | Null | undefined,
  (place, step, first, value) => {
    place.window.u32[place.at * step + first] = value;
  },
  Uint32Array,
);
