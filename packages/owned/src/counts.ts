/**
 * Counts: how many own a block, in the block itself, in front of the value.
 *
 *     0        4        8         12
 *     │ strong │ weak   │ state   │░░│ value │      strong: Rcs or Arcs     weak: Weaks, and one for all the strong ones
 *                                                  state: borrows of an Rc, messages under way of an Arc
 *
 * The value dies with the last strong one. The block is released with the last weak one, so a Weak can always ask. The strong
 * ones together count as one weak one: whoever is last of all sees 0.
 *
 * @module
 */
import type { Memory, Ptr } from "@alloc/core";

/** Numbers of the words. */
export const STRONG = 0;
export const WEAK = 1;
export const STATE = 2;
/** Bytes of the words. */
export const HEADER = 12;

/** Counts where one thread works, or where several do. */
export interface Counts {
  get(memory: Memory, block: Ptr, word: number): number;
  /** Adds to a word and answers what it is then. */
  add(memory: Memory, block: Ptr, word: number, by: number): number;
  /** Sets a word to `to` if it is `from`, and answers whether it was. */
  swap(memory: Memory, block: Ptr, word: number, from: number, to: number): boolean;
}

export const PLAIN: Counts = {
  get: (memory, block, word) => memory.i32[block / 4 + word]!,
  add(memory, block, word, by) {
    const { i32 } = memory;
    i32[block / 4 + word]! += by;
    return i32[block / 4 + word]!;
  },
  swap(memory, block, word, from, to) {
    const { i32 } = memory;
    if (i32[block / 4 + word] !== from) return false;
    i32[block / 4 + word] = to;
    return true;
  },
};

export const ATOMIC: Counts = {
  get: (memory, block, word) => Atomics.load(memory.i32, block / 4 + word),
  add: (memory, block, word, by) => Atomics.add(memory.i32, block / 4 + word, by) + by,
  swap: (memory, block, word, from, to) => Atomics.compareExchange(memory.i32, block / 4 + word, from, to) === from,
};

/** What `weak` is while somebody looks whether he is the only owner. Then no Weak exists, and none is to be made. */
const LOCKED = -1;

/** Adds a strong one if there is one still. */
export function retain(counts: Counts, memory: Memory, block: Ptr): boolean {
  for (;;) {
    const strong = counts.get(memory, block, STRONG);
    if (strong === 0) return false;
    if (counts.swap(memory, block, STRONG, strong, strong + 1)) return true;
  }
}

/** Adds a weak one. */
export function retainWeak(counts: Counts, memory: Memory, block: Ptr): void {
  for (;;) {
    const weak = counts.get(memory, block, WEAK);
    if (weak !== LOCKED && counts.swap(memory, block, WEAK, weak, weak + 1)) return;
  }
}

/**
 * Answers whether there is one strong one and no Weak. A look at both counts would not do: between the two looks a Weak may
 * become strong, or the other way round. So the weak count is locked for that while.
 */
export function isUnique(counts: Counts, memory: Memory, block: Ptr): boolean {
  if (!counts.swap(memory, block, WEAK, 1, LOCKED)) return false;
  const isOnly = counts.get(memory, block, STRONG) === 1;
  counts.swap(memory, block, WEAK, LOCKED, 1);
  return isOnly;
}

/** Answers how many Weaks there are, while there is a strong one. */
export function weakCount(counts: Counts, memory: Memory, block: Ptr): number {
  const weak = counts.get(memory, block, WEAK);
  return weak === LOCKED ? 0 : weak - 1;
}
