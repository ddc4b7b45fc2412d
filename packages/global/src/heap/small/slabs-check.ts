/**
 * The invariants of slabs.
 *
 * @module
 */
import { invariant } from "@alloc/core/author";
import { BITS, KIND, NEXT } from "../records.ts";
import { CLASSES, classSize, NO_CLASS } from "./size-classes.ts";
import type { Slabs } from "./slabs.ts";

/**
 * Throws unless every slab counts its free blocks right and is in the right list. O(blocks).
 *
 * @param marked - by slab, the number of blocks whose bits are set but which are not free
 */
export function checkSlabs(slabs: Slabs, marked: ReadonlyMap<number, number> = new Map()): void {
  const { bits, extents, population } = slabs;
  const partial = listed(slabs, slabs.partial, "partial");
  const spare = listed(slabs, slabs.spare, "spare");
  const blocks = new Int32Array(CLASSES);
  let spares = 0;
  let words = 0;
  extents.each((slab) => {
    const sizeClass = extents.words[slab + KIND]!;
    if (sizeClass <= 0) return;
    const area = extents.words[slab + BITS]!;
    const capacity = bits.blocks(area);
    const free = bits.free(area);
    blocks[sizeClass]! += capacity;
    words += (free * classSize(sizeClass)) / 4;
    if (spare.has(slab)) spares += extents.size(slab);
    const bitsSet = free + (marked.get(slab) ?? 0);
    invariant(bitsSet === bits.count(area), () => `slab ${slab} counts its free blocks: ${free}`);
    invariant(
      partial.has(slab) === (free > 0 && free < capacity),
      () => `slab ${slab} is partial if not full nor empty`,
    );
    invariant(spare.has(slab) === (free === capacity), () => `slab ${slab} is a spare if it is empty`);
  });
  invariant(spares === slabs.spare[NO_CLASS], () => `the spares have ${slabs.spare[NO_CLASS]} granules, got ${spares}`);
  invariant(words * 4 === slabs.free, () => `the free blocks have ${slabs.free} bytes, got ${words * 4}`);
  invariant(
    blocks.every((count, sizeClass) => sizeClass === NO_CLASS || count === population[sizeClass]),
    () => "the population of each class is that of its slabs",
  );
}

/** Returns the slabs of lists by class; each must be in the list of its own class. */
function listed({ extents }: Slabs, heads: Int32Array, kind: string): Set<number> {
  const { words } = extents;
  const all = new Set<number>();
  heads.forEach((first, sizeClass) => {
    for (let slab = sizeClass === 0 ? 0 : first; slab !== 0; slab = words[slab + NEXT]!) {
      invariant(words[slab + KIND] === sizeClass, () => `slab ${slab} is ${kind} in its class, not ${sizeClass}`);
      all.add(slab);
    }
  });
  return all;
}
