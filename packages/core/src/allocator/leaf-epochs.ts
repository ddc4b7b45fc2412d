/**
 * Leaf epochs: which blocks of a chain have ended, when some of its leaves were reset by their owners and others not.
 *
 *     fallback(a.byRef(), b)      a: 0 ▸ 1      b: 0        a.reset(): the blocks of a have ended, those of b are live
 *
 * The epoch of a chain only shows that some blocks have ended. Each leaf has an epoch too, and `owns` tells whose block one is. A
 * leaf whose parent ended it owns nothing any more: its blocks are those that no other leaf owns.
 *
 * @module
 */
import { leavesOf } from "../chain/graph.ts";
import type { Ptr } from "../values/ptr.ts";
import type { Allocator } from "./allocator.ts";
import { can } from "./capabilities.ts";

/** The epochs of the leaves of an allocator, as last seen. For authors of combinators that keep records of blocks. */
export class LeafEpochs {
  /** The allocator whose leaves they are of. */
  readonly allocator: Allocator;
  /** @internal By leaf. */
  readonly known = new WeakMap<Allocator, number>();

  /** Notes the epochs of all leaves. */
  constructor(allocator: Allocator) {
    this.allocator = allocator;
    for (const leaf of leavesOf(allocator)) this.known.set(leaf, leaf.epoch);
  }

  /**
   * Notes the epochs anew. A leaf that was added since is taken as unchanged. O(leaves).
   *
   * @param whenUnknown - what is returned for a block that no leaf owns, while a leaf that is unchanged does not support `owns`
   * @returns a function that tells whether the block at an address has ended since the epochs were last noted
   */
  ended(whenUnknown: boolean): (ptr: Ptr) => boolean {
    const { known } = this;
    const leaves = leavesOf(this.allocator);
    const changed = leaves.filter((leaf) => (known.get(leaf) ?? leaf.epoch) !== leaf.epoch);
    const others = leaves.filter((leaf) => !changed.includes(leaf));
    for (const leaf of leaves) known.set(leaf, leaf.epoch);
    const isLost = whenUnknown || others.every((leaf) => can(leaf, "owns"));
    return (ptr) => claims(changed, ptr) || (isLost && !claims(others, ptr));
  }
}

/** Whether one of several leaves owns an address. One that has ended owns none. */
function claims(leaves: readonly Allocator[], ptr: Ptr): boolean {
  return leaves.some((leaf) => {
    try {
      return can<Allocator, "owns">(leaf, "owns") && leaf.owns(ptr);
    } catch {
      return false;
    }
  });
}
