/**
 * Kind: the kind and name of an allocator as a short text, and whether it has ended.
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import { type MisuseCode, MisuseError } from "../base/errors.ts";
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
  return titleFor(kindOf(allocator), nameOf(allocator));
}

/** Returns words for an allocator that is being made, with its name if it will have one. For errors. */
export function titleFor(words: string, name: string | undefined): string {
  return name === undefined ? words : `${words} ${JSON.stringify(name)}`;
}

/**
 * Makes the error for a misuse of an allocator. The message starts with the name of the allocator, if it has one.
 *
 * @param allocator - the allocator that detected it
 * @param message - what the caller did
 * @example
 * ```ts
 * import { misuseOf } from "@alloc/core/author";
 * import { freeList } from "@alloc/freelist";
 *
 * using list = freeList(64, { name: "nodes" });
 * misuseOf(list, "double-free", "no block is live at 64").message; // => 'freeList "nodes": no block is live at 64'
 * ```
 */
export function misuseOf(allocator: Allocator, code: MisuseCode, message: string): MisuseError {
  return new MisuseError(code, nameOf(allocator) === undefined ? message : `${titleOf(allocator)}: ${message}`);
}
