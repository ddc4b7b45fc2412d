/**
 * Parts: what another thread needs to make the same memory.
 *
 *     source │ from │ to │ maximum │ extent      the object that is posted, and the numbers that the sizes of words follow from
 *
 * Two memories with equal parts have equal granules, word sizes and usable sizes. One made by hand over a posted source has not: its
 * `from`, `to` and `maximum` are those of the source when it arrives.
 *
 * @module
 */
import { ArgumentError } from "../base/errors.ts";
import { realm } from "../chain/realm.ts";
import { type Book, bookOn } from "../memory/book.ts";
import { requireTarget, type WebAssemblyMemory } from "../memory/buffers.ts";
import { Memory } from "../memory/memory.ts";

/** A memory as plain data. Posting it shares a shared source and copies another buffer. */
export interface MemoryParts {
  /** The object under the memory. */
  readonly source: WebAssemblyMemory | ArrayBufferLike;
  /** See {@link Memory.from}. */
  readonly from: number;
  /** See {@link Memory.to}. */
  readonly to: number;
  /** See {@link Memory.maximum}. */
  readonly maximum: number;
  /** Bytes: what its granule follows from. */
  readonly extent: number;
  /** Where the words are, if threads share them. */
  readonly book?: WebAssemblyMemory | SharedArrayBuffer | undefined;
}

/** The constructor, which programs do not call. */
type MemoryClass = new (
  source: MemoryParts["source"],
  from: number,
  to: number,
  maximum: number,
  extent: number,
) => Memory;

/** The words of a book that identify it in every thread, at random. */
const ID = [1, 2, 3, 4];

/**
 * Returns the parts of a memory. For authors of what posts or saves a chain.
 *
 * @throws {@link ArgumentError} for a virtual memory; {@link MisuseError} `unattached` for shared bytes in which another thread may allocate
 */
export function partsOf(memory: Memory): MemoryParts {
  const { source, from, to, maximum, extent } = memory;
  if (source === undefined) throw new ArgumentError("partsOf expects a memory with bytes, got a virtual one");
  if (!memory.shared) return { source, from, to, maximum, extent };
  const book = memory.openBook();
  if (idOf(book) === undefined) {
    const random = crypto.getRandomValues(new Int32Array(ID.length));
    for (const [index, at] of ID.entries()) book.words[at] = random[index]! | 1;
  }
  known().set(idOf(book)!, new WeakRef(memory));
  return { source, from, to, maximum, extent, book: book.source };
}

/**
 * Makes a memory of the parts of another one: over the same bytes and words if they are shared, otherwise over a copy. A shared memory
 * is made once per realm, however often its parts arrive. For authors.
 *
 * @throws {@link ArgumentError} if no memory has such parts
 * @example
 * ```ts
 * import { Memory, pages } from "@alloc/core";
 * import { fromParts, partsOf } from "@alloc/core/author";
 *
 * const memory = Memory.over(new ArrayBuffer(2 ** 20), { from: 4096 });
 * const copy = fromParts(structuredClone(partsOf(memory)));
 * [copy.from, copy.maximum]; // => [4096, 1048576]
 * ```
 */
export function fromParts({ source, from, to, maximum, extent, book: posted }: MemoryParts): Memory {
  requireTarget(source);
  if (posted !== undefined) requireTarget(posted);
  const numbers = [0, from, to, maximum, 2 ** 32];
  const isRight = numbers.every((at, index) => Number.isInteger(at) && at >= (numbers[index - 1] ?? 0));
  if (!isRight || !Number.isInteger(extent) || extent < 0 || extent > maximum) {
    throw new ArgumentError(
      `fromParts expects 0 ≤ from ≤ to ≤ maximum ≤ 4 GiB and an extent up to the maximum, got ${from}, ${to}, ${maximum} and ${extent}`,
    );
  }
  const book = posted && bookOn(posted);
  const id = book && idOf(book);
  const first = id === undefined ? undefined : known().get(id)?.deref();
  if (first !== undefined) return first;
  const memory = new (Memory as unknown as MemoryClass)(source, from, to, maximum, extent);
  memory.book = book;
  if (id !== undefined) known().set(id, new WeakRef(memory));
  return memory;
}

/** Returns the text that identifies a book; `undefined` if it has none yet. */
function idOf({ words }: Book): string | undefined {
  const id = ID.map((at) => words[at]);
  return id.includes(0) ? undefined : String(id);
}

/** Returns the shared memories of this realm: a posted object is another object each time. */
function known(): Map<string, WeakRef<Memory>> {
  const home = realm();
  home.memories ??= new Map();
  return home.memories;
}
