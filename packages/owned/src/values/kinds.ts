/**
 * Kinds: the scalars by number, so that a struct writes and reads its fields in one loop without a call for each.
 *
 *     struct({ x: f64, id: u32, at: Point })      kinds    F64  U32  OTHER
 *                                                 offsets  0    8    16
 *
 * A field of kind OTHER, a text, a struct or an array, goes through its type. The indices of typed arrays are made by `>>>`, as in
 * fields.ts.
 *
 * @module
 */
import type { Views } from "./window.ts";

/** Any type that is not a scalar. */
export const OTHER = 0;
const U8 = 1;
const I8 = 2;
const U16 = 3;
const I16 = 4;
const U32 = 5;
const I32 = 6;
export const F32 = 7;
export const F64 = 8;
const U64 = 9;
/** Not in the order of the typed arrays: a boolean lies in a byte. */
export const BOOL = 11;

/** The typed arrays in the order of the kinds. */
const VIEWS: readonly (keyof Views)[] = ["u8", "i8", "u16", "i16", "u32", "i32", "f32", "f64", "u64", "i64"];

/** Returns the kind of the scalar that has a typed array. */
export function kindOf(view: keyof Views): number {
  return VIEWS.indexOf(view) + 1;
}

/** Writes a value that fits. The bytes must be there. */
export function store(kind: number, views: Views, at: number, value: unknown): void {
  switch (kind) {
    case F64:
      views.f64[at >>> 3] = value as number;
      break;
    case F32:
      views.f32[at >>> 2] = value as number;
      break;
    case U32:
      views.u32[at >>> 2] = value as number;
      break;
    case I32:
      views.i32[at >>> 2] = value as number;
      break;
    case U8:
    case BOOL:
      views.u8[at] = value as number;
      break;
    case I8:
      views.i8[at] = value as number;
      break;
    case U16:
      views.u16[at >>> 1] = value as number;
      break;
    case I16:
      views.i16[at >>> 1] = value as number;
      break;
    case U64:
      views.u64[at >>> 3] = value as bigint;
      break;
    default: // i64
      views.i64[at >>> 3] = value as bigint;
  }
}

/** Reads a scalar. The bytes must be there. */
export function load(kind: number, views: Views, at: number): unknown {
  switch (kind) {
    case F64:
      return views.f64[at >>> 3];
    case F32:
      return views.f32[at >>> 2];
    case U32:
      return views.u32[at >>> 2];
    case I32:
      return views.i32[at >>> 2];
    case U8:
      return views.u8[at];
    case BOOL:
      return views.u8[at] !== 0;
    case I8:
      return views.i8[at];
    case U16:
      return views.u16[at >>> 1];
    case I16:
      return views.i16[at >>> 1];
    case U64:
      return views.u64[at >>> 3];
    default: // i64
      return views.i64[at >>> 3];
  }
}
