/**
 * Access: reads and writes the bytes of a memory by address.
 *
 * Keep no views: when a WebAssembly memory grows, by a guest's hand too, every view of it becomes empty (or, if it is shared,
 * stays too short). The accessors here renew the views when that has happened; when it has not, this costs one comparison.
 *
 * @module
 */
import { hide } from "../base/hide.ts";
import { inspectKey } from "../base/symbols.ts";
import type { Ptr } from "../values/ptr.ts";
import { asText, checkElements, checkRange, noBytes, refuseNull } from "./bounds.ts";
import { type ByteHooks, brandOf, bufferOf, growsUnseen, requireAttached, type Source } from "./buffers.ts";
import { type ArrayType, type ArrayView, type ElementOf, nameOfView, type Views, viewsOf } from "./views.ts";

/** Engines quote the description of a symbol that they refuse to clone. The same symbol in each copy of this package. */
const UNCLONEABLE = Symbol.for(
  "a Memory, or an object that uses one: post its buffer and write Memory.over(buffer) on the other side; this",
);

export abstract class Access {
  /** The lowest address, in bytes: 0 except for a virtual memory with a base. */
  readonly base: number;
  /** Bytes; no address at or above it can ever exist. */
  readonly maximum: number;
  /** Whether other threads may see the bytes. */
  readonly shared: boolean;
  /** Whether the bytes can be read: views work. */
  readonly hasBytes: boolean;
  /** Whether bytes can be moved and zeroed: `copy` and `fill` work. */
  readonly canCopy: boolean;
  /** Makes `structuredClone` and `postMessage` refuse a memory and any object that holds one: a clone would be an empty shell. */
  readonly uncloneable: symbol;
  /** Identifies the address space: two memories with the same object share one. */
  readonly beneath!: object;
  /** @internal */
  readonly source!: Source;
  /** @internal */
  readonly hooks!: ByteHooks;
  /** @internal Whether it may become longer while its old views keep their length. */
  growsSilently!: boolean;
  /** @internal */
  cached!: Views;

  constructor(source: Source, base: number, maximum: number, hooks?: ByteHooks) {
    const buffer = bufferOf(source);
    this.base = base;
    this.maximum = maximum;
    this.shared = brandOf(buffer) === "SharedArrayBuffer";
    this.hasBytes = buffer !== undefined;
    this.canCopy = this.hasBytes || hooks !== undefined;
    this.uncloneable = UNCLONEABLE;
    hide(this, {
      beneath: source ?? this,
      source,
      hooks: hooks ?? { copy: noBytes, fill: noBytes },
      growsSilently: growsUnseen(this, buffer),
      cached: viewsOf(buffer ?? new ArrayBuffer(0)),
    });
  }

  /** The present length of the address space, in bytes. */
  get byteLength(): number {
    return this.hasBytes ? this.views().u8.length : this.maximum;
  }

  /** All bytes as `Uint8Array`. Like every view, valid until the next call that may grow the memory. */
  get u8(): Uint8Array {
    return this.views().u8;
  }
  /** All bytes as `Int8Array`. */
  get i8(): Int8Array {
    return this.views().i8;
  }
  /** All bytes as `Uint16Array`: index it with `ptr / 2`. */
  get u16(): Uint16Array {
    return this.views().u16;
  }
  /** All bytes as `Int16Array`: index it with `ptr / 2`. */
  get i16(): Int16Array {
    return this.views().i16;
  }
  /** All bytes as `Uint32Array`: index it with `ptr / 4`. */
  get u32(): Uint32Array {
    return this.views().u32;
  }
  /** All bytes as `Int32Array`: index it with `ptr / 4`. */
  get i32(): Int32Array {
    return this.views().i32;
  }
  /** All bytes as `Float32Array`: index it with `ptr / 4`. */
  get f32(): Float32Array {
    return this.views().f32;
  }
  /** All bytes as `Float64Array`: index it with `ptr / 8`. */
  get f64(): Float64Array {
    return this.views().f64;
  }
  /** All bytes as `BigUint64Array`: index it with `ptr / 8`. */
  get u64(): BigUint64Array {
    return this.views().u64;
  }
  /** All bytes as `BigInt64Array`: index it with `ptr / 8`. */
  get i64(): BigInt64Array {
    return this.views().i64;
  }

