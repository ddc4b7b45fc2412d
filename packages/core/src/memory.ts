/**
 * Memory: one address space below 4 GiB, with bytes or without.
 *
 *     0      16                                          byteLength        maximum ≤ 4 GiB
 *     ├ NULL ┤├───── blocks, handed out by allocators ───┤┈┈ grow(bytes) ┈┈┤
 *
 *     kind      over                             grows                          bytes
 *     linear    a WebAssembly.Memory of its own  by 64 KiB                      yes
 *     over      one of a guest, or a buffer      a guest's, a resizable buffer  yes
 *     virtual   nothing: addresses alone         no                             by two hooks, or not at all
 *
 * @module
 */
import { Access } from "./access.ts";
import { alignDown, alignUp } from "./align.ts";
import {
  type ByteHooks,
  brandOf,
  bufferOf,
  requireAttached,
  requireTarget,
  type Source,
  type WebAssemblyMemory,
} from "./buffers.ts";
import { shown } from "./errors.ts";
import { hide } from "./hide.ts";
import { NULL, type Null, type Ptr } from "./ptr.ts";
import type { ArrayType, ArrayView } from "./views.ts";

/** By multiples of it a WebAssembly memory grows. */
export const PAGE = 65536;
const LIMIT = 2 ** 32;
/**
 * Bytes that a linear memory has from the start. To grow detaches its views, and engines then check every access to any typed
 * array of the program: whoever knows how much is needed says so. What is never touched costs nothing.
 */
const INITIAL = 2 ** 26;

/** The first address that is ever handed out: no block is NULL, and none begins near it. */
export const FIRST = 16;

/** What of a buffer, or of the memory of a guest, may be handed out. */
export interface Range {
  /** The first byte that may be handed out. Default: 0 of a buffer; the present end of a WebAssembly memory. */
  readonly from?: number;
  /** The byte behind the last one. Default: the present end. */
  readonly to?: number;
  /**
   * Bytes that the memory never grows beyond; those of a WebAssembly memory are rounded down to 64 KiB. Default: what a buffer allows;
   * 4 GiB for a WebAssembly memory.
   */
  readonly maximum?: number;
}

/** Where the addresses of a virtual memory begin, and how its bytes are copied and filled. */
export interface VirtualOptions extends Partial<ByteHooks> {
  /** The lowest address, in bytes. Default: 0, of which the first 16 bytes are not handed out. */
  readonly base?: number;
}

export class Memory extends Access {
  /** The first byte that `pages` may hand out from the start. */
  readonly from: number;
  /** The byte behind the last one that `pages` may hand out from the start. */
  readonly to: number;
  /** @internal Bytes that are known to be there at most: `pages` chooses its granule by it. */
  readonly extent!: number;

  private constructor(source: Source, from: number, to: number, maximum: number, extent: number, hooks?: ByteHooks) {
    super(source, source === undefined ? from : 0, maximum, hooks);
    this.from = from;
    this.to = to;
    hide(this, { extent });
  }

  /** @internal Whether it grows by pages of 64 KiB, as WebAssembly memories do. */
  get growsByPages(): boolean {
    return this.source !== undefined && "buffer" in this.source;
  }

  /**
   * Makes a WebAssembly memory of its own. Only its addresses are reserved up to `maximum`; pages that are never touched
   * cost nothing.
   *
   * @param options - `initial` bytes, default: 64 MiB, or 64 KiB where a `maximum` is given; `maximum` bytes, at most 4 GiB.
   *   Default: 4 GiB, or half of that, and so on, where the host has fewer addresses left. Both are rounded up to 64 KiB. `shared`
   *   makes one that other threads can see
   * @throws `RangeError` if a number is out of bounds, or the host has no addresses left or no WebAssembly; its `cause` is then the
   *   engine's error
   * @example
   * ```ts
   * import { Memory } from "@alloc/core";
   *
   * Memory.linear({ initial: 100_000 }).byteLength; // => 131072
   * ```
   */
  static linear(options: { initial?: number; maximum?: number; shared?: boolean } = {}): Memory {
    const most = alignUp(checkBytes("maximum", options.maximum ?? LIMIT, 1), PAGE);
    const fallback = options.maximum === undefined ? INITIAL : PAGE;
    const initial = alignUp(checkBytes("initial", options.initial ?? fallback, 1, most), PAGE);
    const least = options.maximum !== undefined ? most : options.initial !== undefined ? initial : PAGE;
    let cause: unknown;
    for (let maximum = most; maximum >= least; maximum /= 2) {
      const start = Math.min(initial, maximum);
      try {
        const pages = { initial: start / PAGE, maximum: maximum / PAGE, shared: options.shared === true };
        return new Memory(new WebAssembly.Memory(pages), 0, start, maximum, maximum);
      } catch (error) {
        cause = error;
        if (isNamed(error, "ReferenceError")) break;
        if (!isNamed(error, "RangeError")) throw error;
      }
    }
    const lacks = isNamed(cause, "ReferenceError")
      ? "has no WebAssembly: "
      : `has no addresses left for a memory of ${least} bytes: ask for less with Memory.linear({ maximum }), or `;
    throw new RangeError(`the host ${lacks}use Memory.over(new ArrayBuffer(bytes))`, { cause });
  }

