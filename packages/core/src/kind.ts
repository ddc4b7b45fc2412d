/**
 * Kind: the kind and name of an allocator as a short text, and whether it has ended.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import { realm } from "./realm.ts";

/** The longest text of a kind. */
const MOST_KIND = 40;

/** Whether an allocator has ended. */
export function isRetired(allocator: Allocator): boolean {
  return realm().ends.retired.has(Object.getPrototypeOf(allocator));
}

/** Returns the kind of an allocator as a short text, also after it has ended. */
export function kindOf(allocator: Allocator): string {
  try {
    // A disposed allocator refuses every call, so ask a copy with the original prototype.
    const live = realm().ends.retired.get(Object.getPrototypeOf(allocator));
    const self: Allocator =
      live === undefined ? allocator : Object.create(live, Object.getOwnPropertyDescriptors(allocator));
    const { kind } = self.describeSelf();
    return kind.length > MOST_KIND ? `${kind.slice(0, MOST_KIND)}…` : kind;
  } catch {
    return "allocator";
  }
}

/** Returns the name of an allocator, also after it has ended. */
export function nameOf(allocator: Allocator): string | undefined {
  return realm().ends.kin.get(allocator)?.name;
}

/** Returns the kind of an allocator, and its name if it has one: `freeList "nodes"`. For reports and errors. */
export function titleOf(allocator: Allocator): string {
  const name = nameOf(allocator);
  return name === undefined ? kindOf(allocator) : `${kindOf(allocator)} ${JSON.stringify(name)}`;
}
