/**
 * Letting go: the objects of this realm end, and the words stay.
 *
 *     dispose    chunks return, words are cleared, calls throw        by the thread that made the chain
 *     letGo      calls throw                                          by a thread that takes part in it no longer
 *
 * No method of an allocator is called, so neither a block nor a chunk is released, whatever else uses the words.
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import { changeEpoch } from "./ends.ts";
import { leave, ownerOf } from "./kin.ts";
import { isRetired } from "./kind.ts";
import { realm } from "./realm.ts";
import { retire } from "./retire.ts";

/**
 * Ends the objects of a chain in this realm and nothing else: the allocator, and the children that it owns. Every later call of them throws
 * MisuseError("disposed"), but for `dispose`, which does nothing. Handles to their blocks become stale. For authors.
 *
 * @param text - the end of that error: `"was detached; attach it again"`
 */
export function letGo(chain: Allocator, text: string): void {
  // A set may grow during iteration: added items are visited too.
  const members = new Set<Allocator>([chain]);
  for (const member of members) {
    if (isRetired(member)) continue;
    for (const child of member.children) if (ownerOf(child) === member) members.add(child);
    changeEpoch(member);
    retire(member);
    realm().ends.reasons.set(member, { text, untold: false });
    leave(member);
  }
}