  /**
   * Makes a memory over bytes that exist. Of an ArrayBuffer or SharedArrayBuffer all of them may be handed out unless a range is
   * given. Of a WebAssembly memory only the range that is given, and what {@link grow} adds: so the data and stack of the guest that
   * lives there are safe. A malloc inside that guest is not: it may take for its own whatever lies behind its break, also what
   * `grow` added here. Beside such a guest use `fromMalloc`, or a block of its malloc as the range.
   *
   * @param target - the buffer, or the memory of a guest; of whatever realm. One of memory64 is served below 4 GiB
   * @param range - what may be handed out, in bytes
   * @throws `RangeError` if the range does not lie in the target; `TypeError` if the target is something else, a typed array for
   *   example; {@link MisuseError} `detached` if it was transferred away
   * @example
   * ```ts
   * import { Memory } from "@alloc/core";
   *
   * const guest = new WebAssembly.Memory({ initial: 17 });
   * const memory = Memory.over(guest, { from: 1024 * 1024 }); // what lies below is the guest's
   * memory.to - memory.from; // => 65536
   * ```
   */
  static over(target: ArrayBufferLike | WebAssemblyMemory, range: Range = {}): Memory {
    requireTarget(target);
    const isWasm = "buffer" in target;
    const buffer = bufferOf(target)!;
    if (buffer.byteLength === 0) requireAttached(buffer);
    const length = Math.min(buffer.byteLength, LIMIT);
    const to = checkBytes("to", range.to ?? length, 0, length);
    const from = checkBytes("from", range.from ?? (isWasm ? to : 0), 0, to);
    const { maxByteLength = length } = target as { maxByteLength?: number };
    const most = Math.min(isWasm ? LIMIT : maxByteLength, LIMIT);
    const named = checkBytes("maximum", range.maximum ?? most, length, most);
    const maximum = isWasm ? alignDown(named, PAGE) : named;
    // Words of a shared memory are made for all of it.
    const isOpen = isWasm && range.maximum === undefined && brandOf(buffer) === "ArrayBuffer";
    return new Memory(target, from, to, maximum, isOpen ? length : maximum);
  }

  /**
   * Makes an address space without bytes of its own: offsets into a GPU buffer, a file, a database.
   *
   * @param bytes - its length, an integer from 1; `base + bytes` is at most 2 ** 32
   * @param options - `base`: the lowest address. With a base of 65,536, say, all offsets can be handed out: they are `ptr - 65536`.
   *   `copy` and `fill`, both or neither: how to move and fill bytes there. Without them a grow that has to move and every zeroing
   *   throws MisuseError("no-bytes")
   * @throws `RangeError` if `bytes` or `base` is out of bounds; `TypeError` if one hook is missing
   * @example
   * ```ts
   * import { Layout, Memory, pages } from "@alloc/core";
   *
   * Memory.virtual(2 ** 32).hasBytes; // => false
   * const buffer = pages(Memory.virtual(65536, { base: 65536 }));
   * (buffer.allocate(Layout.of(65536)) as number) - 65536; // => 0
   * ```
   */
  static virtual(bytes: number, options: VirtualOptions = {}): Memory {
    const { base = 0, copy, fill } = options;
    checkBytes("bytes", bytes, 1);
    checkBytes("base", base, 0, LIMIT - bytes);
    if ((copy === undefined) !== (fill === undefined)) {
      throw new TypeError(`Memory.virtual expects copy and fill, or neither: ${copy ? "fill" : "copy"} is missing`);
    }
    const hooks = copy && ({ copy: options.copy, fill: options.fill } as ByteHooks);
    const bound = hooks && {
      copy: (to: number, from: number, count: number) => hooks.copy.call(options, to, from, count),
      fill: (ptr: number, count: number, value: number) => hooks.fill.call(options, ptr, count, value),
    };
    return new Memory(undefined, base, base + bytes, base + bytes, bytes, bound);
  }

