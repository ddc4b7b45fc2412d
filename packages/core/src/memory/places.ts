/**
 * Places: words of a shared memory as numbers, which every thread can read.
 *
 *     Int32Array of 9 elements   ◀──▶   { type: "Int32Array", at: 3072, length: 9 }
 *
 * @module
 */
import { ArgumentError } from "../base/errors.ts";
import { bytesUsed, freeWords } from "./book.ts";
import type { Memory } from "./memory.ts";
import { type ArrayType, type ArrayView, isArrayType } from "./views.ts";

/** Words in the book of a memory. */
export interface Place {
  /** The name of their type: `"Int32Array"`. */
  readonly type: string;
  /** Where they start, in bytes. */
  readonly at: number;
  /** Elements. */
  readonly length: number;
}

/**
 * Returns the place of words. For authors of what threads share.
 *
 * @throws {@link ArgumentError} if they lie elsewhere: other threads cannot see them
 * @example
 * ```ts
 * import { Memory } from "@alloc/core";
 * import { placeOf, wordsAt } from "@alloc/core/author";
 *
 * const memory = Memory.linear({ shared: true, maximum: 2 ** 20 });
 * const words = memory.words(Int32Array, 9);
 * wordsAt(memory, placeOf(memory, words))[0] = 5;
 * words[0]; // => 5
 * ```
 */
export function placeOf(memory: Memory, words: ArrayView): Place {
  if (memory.book === undefined || words.buffer !== memory.book.words.buffer) {
    throw new ArgumentError("placeOf expects words of this memory, got others: make them with memory.words");
  }
  return { type: words.constructor.name, at: words.byteOffset, length: words.length };
}

/**
 * Returns the words at a place. For authors of what threads share.
 *
 * @throws {@link ArgumentError} if it is none in this memory
 */
export function wordsAt(memory: Memory, { type, at, length }: Place): ArrayView {
  const Type = (globalThis as unknown as Record<string, ArrayType>)[type];
  try {
    // The constructor refuses an offset that is not aligned, and a range that leaves the buffer.
    if (isArrayType(Type) && Number.isInteger(at) && Number.isInteger(length)) {
      return new Type(memory.openBook().words.buffer, at, length);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new ArgumentError(
    `wordsAt expects a place in the words of this memory, got ${type} at ${at} of ${length} elements`,
  );
}

/**
 * Gives words back that no allocator uses any more: `close` does it last. They may be handed out again at once. Words of this thread alone
 * are left to the garbage collector. For authors.
 *
 * @param all - as `memory.words` returned them
 */
export function recycle(memory: Memory, ...all: readonly ArrayView[]): void {
  const { book } = memory;
  if (book === undefined) return;
  for (const words of all) if (words.buffer === book.words.buffer) freeWords(book, words);
}

/**
 * Returns whether several threads allocate in a memory, one at a time. Words must stay what they are then: `widen` throws. For authors of
 * allocators whose words have a bound that is not large enough for everything.
 */
export function isGated(memory: Memory): boolean {
  return memory.book?.gate !== undefined;
}

/** Returns the bytes of words that are in use in a shared memory. For authors: tests of what gives its words back. */
export function bytesOfBook(memory: Memory): number {
  return bytesUsed(memory.openBook());
}
