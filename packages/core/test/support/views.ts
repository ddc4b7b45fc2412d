/**
 * The ten views of a memory.
 *
 * @module
 */
import type { Memory } from "@alloc/core";

export const GETTERS = ["u8", "i8", "u16", "i16", "u32", "i32", "f32", "f64", "u64", "i64"] as const;

export const TYPES = [
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigUint64Array,
  BigInt64Array,
] as const;

/** The bytes that each getter shows. */
export function shown(memory: Memory): number[] {
  return GETTERS.map((name) => memory[name].byteLength);
}

/** The expected view of some bytes: only whole elements. */
export function wholeElements(bytes: number): number[] {
  return TYPES.map(({ BYTES_PER_ELEMENT }) => Math.floor(bytes / BYTES_PER_ELEMENT) * BYTES_PER_ELEMENT);
}