  /**
   * Makes an array for the bookkeeping of an allocator, filled with zeros. It is shared when the memory is, and then has
   * its full length from the start, since other threads hold it.
   *
   * @param Type - `Int32Array`, …
   * @param length - elements for now
   * @param most - elements that will ever be needed. Default: `length`
   */
  words<V extends ArrayView>(Type: ArrayType<V>, length: number, most: number = length): V {
    if (!this.shared) return new Type(length);
    // Where pages are not isolated it is no global, but a WebAssembly memory may be shared all the same.
    const Shared = globalThis.SharedArrayBuffer ?? bufferOf(this.source)!.constructor;
    return new Type(new Shared(most * Type.BYTES_PER_ELEMENT));
  }

  /**
   * Returns `words` if they are `length` elements long, and otherwise a copy of at least twice their length.
   */
  widen<V extends ArrayView>(words: V, length: number): V {
    if (words.length >= length) return words;
    const wider = this.words(words.constructor as ArrayType<V>, Math.max(length, 2 * words.length));
    (wider as Uint8Array).set(words as Uint8Array);
    return wider;
  }

  /**
   * Adds bytes at the end. They belong to the caller: `pages` asks for its allocators. What is added need not adjoin what
   * was added before, since a guest may grow its memory too. Every view becomes stale.
   *
   * @param bytes - an integer from 1; rounded up to a multiple of 64 KiB in a WebAssembly memory
   * @returns the address of the first byte added, or NULL if the memory cannot grow so far
   * @throws `RangeError` if `bytes` is out of bounds
   */
  grow(bytes: number): Ptr | Null {
    checkBytes("bytes", bytes, 1);
    const { source } = this;
    if (source === undefined) return NULL;
    const end = this.byteLength;
    const start = Math.max(end, FIRST);
    const added = alignUp(start + bytes - end, "buffer" in source ? PAGE : 1);
    if (end + added > this.maximum) return NULL;
    try {
      // Another thread may have grown a WebAssembly memory since, so what it returns counts, not `end`.
      if ("buffer" in source) return Math.max(growPages(source, added / PAGE) * PAGE, FIRST) as Ptr;
      lengthen(source, end + added);
      return start as Ptr;
    } catch (error) {
      if (isNamed(error, "RangeError")) return NULL;
      throw error;
    }
  }
}

/** Grows a WebAssembly memory; one of memory64 takes and returns a bigint. Returns the pages that there were before. */
function growPages(wasm: WebAssemblyMemory, pages: number): number {
  try {
    return wasm.grow(pages);
  } catch (error) {
    if (!isNamed(error, "TypeError")) throw error;
    return Number((wasm as unknown as { grow(pages: bigint): bigint }).grow(BigInt(pages)));
  }
}

/** Makes a buffer longer: `resize` of an ArrayBuffer, `grow` of a shared one. */
function lengthen(buffer: ArrayBufferLike, bytes: number): void {
  const growing = buffer as { resize?(bytes: number): void; grow?(bytes: number): void };
  if (growing.resize !== undefined) growing.resize(bytes);
  else growing.grow!(bytes);
}

/** Whether it is an error of a kind: by name, since it may be of another realm. */
function isNamed(error: unknown, name: string): boolean {
  return (error as Error | undefined)?.name === name;
}

/** Returns `bytes` if it is an integer from `least` to `most`, or throws. */
function checkBytes(name: string, bytes: number, least: number, most = LIMIT): number {
  if (Number.isInteger(bytes) && bytes >= least && bytes <= most) return bytes;
  throw new RangeError(`${name} must be an integer from ${least} to ${most} bytes, got ${shown(bytes)}`);
}
