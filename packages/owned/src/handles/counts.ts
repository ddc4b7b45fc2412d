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
import type { Memory, Ptr } from "@alloc/core";
import { OwnedError } from "../errors.ts";

/** Indices of the words. */
export const STRONG = 0;
export const WEAK = 1;
export const STATE = 2;
const LINKS = 3;

/** Operations on the counts: plain for one thread, atomic for several. */
export interface Counts {
  /** Size of the words, in bytes. */
  readonly header: number;
  get(memory: Memory, block: Ptr, word: number): number;
  /** Adds to a word and returns the result. */
  add(memory: Memory, block: Ptr, word: number, by: number): number;
  /** Sets a word to `to` if it equals `from`; returns whether it did. */
  swap(memory: Memory, block: Ptr, word: number, from: number, to: number): boolean;
  /** Adds a weak share, while the caller holds a strong one. */
  link(memory: Memory, block: Ptr): void;
  /** Returns whether there is exactly one strong share and no Weak. */
  isUnique(memory: Memory, block: Ptr): boolean;
}

export const PLAIN: Counts = {
  header: 12,
  get: (memory, block, word) => memory.i32[block / 4 + word] ?? beyond(memory, block, word),
  add(memory, block, word, by) {
    const { i32 } = memory;
    i32[block / 4 + word]! += by;
    return i32[block / 4 + word] ?? beyond(memory, block, word);
  },
  swap(memory, block, word, from, to) {
    const { i32 } = memory;
    if ((i32[block / 4 + word] ?? beyond(memory, block, word)) !== from) return false;
    i32[block / 4 + word] = to;
    return true;
  },
  link: (memory, block) => retain(PLAIN, memory, block, WEAK),
  isUnique: (memory, block) => PLAIN.get(memory, block, WEAK) === 1 && PLAIN.get(memory, block, STRONG) === 1,
};

export const ATOMIC: Counts = {
  header: 16,
  get: (memory, block, word) => Atomics.load(memory.i32, block / 4 + word),
  add: (memory, block, word, by) => (Atomics.add(memory.i32, block / 4 + word, by) + by) | 0,
  swap: (memory, block, word, from, to) => Atomics.compareExchange(memory.i32, block / 4 + word, from, to) === from,
  link(memory, block) {
    retain(ATOMIC, memory, block, WEAK);
    Atomics.add(memory.i32, block / 4 + LINKS, 1);
  },
  isUnique(memory, block) {
    const links = ATOMIC.get(memory, block, LINKS);
    return (
      ATOMIC.get(memory, block, WEAK) === 1 &&
      ATOMIC.get(memory, block, STRONG) === 1 &&
      ATOMIC.get(memory, block, LINKS) === links
    );
  },
};

/** Initialises the words of a new block: one strong share. */
export function begin({ header }: Counts, memory: Memory, block: Ptr): void {
  memory.fill(block, header);
  const { i32 } = memory;
  i32[block / 4 + STRONG] = 1;
  i32[block / 4 + WEAK] = 1;
}

/**
 * Adds a share, while there is at least one. An increment that overflows is undone at once; until then other threads read a very
 * large count.
 *
 * @throws `OwnedError` with code `count` if the word would overflow; then nothing has changed
 */
export function retain(counts: Counts, memory: Memory, block: Ptr, word: number): void {
  if (counts.add(memory, block, word, 1) > 0) return;
  counts.add(memory, block, word, -1);
  throw full();
}

/** Adds a strong share if there still is one; returns whether there was. @throws as `retain` */
export function revive(counts: Counts, memory: Memory, block: Ptr): boolean {
  for (;;) {
    const strong = counts.get(memory, block, STRONG);
    if (strong === 0) return false;
    if (strong < 0 || strong === 2 ** 31 - 1) throw full();
    if (counts.swap(memory, block, STRONG, strong, strong + 1)) return true;
  }
}

/** Throws where the memory has become shorter: the words of the block are not there. */
function beyond(memory: Memory, block: Ptr, word: number): number {
  return memory.load(Int32Array, (block + 4 * word) as Ptr);
}

function full(): OwnedError {
  return new OwnedError("count", "a value can have at most 2 ** 31 - 1 owners or Weaks; nothing was counted");
}
