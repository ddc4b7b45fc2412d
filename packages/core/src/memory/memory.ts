/**
 * Memory: one address space of up to 4 GiB, with or without bytes.
 *
 *     0      16                                          byteLength        maximum ≤ 4 GiB
 *     ├ NULL ┤├───── blocks, handed out by allocators ───┤┈┈ grow(bytes) ┈┈┤
 *
 *     kind      over                               grows                            bytes
 *     linear    its own WebAssembly.Memory         by 64 KiB                        yes
 *     over      a guest's memory, or a buffer      a guest's or a resizable buffer  yes
 *     virtual   nothing: addresses only            no                               none, or through two hooks
 *
 * @module
 */
import { alignDown, alignUp } from "../base/align.ts";
import { requireFlag, requireFunction, requireOptions } from "../base/arguments.ts";
import { ArgumentError, MisuseError } from "../base/errors.ts";
import { hide } from "../base/hide.ts";
import { NULL, type Null, type Ptr } from "../values/ptr.ts";
import { Access } from "./access.ts";
import { type Book, newBook, takeWords } from "./book.ts";
import { checkWhole, LIMIT } from "./bounds.ts";
import {
  type ByteHooks,
  brandOf,
  bufferOf,
  growPages,
  isNamed,
  lengthen,
  requireAttached,
  requireTarget,
  type Source,
  sharedBytes,
  type WebAssemblyMemory,
} from "./buffers.ts";
import type { LinearOptions, Range, VirtualOptions } from "./options.ts";
import type { SharedMemory } from "./shared.ts";
import { type ArrayType, type ArrayView, nameOfView } from "./views.ts";

/** A WebAssembly memory grows by multiples of this many bytes. */
export const PAGE = 65536;
/**
 * Initial bytes of a linear memory. Growing detaches its views, and engines then check every access to any typed array of the
 * program, so the default is large. Untouched pages cost nothing.
 */
const INITIAL = 2 ** 26;

/**
 * The default maximum of a shared memory, and its initial bytes up to there: growth need not be told to other threads then, and
 * untouched pages cost nothing either.
 */
const SHARED = 2 ** 30;
/** The least bytes of a book. */
const LEAST_WORDS = 2 ** 24;

/** The first address that is ever handed out. Keeps blocks apart from NULL. */
export const FIRST = 16;

/** An address space of up to 4 GiB. Make one with `linear`, `over` or `virtual`. */
export class Memory extends Access {
  /** The first byte that `pages` may hand out initially. */
  readonly from: number;
  /** The end of the bytes that `pages` may hand out initially, exclusive. */
  readonly to: number;
  /** @internal An upper bound of its length, by which `pages` chooses its granule. */
  readonly extent!: number;
  /** @internal The words of a shared memory, made on first use; those of a copy of the parts exist. */
  book!: Book | undefined;
  /** @internal The bytes of the book that is made; 0 in bytes that another thread may have posted. */
  mostWords!: number;

  private constructor(source: Source, from: number, to: number, maximum: number, extent: number, hooks?: ByteHooks) {
    super(source, source === undefined ? from : 0, maximum, hooks);
    this.from = from;
    this.to = to;
    hide(this, { extent, book: undefined, mostWords: 0 });
  }

  /** @internal Whether it grows by pages of 64 KiB, as WebAssembly memories do. */
  get growsByPages(): boolean {
    return this.source !== undefined && "buffer" in this.source;
  }

