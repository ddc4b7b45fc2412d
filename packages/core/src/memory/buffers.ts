/**
 * Buffers: the objects that a memory can be made over, of any realm.
 *
 * @module
 */
import { ArgumentError, MisuseError, shown } from "../base/errors.ts";

/** A `WebAssembly.Memory`, declared here for compilers without its types. */
export interface WebAssemblyMemory {
  /** The present buffer; growing replaces it. */
  readonly buffer: ArrayBufferLike;
  /** Adds pages of 64 KiB and returns the previous number of pages. */
  grow(pages: number): number;
}

/** The object under a memory; `undefined` for addresses only. */
export type Source = WebAssemblyMemory | ArrayBufferLike | undefined;

/** Hooks that move and fill bytes which the CPU cannot address, such as those of a GPU buffer or a file. */
export interface ByteHooks {
  /** Copies `bytes` bytes from address `from` to address `to`; the ranges may overlap. */
  copy(to: number, from: number, bytes: number): void;
  /** Sets `bytes` bytes from address `ptr` on to `value`. */
  fill(ptr: number, bytes: number, value: number): void;
}

export function bufferOf(source: Source): ArrayBufferLike | undefined {
  return source !== undefined && "buffer" in source ? source.buffer : source;
}

/** Returns the class of a built-in object, of any realm: `"ArrayBuffer"`, `"Uint8Array"`, `"Object"`. */
export function brandOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function isResizable(buffer: ArrayBufferLike | undefined): boolean {
  return (buffer as { resizable?: boolean } | undefined)?.resizable === true;
}

/** Whether a memory may become longer while its views keep their length: not at full length, and shared bytes never become fewer. */
export function growsUnseen(
  { shared, maximum }: { readonly shared: boolean; readonly maximum: number },
  buffer: ArrayBufferLike | undefined,
): boolean {
  return (shared && buffer!.byteLength < maximum) || isResizable(buffer);
}

/** Throws if an empty buffer is detached. */
export function requireAttached(buffer: ArrayBufferLike): void {
  try {
    // A view of a detached buffer cannot be made. (`detached` itself is newer than the supported engines.)
    new Uint8Array(buffer);
  } catch {
    throw new MisuseError(
      "detached",
      "the buffer of this memory was transferred away, by postMessage, structuredClone or transfer(): its bytes can no longer be read or written",
    );
  }
}

/** Throws a `TypeError` with the right call unless a value can be the object under a memory. */
export function requireTarget(target: unknown): void {
  const { buffer, grow } = Object(target) as { buffer?: unknown; grow?: unknown };
  if (isBuffer(target) || (typeof grow === "function" && isBuffer(buffer))) return;
  const isView = "byteOffset" in Object(target);
  const remedy = isView
    ? ": write Memory.over(view.buffer, { from: view.byteOffset, to: view.byteOffset + view.byteLength })"
    : "beneath" in Object(target)
      ? ": it is a memory already"
      : "";
  throw new ArgumentError(
    `Memory.over expects an ArrayBuffer, a SharedArrayBuffer or a WebAssembly.Memory, got ${isView ? `a ${brandOf(target)}` : shown(target)}${remedy}`,
  );
}

/** Makes a shared buffer for the bookkeeping of a shared memory. */
export function sharedBytes(
  { source, maximum }: { source: Source; maximum: number },
  bytes: number,
): SharedArrayBuffer {
  // In pages that are not cross-origin isolated it is not a global, but a WebAssembly memory may still be shared.
  const Shared = globalThis.SharedArrayBuffer ?? bufferOf(source)!.constructor;
  try {
    return new Shared(bytes);
  } catch (cause) {
    const what = `${bytes} bytes of bookkeeping of a shared memory of at most ${maximum} bytes`;
    throw new RangeError(`the host has no addresses left for ${what}: make it with a smaller maximum`, { cause });
  }
}

/** Grows a WebAssembly memory; a memory64 takes and returns bigints. Returns the previous number of pages. */
export function growPages(wasm: WebAssemblyMemory, pages: number): number {
  try {
    return wasm.grow(pages);
  } catch (error) {
    if (!isNamed(error, "TypeError")) throw error;
    return Number((wasm as unknown as { grow(pages: bigint): bigint }).grow(BigInt(pages)));
  }
}

/** Lengthens a buffer: `resize` of an ArrayBuffer, `grow` of a SharedArrayBuffer. */
export function lengthen(buffer: ArrayBufferLike, bytes: number): void {
  const growing = buffer as { resize?(bytes: number): void; grow?(bytes: number): void };
  if (growing.resize !== undefined) growing.resize(bytes);
  else growing.grow!(bytes);
}

/** Whether an error has a name; works for errors of another realm. */
export function isNamed(error: unknown, name: string): boolean {
  return (error as Error | undefined)?.name === name;
}

function isBuffer(value: unknown): boolean {
  const brand = brandOf(value);
  return brand === "ArrayBuffer" || brand === "SharedArrayBuffer";
}