  /**
   * Returns a fresh view of one block. Valid until the next call that may grow the memory.
   *
   * @param Type - `Uint8Array`, `Float32Array`, …
   * @param ptr - a multiple of the element size; for 0 elements, any address, including the dangling one of a layout of size 0
   * @param count - elements, an integer from 0
   * @throws {@link MisuseError} `out-of-bounds`, `misaligned`, or `no-bytes`
   * @example
   * ```ts
   * import { Memory } from "@alloc/core";
   *
   * const memory = Memory.over(new ArrayBuffer(64));
   * const pair = memory.view(Float32Array, memory.toPtr(16), 2);
   * pair[1] = 0.5;
   * memory.f32[5]; // => 0.5
   * ```
   */
  view<V extends ArrayView>(Type: ArrayType<V>, ptr: Ptr, count: number): V {
    this.views();
    checkElements(this, Type, ptr, count);
    // The check has renewed it if another thread has grown the memory. A block of size 0 lies past the end of most memories.
    const { buffer } = this.cached.u8;
    return new Type(buffer, ptr > buffer.byteLength ? 0 : ptr, count);
  }

  /**
   * Writes one element. The value is an argument, so it is computed before the memory is accessed. In `memory.u32[i] = f()` the
   * store is lost if `f` grows the memory.
   *
   * @param Type - `Uint32Array`, `Float64Array`, …
   * @param ptr - a multiple of the element size
   * @param value - a number; a bigint for the two 64-bit integer types
   * @throws {@link MisuseError} `out-of-bounds`, also for NULL; `misaligned`, `no-bytes`, or `detached`
   * @example
   * ```ts
   * import { Memory } from "@alloc/core";
   *
   * const memory = Memory.linear({ maximum: 2 ** 20 });
   * const grown = () => memory.grow(65536); // every view is stale now
   * memory.store(Uint32Array, memory.toPtr(16), grown());
   * memory.load(Uint32Array, memory.toPtr(16)); // => 65536
   * ```
   */
  store<V extends ArrayView>(Type: ArrayType<V>, ptr: Ptr, value: ElementOf<V>): void {
    const element = typeof value === "bigint" ? value : Number(value);
    this.element(Type, ptr)[ptr / Type.BYTES_PER_ELEMENT] = element as never;
  }

  /**
   * Reads one element.
   *
   * @param Type - `Uint32Array`, `Float64Array`, …
   * @param ptr - a multiple of the element size
   * @throws {@link MisuseError} `out-of-bounds`, also for NULL; `misaligned`, `no-bytes`, or `detached`
   */
  load<V extends ArrayView>(Type: ArrayType<V>, ptr: Ptr): ElementOf<V> {
    return this.element(Type, ptr)[ptr / Type.BYTES_PER_ELEMENT] as ElementOf<V>;
  }

  /**
   * Copies bytes; the ranges may overlap.
   * @throws {@link MisuseError} `out-of-bounds`, or `no-bytes`
   */
  copy(to: Ptr, from: Ptr, bytes: number): void {
    if (bytes === 0) return;
    checkRange(this, to, bytes);
    checkRange(this, from, bytes);
    if (this.hasBytes) this.views().u8.copyWithin(to, from, from + bytes);
    else this.hooks.copy(to, from, bytes);
  }

  /**
   * Sets bytes to one value.
   * @throws {@link MisuseError} `out-of-bounds`, or `no-bytes`
   */
  fill(ptr: Ptr, bytes: number, value = 0): void {
    if (bytes === 0) return;
    checkRange(this, ptr, bytes);
    if (this.hasBytes) this.views().u8.fill(value, ptr, ptr + bytes);
    else this.hooks.fill(ptr, bytes, value);
  }

