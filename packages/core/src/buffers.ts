/**
 * Buffers: what a memory can lie over, of whatever realm.
 *
 * @module
 */
import { MisuseError, shown } from "./errors.ts";

/** A `WebAssembly.Memory`, for programs whose compiler has no library that tells of one. */
export interface WebAssemblyMemory {
  readonly buffer: ArrayBufferLike;
  /** Adds pages of 64 KiB and returns how many there were. */
  grow(pages: number): number;
}

/** What a memory can be over; `undefined`: addresses alone. */
export type Source = WebAssemblyMemory | ArrayBufferLike | undefined;

/** How to move and fill bytes that no CPU can address: those of a GPU buffer or a file. */
export interface ByteHooks {
  /** Copies `bytes` bytes from address `from` to address `to`; the ranges may overlap. */
  copy(to: number, from: number, bytes: number): void;
  /** Sets `bytes` bytes from address `ptr` on to `value`. */
  fill(ptr: number, bytes: number, value: number): void;
}

export function bufferOf(source: Source): ArrayBufferLike | undefined {
  return source !== undefined && "buffer" in source ? source.buffer : source;
}

/** Returns what kind of object of the language a value is, of whatever realm: `"ArrayBuffer"`, `"Uint8Array"`, `"Object"`. */
export function brandOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

export function isResizable(buffer: ArrayBufferLike | undefined): boolean {
  return (buffer as { resizable?: boolean } | undefined)?.resizable === true;
}

/** Throws where the bytes of a buffer of no length were transferred away. */
export function requireAttached(buffer: ArrayBufferLike): void {
  try {
    // Of a buffer that is detached no view can be made; `detached` itself is newer than the engines here.
    new Uint8Array(buffer);
  } catch {
    throw new MisuseError(
      "detached",
      "the buffer of this memory was transferred away, by postMessage, structuredClone or transfer(): nothing can be read or written any more",
    );
  }
}

/** Throws a `TypeError` that says what to write unless a value has bytes to lie over. */
export function requireTarget(target: unknown): void {
  const { buffer, grow } = Object(target) as { buffer?: unknown; grow?: unknown };
  if (isBuffer(target) || (typeof grow === "function" && isBuffer(buffer))) return;
  const isView = "byteOffset" in Object(target);
  const remedy = isView
    ? ": write Memory.over(view.buffer, { from: view.byteOffset, to: view.byteOffset + view.byteLength })"
    : "beneath" in Object(target)
      ? ": it is a memory already"
      : "";
  throw new TypeError(
    `Memory.over expects an ArrayBuffer, a SharedArrayBuffer or a WebAssembly.Memory, got ${isView ? `a ${brandOf(target)}` : shown(target)}${remedy}`,
  );
}

function isBuffer(value: unknown): boolean {
  const brand = brandOf(value);
  return brand === "ArrayBuffer" || brand === "SharedArrayBuffer";
}
