/**
 * Memory: one address space below 4 GiB, with bytes or without.
 *
 *     0        64 KiB                                    byteLength        maximum ≤ 4 GiB
 *     ├ NULL… ─┤├─── blocks, handed out by allocators ───┤┈┈ grow(bytes) ┈┈┤
 *
 *     kind      over                             grows                bytes
 *     linear    a WebAssembly.Memory of its own  by 64 KiB            yes
 *     over      one of a guest, or a buffer      the guest's: so too  yes
 *     virtual   nothing: addresses alone         no                   by two hooks, or not at all
 *
 * @module
 */
import { Access, type ByteHooks, bufferOf, type Source } from "./access.ts";
import { alignUp } from "./align.ts";
import { NULL, type Null, type Ptr } from "./ptr.ts";
import type { ArrayType, ArrayView } from "./views.ts";

const PAGE = 65536;
const LIMIT = 2 ** 32;
/**
 * Bytes that a linear memory has from the start. To grow detaches its views, and engines then check every access to any typed
 * array of the program: whoever knows how much is needed says so. What is never touched costs nothing.
 */
const INITIAL = 2 ** 26;

export class Memory extends Access {
  /** The first byte that `pages` may hand out from the start. */
  readonly from: number;
  /** The byte behind the last one that `pages` may hand out from the start. */
  readonly to: number;

  private constructor(source: Source, from: number, to: number, maximum: number, hooks?: ByteHooks) {
    super(source, maximum, hooks);
    this.from = from;
    this.to = to;
  }

  /**
   * Makes a WebAssembly memory of its own. Only its addresses are reserved up to `maximum`; pages that are never touched
   * cost nothing.
   *
   * @param options - `initial` bytes, unless said 64 MiB, or 64 KiB where a `maximum` is; `maximum` bytes, up to 4 GiB, which is
   *   the default; both are rounded up to 64 KiB. `shared` makes one that other threads can see
   * @throws `RangeError` if a number cannot be, or the engine has no addresses left
   * @example
   * ```ts
   * import { Memory } from "@alloc/core";
   *
   * Memory.linear({ initial: 100_000 }).byteLength; // => 131072
   * ```
   */
  static linear(options: { initial?: number; maximum?: number; shared?: boolean } = {}): Memory {
    const maximum = alignUp(checkBytes("maximum", options.maximum ?? LIMIT, 1), PAGE);
    const initial = alignUp(
      checkBytes("initial", options.initial ?? (options.maximum ? PAGE : INITIAL), 1, maximum),
      PAGE,
    );
    const pages = { initial: initial / PAGE, maximum: maximum / PAGE, shared: options.shared === true };
    return new Memory(new WebAssembly.Memory(pages), 0, initial, maximum);
  }

  /**
   * Makes a memory over bytes that exist. Of an ArrayBuffer or SharedArrayBuffer all of them may be handed out unless said
   * otherwise. Of a WebAssembly memory only what is named, and what {@link grow} adds: the data and stack of the guest that
   * lives there are safe.
   *
   * @param target - the buffer, or the memory of a guest
   * @param range - `from`: the first byte that may be handed out; `to`: the one behind the last, the present end unless
   *   said. For a WebAssembly memory with neither, nothing but what {@link grow} adds
   * @throws `RangeError` if the range does not lie in the target
   * @example
   * ```ts
   * import { Memory } from "@alloc/core";
   *
   * const guest = new WebAssembly.Memory({ initial: 17 });
   * const memory = Memory.over(guest, { from: 1024 * 1024 }); // what lies below is the guest's
   * memory.to - memory.from; // => 65536
   * ```
   */
  static over(target: ArrayBufferLike | WebAssembly.Memory, range: { from?: number; to?: number } = {}): Memory {
    const isWasm = "buffer" in target;
    const length = bufferOf(target)!.byteLength;
    const to = checkBytes("to", range.to ?? length, 0, length);
    const from = checkBytes("from", range.from ?? (isWasm ? to : 0), 0, to);
    const { maxByteLength = length } = target as { maxByteLength?: number };
    return new Memory(target, from, to, isWasm ? LIMIT : maxByteLength);
  }

  /**
   * Makes an address space without bytes of its own: offsets into a GPU buffer, a file, a database.
   *
   * @param bytes - its length, an integer from 1 to 2 ** 32
   * @param hooks - how to copy and fill there. Without them a grow that has to move and every zeroing throws
   *   MisuseError("no-bytes")
   * @throws `RangeError` if `bytes` cannot be
   * @example
   * ```ts
   * import { Memory } from "@alloc/core";
   *
   * Memory.virtual(2 ** 32).hasBytes; // => false
   * ```
   */
  static virtual(bytes: number, hooks?: ByteHooks): Memory {
    return new Memory(undefined, 0, checkBytes("bytes", bytes, 1), bytes, hooks);
  }

  /**
   * Makes an array for the bookkeeping of an allocator, filled with zeros. It is shared when the memory is, and then has
   * its full length from the start, since other threads hold it.
   *
   * @param Type - `Int32Array`, …
   * @param length - elements for now
   * @param most - elements that will ever be needed; `length` unless said
   */
  words<V extends ArrayView>(Type: ArrayType<V>, length: number, most: number = length): V {
    return this.shared ? new Type(new SharedArrayBuffer(most * Type.BYTES_PER_ELEMENT)) : new Type(length);
  }

  /**
   * Answers `words` if they are `length` elements long, and otherwise a copy of at least twice their length.
   */
  widen<V extends ArrayView>(words: V, length: number): V {
    if (words.length >= length) return words;
    const wider = this.words(words.constructor as ArrayType<V>, Math.max(length, 2 * words.length));
    (wider as Uint8Array).set(words as Uint8Array);
    return wider;
  }

  /**
   * Adds bytes at the end. They belong to whoever asked: `pages` asks for its allocators. What is added need not adjoin what
   * was added before, since a guest may grow its memory too. Every view becomes stale.
   *
   * @param bytes - an integer from 1; rounded up to a multiple of 64 KiB
   * @returns the address of the first byte added, or NULL if the memory cannot grow so far
   * @throws `RangeError` if `bytes` cannot be
   */
  grow(bytes: number): Ptr | Null {
    checkBytes("bytes", bytes, 1);
    const wasm = this.source;
    if (wasm === undefined || !("buffer" in wasm)) return NULL;
    const end = this.byteLength;
    // An empty memory grows by one page more: its first address is NULL.
    const added = alignUp(Math.max(end, PAGE) + bytes, PAGE) - end;
    if (end + added > this.maximum) return NULL;
    try {
      // Another thread may have grown it since, so the answer counts, not `end`.
      return Math.max(wasm.grow(added / PAGE) * PAGE, PAGE) as Ptr;
    } catch {
      return NULL;
    }
  }
}

/** Answers `bytes` if it is an integer from `least` to `most`, or throws. */
function checkBytes(name: string, bytes: number, least: number, most = LIMIT): number {
  if (Number.isInteger(bytes) && bytes >= least && bytes <= most) return bytes;
  throw new RangeError(`${name} must be an integer from ${least} to ${most} bytes, came ${bytes}`);
}
