/**
 * Counts: how many own a block, in the block itself, in front of the value.
 *
 *     0        4        8        12         16
 *     │ strong │ weak   │ state  │░░│ value │             of an Rc: state is its borrows
 *     │ strong │ weak   │ state  │ links  │░░│ value │    of an Arc: state is its messages under way
 *
 * The value dies with the last strong one. The block is released with the last weak one, so a Weak can always ask. The strong
 * ones together count as one weak one: whoever is last of all detects 0. A count that would wrap is left as it is, and an error.
 *
 * Nobody ever waits. Each step is one atomic operation, so a thread that is terminated between two of them leaves a share that is
 * never given back, and blocks nobody. Whether a thread is the only owner is the one question about two words at once:
 *
 *     links ─▶ weak is 1? ─▶ strong is 1? ─▶ links as before?
 *
 * Somebody else who is missed by both looks held a strong share at the first and only a Weak at the second. So he made the Weak in
 * between, and that counts up `links` before the strong share can go.
 *
 * @module
 */
import type { Memory, Ptr } from "@alloc/core";
import { OwnedError } from "../errors.ts";

/** Numbers of the words. */
export const STRONG = 0;
export const WEAK = 1;
export const STATE = 2;
const LINKS = 3;

/** Counts where one thread works, or where several do. */
export interface Counts {
  /** Bytes of the words. */
  readonly header: number;
  get(memory: Memory, block: Ptr, word: number): number;
  /** Adds to a word and returns what it is then. */
  add(memory: Memory, block: Ptr, word: number, by: number): number;
  /** Sets a word to `to` if it is `from`, and returns whether it was. */
  swap(memory: Memory, block: Ptr, word: number, from: number, to: number): boolean;
  /** Adds a weak share while there is a strong one. */
  link(memory: Memory, block: Ptr): void;
  /** Returns whether there is one strong share and no Weak. */
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

/** Sets the words of a new block: one strong share. */
export function begin({ header }: Counts, memory: Memory, block: Ptr): void {
  memory.fill(block, header);
  const { i32 } = memory;
  i32[block / 4 + STRONG] = 1;
  i32[block / 4 + WEAK] = 1;
}

/**
 * Adds a share to those that there are. One that would wrap is taken back at once: to others it looks as a very large count for that
 * while.
 *
 * @throws `OwnedError` with code `count` if the word cannot hold it; then nothing has changed
 */
export function retain(counts: Counts, memory: Memory, block: Ptr, word: number): void {
  if (counts.add(memory, block, word, 1) > 0) return;
  counts.add(memory, block, word, -1);
  throw full();
}

/** Adds a strong share if there is one still, and returns whether there was. @throws as `retain` */
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
  return new OwnedError("count", "a value has 2 ** 31 - 1 owners or Weaks at most; nothing was counted");
}
