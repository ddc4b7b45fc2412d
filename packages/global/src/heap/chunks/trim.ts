/**
 * Trimming: free memory returns to the parent, as whole chunks and ends of chunks.
 *
 *     older chunk     │ large │ free │ slab │  free  │     its end is cut off, if the parent resizes in place
 *     older chunk     │             free             │     released
 *     newest chunk    │ slab │ large │┈┈ untouched ┈┈│     cut at its top (`Top`); released if it is empty
 *
 * @module
 */
import type { Extents } from "../large/extents.ts";
import { ABOVE, BELOW, FREE, KIND, SIZE } from "../records.ts";

/**
 * Releases the older chunks without a used extent, and the free ends of the others. O(extents × log(ends)). The uppermost chunks
 * go first: the list of chunks moves up what lies above one that leaves.
 */
export function trimExtents(extents: Extents): void {
  const ends: number[] = [];
  extents.each((record) => {
    if (extents.isFree(record) && extents.words[record + ABOVE] === 0) ends.push(record);
  });
  ends.sort((a, b) => extents.address(b) - extents.address(a));
  for (const end of ends) trimEnd(extents, end);
}

/** The kind of an extent while the parent is called: searches do not find it, and neighbours do not join it. */
const LEAVING = -3;

/** Releases a free extent at the end of an older chunk, as far as the parent takes it. */
function trimEnd(extents: Extents, free: number): void {
  const { chunks, top, words } = extents;
  // A parent that called back may have had it joined or used.
  if (!extents.isFree(free) || words[free + ABOVE] !== 0 || words[free + SIZE] === 0) return;
  const chunk = chunks.find(extents.address(free));
  const used = extents.address(free) - chunks.base(chunk);
  const end = chunks.end(chunk);
  extents.remove(free);
  words[free + KIND] = LEAVING;
  let left = end;
  try {
    if (top.cut(chunk, used)) left = used === 0 ? extents.address(free) : chunks.end(chunk);
  } finally {
    settle(extents, free, left - extents.address(free));
  }
}

/** Frees the rest of a leaving extent again. */
function settle(extents: Extents, record: number, size: number): void {
  const { words } = extents;
  const below = words[record + BELOW]!;
  words[record + KIND] = FREE;
  words[record + SIZE] = size;
  if (size === 0) {
    extents.join(below, 0);
    extents.drop(record);
  } else if (extents.isFree(below)) extents.absorb(below, record);
  else extents.insert(record);
}
