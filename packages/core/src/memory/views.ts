/**
 * Views: the ten typed arrays over all bytes of a memory, made and discarded together.
 *
 * @module
 */
import { ArgumentError, shown } from "../base/errors.ts";

/** One of the ten typed array types. */
export type ArrayView =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;

/** A typed array constructor: `Uint8Array`, `Float64Array`, … */
export interface ArrayType<V extends ArrayView = ArrayView> {
  new (length: number): V;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): V;
  /** Bytes of an element. */
  readonly BYTES_PER_ELEMENT: number;
  /** The name of the constructor, such as `"Uint32Array"`. */
  readonly name: string;
}

/** The element type of a typed array: bigint for 64-bit integers, number otherwise. */
export type ElementOf<V extends ArrayView> = V extends BigInt64Array | BigUint64Array ? bigint : number;

export interface Views {
  readonly u8: Uint8Array;
  readonly i8: Int8Array;
  readonly u16: Uint16Array;
  readonly i16: Int16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly u64: BigUint64Array;
  readonly i64: BigInt64Array;
}

export function viewsOf(buffer: ArrayBufferLike): Views {
  // Not `>>>`: a memory of 4 GiB has 2 ** 32 bytes, which is 0 in 32 bits.
  const halves = Math.floor(buffer.byteLength / 2);
  const words = Math.floor(buffer.byteLength / 4);
  const doubles = Math.floor(buffer.byteLength / 8);
  return {
    u8: new Uint8Array(buffer, 0, buffer.byteLength),
    i8: new Int8Array(buffer, 0, buffer.byteLength),
    u16: new Uint16Array(buffer, 0, halves),
    i16: new Int16Array(buffer, 0, halves),
    u32: new Uint32Array(buffer, 0, words),
    i32: new Int32Array(buffer, 0, words),
    f32: new Float32Array(buffer, 0, words),
    f64: new Float64Array(buffer, 0, doubles),
    u64: new BigUint64Array(buffer, 0, doubles),
    i64: new BigInt64Array(buffer, 0, doubles),
  };
}

const NAMES: Readonly<Record<string, keyof Views>> = {
  Uint8Array: "u8",
  Int8Array: "i8",
  Uint16Array: "u16",
  Int16Array: "i16",
  Uint32Array: "u32",
  Int32Array: "i32",
  Float32Array: "f32",
  Float64Array: "f64",
  BigUint64Array: "u64",
  BigInt64Array: "i64",
};

/** Whether a value is the constructor of one of the ten. Compares names, because another realm has other constructors. */
export function isArrayType(value: unknown): value is ArrayType {
  return typeof value === "function" && Object.hasOwn(NAMES, value.name);
}

/** Returns the name of the view of a type. */
export function nameOfView(Type: ArrayType): keyof Views {
  if (isArrayType(Type)) return NAMES[Type.name]!;
  throw new ArgumentError(
    `expected a typed array constructor such as Uint32Array, got ${typeof Type === "function" ? shown((Type as ArrayType).name) : shown(Type)}`,
  );
}
