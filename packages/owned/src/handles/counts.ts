/**
 * Counts: the reference counts of a block, stored in front of the value.
 *
 *     0        4        8        12         16
 *     │ strong │ weak   │ state  │░░│ value │             of an Rc: state counts its borrows
 *     │ strong │ weak   │ state  │ links  │░░│ value │    of an Arc: state counts its messages in transit
 *
 * The last strong share drops the value. The last weak share releases the block, so a Weak can always read the counts. All strong
 * shares together hold one weak share; the last reference of all brings it to 0. An increment that would overflow is undone and
 * throws.
 *
 * No operation waits. Each is a single atomic step, so a thread terminated between two steps leaves a share that is never
 * released, but blocks no other thread. Only the question whether a thread is the sole owner needs two words at once:
 *
 *     links ─▶ weak is 1? ─▶ strong is 1? ─▶ links as before?
 *
 * Another owner missed by both reads held a strong share during the first and only a Weak during the second. It made the Weak in
 * between, which increments `links` before the strong share can go.
 *
 * @module
 */
import type { Ptr } from "@alloc/core";
import { OwnedError } from "../errors.ts";
import type { Window } from "../values/window.ts";

/** Indices of the words. */
export const STRONG = 0;
export const WEAK = 1;
export const STATE = 2;
const LINKS = 3;

/** Operations on the counts: plain for one thread, atomic for several. */
export interface Counts {
  /** Size of the words, in bytes. */
  readonly header: number;
  get(window: Window, block: Ptr, word: number): number;
  /** Adds to a word and returns the result. */
  add(window: Window, block: Ptr, word: number, by: number): number;
  /** Sets a word to `to` if it equals `from`; returns whether it did. */
  swap(window: Window, block: Ptr, word: number, from: number, to: number): boolean;
  /** Adds a weak share, while the caller holds a strong one. */
  link(window: Window, block: Ptr): void;
  /** Returns whether there is exactly one strong share and no Weak. */
  isUnique(window: Window, block: Ptr): boolean;
}

/** Returns the words of the memory. Throws where the memory has become shorter: the words of the block are not there. */
function wordsOf(window: Window, block: Ptr): Int32Array {
  if (window.i32[(block >>> 2) + STATE] === undefined) window.renew(block, 4 * (STATE + 1));
  return window.i32;
}

export const PLAIN: Counts = {
  header: 12,
  get: (window, block, word) => wordsOf(window, block)[(block >>> 2) + word]!,
  add(window, block, word, by) {
    const words = wordsOf(window, block);
    words[(block >>> 2) + word]! += by;
    return words[(block >>> 2) + word]!;
  },
  swap(window, block, word, from, to) {
    const words = wordsOf(window, block);
    if (words[(block >>> 2) + word] !== from) return false;
    words[(block >>> 2) + word] = to;
    return true;
  },
  link: (window, block) => retain(PLAIN, window, block, WEAK),
  isUnique: (window, block) => PLAIN.get(window, block, WEAK) === 1 && PLAIN.get(window, block, STRONG) === 1,
};

export const ATOMIC: Counts = {
  header: 16,
  get: (window, block, word) => Atomics.load(wordsOf(window, block), (block >>> 2) + word),
  add: (window, block, word, by) => (Atomics.add(wordsOf(window, block), (block >>> 2) + word, by) + by) | 0,
  swap: (window, block, word, from, to) =>
    Atomics.compareExchange(wordsOf(window, block), (block >>> 2) + word, from, to) === from,
  link(window, block) {
    retain(ATOMIC, window, block, WEAK);
    Atomics.add(wordsOf(window, block), (block >>> 2) + LINKS, 1);
  },
  isUnique(window, block) {
    const links = ATOMIC.get(window, block, LINKS);
    return (
      ATOMIC.get(window, block, WEAK) === 1 &&
      ATOMIC.get(window, block, STRONG) === 1 &&
      ATOMIC.get(window, block, LINKS) === links
    );
  },
};

/** Initialises the words of a new block: one strong share. `links` is compared with itself alone, and may start anywhere. */
export function begin(window: Window, block: Ptr): void {
  const words = wordsOf(window, block);
  const first = block >>> 2;
  words[first + STRONG] = 1;
  words[first + WEAK] = 1;
  words[first + STATE] = 0;
}

/**
 * Adds a share, while there is at least one. An increment that overflows is undone at once; until then other threads read a very
 * large count.
 *
 * @throws `OwnedError` with code `count` if the word would overflow; then nothing has changed
 */
export function retain(counts: Counts, window: Window, block: Ptr, word: number): void {
  if (counts.add(window, block, word, 1) > 0) return;
  counts.add(window, block, word, -1);
  throw full();
}

/** Adds a strong share if there still is one; returns whether there was. @throws as `retain` */
export function revive(counts: Counts, window: Window, block: Ptr): boolean {
  for (;;) {
    const strong = counts.get(window, block, STRONG);
    if (strong === 0) return false;
    if (strong < 0 || strong === 2 ** 31 - 1) throw full();
    if (counts.swap(window, block, STRONG, strong, strong + 1)) return true;
  }
}

function full(): OwnedError {
  return new OwnedError("count", "a value can have at most 2 ** 31 - 1 owners or Weaks; nothing was counted");
}