  /**
   * Writes text as UTF-8.
   *
   * @param room - the largest number of bytes to write
   * @returns the number of bytes written; −1 if the text does not fit in `room`, in which case nothing is written
   * @throws {@link MisuseError} `out-of-bounds`, or `no-bytes`
   * @example
   * ```ts
   * import { Memory } from "@alloc/core";
   *
   * const memory = Memory.over(new ArrayBuffer(64));
   * const ptr = memory.toPtr(8);
   * const length = memory.encode("größer", ptr, 16); // => 8
   * memory.decode(ptr, length); // => "größer"
   * memory.encode("größer", ptr, 7); // => -1
   * ```
   */
  encode(text: string, ptr: Ptr, room: number): number {
    const bytes = new TextEncoder().encode(asText(text));
    const target = this.view(Uint8Array, ptr, room);
    if (bytes.length > room) return -1;
    target.set(bytes);
    return bytes.length;
  }

  /**
   * Reads UTF-8 text. Invalid bytes become U+FFFD.
   *
   * @param length - bytes
   * @throws {@link MisuseError} `out-of-bounds`, or `no-bytes`
   */
  decode(ptr: Ptr, length: number): string {
    // A copy, because browsers refuse to decode shared bytes.
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.view(Uint8Array, ptr, length).slice());
  }

  /**
   * Converts a number to an address. A negative i32, as WebAssembly functions return it from 2 GiB on, is read as unsigned.
   *
   * @param n - an integer other than 0, inside the memory
   * @throws {@link MisuseError} `out-of-bounds`
   */
  toPtr(n: number): Ptr {
    const address = n >> 0 === n ? n >>> 0 : n;
    checkRange(this, address, 1);
    refuseNull(address);
    return address as Ptr;
  }

  /**
   * Returns the address at an offset from another one.
   *
   * @param offset - bytes, an integer; the result may be the end of the memory
   * @throws {@link MisuseError} `out-of-bounds`
   */
  at(ptr: Ptr, offset: number): Ptr {
    checkRange(this, ptr + offset, 0);
    return (ptr + offset) as Ptr;
  }

  /** Returns its properties as plain data, without its bytes. */
  toJSON(): { byteLength: number; maximum: number; shared: boolean; hasBytes: boolean } {
    const { base, maximum, shared, hasBytes, source } = this;
    const byteLength = bufferOf(source)?.byteLength ?? maximum;
    return { ...(base !== 0 && { base }), byteLength, maximum, shared, hasBytes };
  }

  /** Returns a short text: `"Memory(65536 of at most 1048576 bytes)"`. */
  toString(): string {
    const { byteLength, maximum, shared, hasBytes } = this.toJSON();
    const kind = shared ? "shared, " : hasBytes ? "" : "virtual, ";
    return `Memory(${kind}${byteLength} of at most ${maximum} bytes)`;
  }

  [inspectKey](): string {
    return this.toString();
  }

  /** @internal Throws unless bytes can be moved and zeroed. Allocators call it before they change anything. */
  needBytes(): void {
    if (!this.canCopy) noBytes();
  }

  /** @internal */
  views(): Views {
    const views = this.cached;
    // In this order: V8 12.4 stops noticing detached views here once it has seen a view of a resizable buffer.
    return this.growsSilently || views.u8.length === 0 ? this.refresh() : views;
  }
  /** @internal */
  refresh(): Views {
    const buffer = bufferOf(this.source) ?? noBytes();
    const { u8 } = this.cached;
    if (buffer.byteLength === 0) requireAttached(buffer);
    if (buffer !== u8.buffer || buffer.byteLength !== u8.length) {
      this.cached = viewsOf(buffer);
      // The buffer of a WebAssembly memory may have become resizable; one that threads share may have got its full length.
      this.growsSilently = growsUnseen(this, buffer);
    }
    return this.cached;
  }

  /** @internal */
  element<V extends ArrayView>(Type: ArrayType<V>, ptr: number): V {
    this.views();
    const name = nameOfView(Type);
    checkElements(this, Type, ptr, 1);
    refuseNull(ptr);
    return this.cached[name] as ArrayView as V;
  }
}
