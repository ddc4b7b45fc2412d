/**
 * Catching up: what one thread changes in the members of a chain, the others learn when they enter.
 *
 *     thread 1    enter ── a new member ── announce ── leave
 *     thread 2                                               enter ── the word has changed ── catchUp ──▶ the same member, in this realm
 *
 * A gate compares one word as it lets a thread in. Only if that has changed are the allocators asked that stand on the root of the memory.
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import { CHANGES } from "../memory/book.ts";
import type { Memory } from "../memory/memory.ts";
import { above } from "./kin.ts";
import { isRetired } from "./kind.ts";
import { realm } from "./realm.ts";

/** An allocator whose children change while several threads use it. */
export interface Changing extends Allocator {
  /** Writes into words what other threads need to make its children. Called before the first of them is let in. */
  publish(): void;
  /** Makes its children those that the words say. Called inside the gate, before any other call. */
  catchUp(): void;
}

/**
 * Tells other threads that the children of an allocator change: they catch up when they enter. For authors. Call it first, inside the gate:
 * a thread may end in the middle.
 */
export function announce(memory: Memory): void {
  // An allocator that no other thread has yet may announce outside the gate.
  Atomics.add(memory.openBook().words, CHANGES, 1);
}

/**
 * Makes the chains of this realm those that other threads have made of them. For authors of gates: call it inside, whenever the word
 * {@link CHANGES} of the book is another one than at the last time; if it throws, call it again the next time. O(allocators of the memory).
 *
 * @throws what {@link Changing.catchUp} throws: a kind is missing, for example. The other allocators have caught up then
 */
export function catchUp(memory: Memory): void {
  for (const upper of changingIn(memory)) upper.catchUp();
}

/** Has all allocators publish what changes. */
export function publishAll(memory: Memory): void {
  for (const upper of changingIn(memory)) upper.publish();
}

/** Yields the live allocators on the root of a memory whose children change. */
function* changingIn(memory: Memory): Iterable<Changing> {
  const root = realm().roots.get(memory.beneath);
  // A set may grow during iteration: added items are visited too.
  const seen = new Set<Allocator>(root && [root]);
  for (const lower of seen) {
    if (!isRetired(lower) && "catchUp" in lower) yield lower as Changing;
    for (const upper of above(lower)) seen.add(upper);
  }
}
