/**
 * Trimming: what is free goes back to the parent, as far as whole chunks and their ends go.
 *
 *     older chunk     │ large │ free │ slab │  free  │     its end is cut off, if the parent resizes in place
 *     older chunk     │             free             │     given back
 *     newest chunk    │ slab │ large │┈┈ untouched ┈┈│     cut at its top (`Top`); given back if nothing is in it
 *
 * @module
 */
import type { Extents } from "./extents.ts";
import { ABOVE, BELOW, SIZE } from "./records.ts";

/** Gives back the older chunks without a used extent, and the free ends of the others. O(extents). */
export function trimExtents(extents: Extents): void {
  const ends: number[] = [];
  extents.each((record) => {
    if (extents.isFree(record) && extents.words[record + ABOVE] === 0) ends.push(record);
  });
  for (const end of ends) trimEnd(extents, end);
}

/** Gives back a free extent at the end of an older chunk, as far as the parent takes it. */
function trimEnd(extents: Extents, free: number): void {
  const { chunks } = extents;
  const chunk = chunks.find(extents.address(free));
  const used = extents.address(free) - chunks.base(chunk);
  const below = extents.words[free + BELOW]!;
  if (!extents.top.cut(chunk, used)) return;
  extents.remove(free);
  const rest = used === 0 ? 0 : chunks.size(chunk) - used;
  extents.words[free + SIZE] = rest;
  if (rest !== 0) extents.insert(free);
  else {
    extents.join(below, 0);
    extents.drop(free);
  }
}
