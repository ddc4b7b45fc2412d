/**
 * Book: all words of a shared memory, in a second memory that never grows.
 *
 *     bytes   0            1 KiB                                                               end
 *             │ reserved   │ top  heads │ words │ words │ freed │ words │ … │┈┈┈ untouched ┈┈┈│
 *                              └── by size ────────────────┘
 *
 * So words are a place: a type, an offset and a length. It means the same in every thread, and other words can hold it. An octave has
 * 16 sizes of places; freed ones are linked by their first word. Heads and top are written last: a thread that ends in the middle has lost
 * one place at most.
 *
 * @module
 */
import { type Source, sharedBytes, type WebAssemblyMemory } from "./buffers.ts";
import type { ArrayType, ArrayView } from "./views.ts";

/** What lets one thread at a time into a memory. */
export interface Gate {
  /** Waits, and enters. Returns whether it entered: false if this thread is inside already. */
  enter(): boolean;
  /** Lets the next one in. Called once for each `enter` that returned true. */
  leave(): void;
}

/** The words of a shared memory. For authors of what threads share. */
export interface Book {
  /** What is posted. */
  readonly source: WebAssemblyMemory | SharedArrayBuffer;
  /** All of it. The first 256 words are of @alloc/shared. */
  readonly words: Int32Array;
  /** What the calls pass that take and free words, if anything. */
  gate: Gate | undefined;
}

/** The number of words for @alloc/shared. */
export const RESERVED = 256;
/** The word after them: the end of the places so far, in units. */
const TOP = RESERVED;
/** The words after that: the first freed place of each size, in units, or 0. */
const HEADS = TOP + 1;
/** Bytes of a unit, and words before the first place: sizes have at most 432 heads. */
const UNIT = 8;
const FIRST_WORD = 768;
/** The word before that: how often allocators have changed their children, which each thread makes for itself. */
export const CHANGES = FIRST_WORD - 1;
const PAGE = 65536;
/** Words that are cleared together. */
const STEP = 1024;
/** In smaller memories the book is no WebAssembly memory: engines reserve gigabytes of addresses for each. */
const SMALL = 2 ** 24;

/**
 * Makes the book of a memory.
 *
 * @param bytes - rounded up to 64 KiB
 * @throws `RangeError` if the host has no addresses left for it
 */
export function newBook(memory: { source: Source; maximum: number }, bytes: number): Book {
  const pages = Math.ceil(bytes / PAGE);
  if (memory.maximum < SMALL) return bookOn(sharedBytes(memory, pages * PAGE));
  try {
    return bookOn(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
  } catch {
    return bookOn(sharedBytes(memory, pages * PAGE));
  }
}

/** Opens a book that exists. */
export function bookOn(source: Book["source"]): Book {
  const words = new Int32Array("buffer" in source ? (source.buffer as SharedArrayBuffer) : source);
  return { source, words, gate: undefined };
}

/** Returns the units of a place for so many bytes, and the word of the first freed one of this size. */
export function sizeOf(bytes: number): [units: number, head: number] {
  const least = Math.max(1, Math.ceil(bytes / UNIT));
  const shift = Math.max(0, 27 - Math.clz32(least));
  const units = Math.ceil(least / 2 ** shift) * 2 ** shift;
  // Rounded up, it may be the least size of the next octave, which has the next number too.
  return [units, HEADS + 16 * shift + units / 2 ** shift];
}

/**
 * Takes words, filled with zeros.
 *
 * @returns undefined if the book is full, but only this thread uses it
 * @throws `RangeError` if the book is full
 */
export function takeWords<V extends ArrayView>(
  { words, gate }: Book,
  Type: ArrayType<V>,
  length: number,
): V | undefined {
  const [units, head] = sizeOf(length * Type.BYTES_PER_ELEMENT);
  const isEntered = gate?.enter() === true;
  try {
    let at = words[head] ?? 0;
    if (at !== 0) {
      words[head] = words[2 * at]!;
      clear(words.subarray(2 * at, 2 * (at + units)));
    } else {
      at = words[TOP]! || FIRST_WORD / 2;
      if (2 * (at + units) > words.length) {
        if (gate === undefined) return undefined;
        const all = `the words of this memory are used up (${words.byteLength} bytes)`;
        throw new RangeError(`${all}: ask for more with Memory.linear({ shared: true, words })`);
      }
      words[TOP] = at + units;
    }
    return new Type(words.buffer, UNIT * at, length);
  } finally {
    if (isEntered) gate!.leave();
  }
}

/** Clears words, but leaves those alone that are 0: pages that were never written to cost nothing. */
function clear(words: Int32Array): void {
  for (let at = 0; at < words.length; at += STEP) {
    const some = words.subarray(at, at + STEP);
    if (some.some((word) => word !== 0)) some.fill(0);
  }
}

/** Frees words that {@link takeWords} returned. They may be handed out again at once. */
export function freeWords({ words, gate }: Book, { byteOffset, byteLength }: ArrayView): void {
  const [, head] = sizeOf(byteLength);
  const isEntered = gate?.enter() === true;
  words[byteOffset / 4] = words[head]!;
  words[head] = byteOffset / UNIT;
  if (isEntered) gate!.leave();
}

/** Returns the bytes of a book that are in use: those before the first place, and all places that are not freed. */
export function bytesUsed({ words }: Book): number {
  let used = words[TOP]! || FIRST_WORD / 2;
  for (let head = HEADS; head < CHANGES; head++) {
    for (let at = words[head]!; at !== 0; at = words[2 * at]!) used -= unitsOf(head);
  }
  return UNIT * used;
}

/** Returns the units of the places that a head leads to. */
function unitsOf(head: number): number {
  const number = head - HEADS;
  const shift = Math.max(0, (number >> 4) - 1);
  return (number - 16 * shift) * 2 ** shift;
}
