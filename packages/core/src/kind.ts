/**
 * What an allocator is, in whatever state: its kind as a short text, and whether it has ended.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import { realm } from "./realm.ts";

/** Characters of a kind in a text. */
const MOST_KIND = 40;

/** Whether an allocator has ended. */
export function isRetired(allocator: Allocator): boolean {
  return realm().ends.retired.has(Object.getPrototypeOf(allocator));
}

/** Returns the kind of an allocator, in whatever state it is: a short text. */
export function kindOf(allocator: Allocator): string {
  try {
    // One that has ended refuses every call, so its double is asked.
    const live = realm().ends.retired.get(Object.getPrototypeOf(allocator));
    const self: Allocator =
      live === undefined ? allocator : Object.create(live, Object.getOwnPropertyDescriptors(allocator));
    const { kind } = self.describeSelf();
    return kind.length > MOST_KIND ? `${kind.slice(0, MOST_KIND)}…` : kind;
  } catch {
    return "allocator";
  }
}