  /**
   * Makes a memory over a new WebAssembly memory. Up to `maximum` only addresses are reserved; untouched pages cost nothing.
   *
   * @param options - `initial`, `maximum`, `shared`, and how many `words` allocators may take in a shared one
   * @throws {@link ArgumentError} if a number is out of bounds; `RangeError` if the host has no addresses left or no WebAssembly; `cause` is then
   *   the engine's error
   * @example
   * ```ts
   * import { Memory } from "@alloc/core";
   *
   * Memory.linear({ initial: 100_000 }).byteLength; // => 131072
   * ```
   */
  static linear<S extends boolean = false>(options: LinearOptions<S> = {}): [S] extends [true] ? SharedMemory : Memory {
    requireOptions("Memory.linear({ initial, maximum, shared, words })", options, [
      "initial",
      "maximum",
      "shared",
      "words",
    ]);
    requireFlag("Memory.linear({ shared: true })", "shared", options.shared);
    const most = alignUp(checkWhole("maximum", options.maximum ?? (options.shared ? SHARED : LIMIT), 1), PAGE);
    const fallback = options.shared ? Math.min(most, SHARED) : options.maximum === undefined ? INITIAL : PAGE;
    const initial = alignUp(checkWhole("initial", options.initial ?? fallback, 1, most), PAGE);
    const least = options.maximum !== undefined ? most : options.initial !== undefined ? initial : PAGE;
    let cause: unknown;
    for (let maximum = most; maximum >= least; maximum /= 2) {
      const start = Math.min(initial, maximum);
      try {
        const pages = { initial: start / PAGE, maximum: maximum / PAGE, shared: options.shared === true };
        const memory = new Memory(new WebAssembly.Memory(pages), 0, start, maximum, maximum);
        memory.mostWords = bytesOfWords(options.words, maximum);
        return memory as SharedMemory;
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
   * Makes a memory over existing bytes. By default, all bytes of an ArrayBuffer or SharedArrayBuffer may be handed out. Of a
   * WebAssembly memory, only the given range and the bytes that {@link grow} adds are used, so the data and stack of a guest in
   * it are safe. Its malloc is not: it may claim everything behind its break, including the bytes that `grow` added here. With
   * such a guest use `fromMalloc`, or pass a block of its malloc as the range. Threads know nothing of each other's heaps: of
   * shared bytes, each may only allocate in a range of its own, which it claims with `owner`.
   *
   * @param target - the buffer, or the memory of a guest, of any realm. A memory64 is used below 4 GiB
   * @param range - the part that may be handed out
   * @throws {@link ArgumentError} if the range does not lie in the target, or the target is anything else, such as a typed
   *   array; {@link MisuseError} `detached` if the buffer was transferred away
   * @example
   * ```ts
   * import { Memory } from "@alloc/core";
   *
   * const guest = new WebAssembly.Memory({ initial: 17 });
   * const memory = Memory.over(guest, { from: 1024 * 1024 }); // the guest keeps the bytes below
   * memory.to - memory.from; // => 65536
   * ```
   */
  static over<T extends ArrayBufferLike | WebAssemblyMemory>(
    target: T,
    range: Range = {},
  ): [T] extends [SharedArrayBuffer] ? SharedMemory : Memory {
    requireTarget(target);
    requireOptions("Memory.over(buffer, { from, to, maximum })", range, ["from", "to", "maximum", "owner", "words"]);
    requireFlag("Memory.over(buffer, { owner: true })", "owner", range.owner);
    const isWasm = "buffer" in target;
    const buffer = bufferOf(target)!;
    if (buffer.byteLength === 0) requireAttached(buffer);
    const length = Math.min(buffer.byteLength, LIMIT);
    const to = checkWhole("to", range.to ?? length, 0, length);
    const from = checkWhole("from", range.from ?? (isWasm ? to : 0), 0, to);
    const { maxByteLength = length } = target as { maxByteLength?: number };
    const most = Math.min(isWasm ? LIMIT : maxByteLength, LIMIT);
    const named = checkWhole("maximum", range.maximum ?? most, length, most);
    const maximum = isWasm ? alignDown(named, PAGE) : named;
    // The words of a shared memory are made at their full length.
    const isOpen = isWasm && range.maximum === undefined && brandOf(buffer) === "ArrayBuffer";
    const memory = new Memory(target, from, to, maximum, isOpen ? length : maximum);
    memory.mostWords = range.owner === true ? bytesOfWords(range.words, maximum) : 0;
    return memory as SharedMemory;
  }

  /**
   * Makes an address space without bytes: offsets into a GPU buffer, a file, a database.
   *
   * @param bytes - its length, an integer from 1; `base + bytes` is at most 2 ** 32
   * @param options - `base`: the lowest address; with a base of 65536, every offset can be handed out as `ptr - 65536`. `copy`
   *   and `fill`, both or neither: move and fill bytes there. Without them, zeroing and any grow that has to move throw
   *   MisuseError("no-bytes")
   * @throws {@link ArgumentError} if `bytes` or `base` is out of bounds, or only one hook is given
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
    requireOptions("Memory.virtual(bytes, { base })", options, ["base", "copy", "fill"]);
    const { base = 0, copy, fill } = options;
    checkWhole("bytes", bytes, 1);
    checkWhole("base", base, 0, LIMIT - bytes);
    if ((copy === undefined) !== (fill === undefined)) {
      throw new ArgumentError(`Memory.virtual expects copy and fill, or neither: ${copy ? "fill" : "copy"} is missing`);
    }
    if (copy === undefined || fill === undefined) return new Memory(undefined, base, base + bytes, base + bytes, bytes);
    for (const hook of [copy, fill]) {
      requireFunction("Memory.virtual(bytes, { copy(to, from, count) { … }, fill(ptr, count, value) { … } })", hook);
    }
    return new Memory(undefined, base, base + bytes, base + bytes, bytes, {
      copy: (to, from, count) => copy.call(options, to, from, count),
      fill: (ptr, count, value) => fill.call(options, ptr, count, value),
    });
  }

  /**
   * Makes a typed array for an allocator's bookkeeping, filled with zeros. It is shared if the memory is, and then has its full
   * length from the start, because other threads hold it.
   *
   * @param Type - `Int32Array`, …
   * @param length - initial elements
   * @param most - the largest number of elements. Default: `length`
   * @throws {@link MisuseError} `unattached` if another thread may allocate in the memory; `RangeError` if threads share the words of the
   *   memory, and these are used up, or if the host has no addresses left for them; `cause` is then the engine's own
   */
  words<V extends ArrayView>(Type: ArrayType<V>, length: number, most: number = length): V {
    nameOfView(Type);
    checkWhole("length", length, 0, LIMIT, "elements");
    checkWhole("most", most, 0, LIMIT, "elements");
    if (!this.shared) return new Type(length);
    // Words of a memory that only this thread uses may lie anywhere. They have no place, so no handle can be made of their allocator.
    return takeWords(this.openBook(), Type, most) ?? new Type(sharedBytes(this, most * Type.BYTES_PER_ELEMENT));
  }

  /** @internal Returns the book of a shared memory. */
  openBook(): Book {
    this.book ??= this.mostWords > 0 ? newBook(this, this.mostWords) : refuseUnattached();
    return this.book;
  }

  /**
   * Returns `words` if it has at least `length` elements, otherwise a copy of at least twice its length.
   *
   * @throws {@link MisuseError} `shared-words` if threads share them: others would keep the old ones
   */
  widen<V extends ArrayView>(words: V, length: number): V {
    if (words?.length >= length) return words;
    nameOfView(words?.constructor as ArrayType<V>);
    checkWhole("length", length, 0, LIMIT, "elements");
    if (this.book?.gate !== undefined) {
      const why = "these words are shared and may not be replaced: this allocator needs a bound";
      throw new MisuseError("shared-words", `${why} (got ${words.length} elements, asked for ${length})`);
    }
    const wider = this.words(words.constructor as ArrayType<V>, Math.max(length, 2 * words.length));
    (wider as Uint8Array).set(words as Uint8Array);
    return wider;
  }

  /**
   * Adds bytes at the end. They belong to the caller; `pages` calls it for its allocators. Added bytes need not adjoin earlier
   * ones, because a guest may grow its memory too. Every view becomes stale.
   *
   * @param bytes - an integer from 1; rounded up to a multiple of 64 KiB in a WebAssembly memory
   * @returns the address of the first added byte, or NULL if the memory cannot grow that far
   * @throws {@link ArgumentError} if `bytes` is out of bounds
   */
  grow(bytes: number): Ptr | Null {
    checkWhole("bytes", bytes, 1);
    const { source } = this;
    if (source === undefined) return NULL;
    const end = this.byteLength;
    const start = Math.max(end, FIRST);
    const added = alignUp(start + bytes - end, "buffer" in source ? PAGE : 1);
    if (end + added > this.maximum) return NULL;
    try {
      // Another thread may have grown a WebAssembly memory, so use the returned length instead of `end`.
      if ("buffer" in source) return Math.max(growPages(source, added / PAGE) * PAGE, FIRST) as Ptr;
      lengthen(source, end + added);
      return start as Ptr;
    } catch (error) {
      if (isNamed(error, "RangeError")) return NULL;
      throw error;
    }
  }
}

/** Returns the bytes of a book: those of the memory, and more for a small one, because some words have the same size in all. */
function bytesOfWords(wanted: number | undefined, maximum: number): number {
  return checkWhole("words", wanted ?? Math.max(LEAST_WORDS, maximum), 1);
}

/** Throws for bytes that another thread may have posted. */
function refuseUnattached(): never {
  throw new MisuseError(
    "unattached",
    "this memory is shared, and another thread may allocate in it: attach a handle of that thread, by attach(handle, kinds) of @alloc/shared; or write Memory.over(buffer, { owner: true }) in the one thread that starts",
  );
}
