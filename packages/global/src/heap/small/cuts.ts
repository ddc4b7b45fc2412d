/**
 * Cuts: of a slab with few taken blocks, short parts around them remain slabs, and the rest becomes free extents.
 *
 *     a slab    │ · · · ▒ · · · · · · · · · · · ▒ ▒ · · · · · │        ▒ a taken block
 *     cut       │ free │ slab │     free      │  slab  │ free │
 *
 * Without it, one block in each slab keeps the memory of its class from all others. It is done before the heap grows or fails: until
 * then the class itself may use the free blocks. A part is an ordinary slab: no shorter than the shortest extent, and it starts
 * where both a block and a granule do.
 *
 * All magazines are empty by then, so a bit that is not set is that of a live block. Only slabs whose free runs are long on average
 * are examined closely.
 *
 * @module
 */
import { BITS, GRANULE, NEXT } from "../records.ts";
import { CLASSES, classSize } from "./size-classes.ts";
import type { Slabs } from "./slabs.ts";

/** The bytes of a free run that is cut out. Each costs two records, and what is shorter is of little use to others. */
const LEAST_RUN = 1024;
/** The most taken blocks in a slab that is cut, as a shift: a quarter. One that is fuller is more likely to be filled again. */
const SPARSE = 2;

/** Cuts all slabs that are worth it. Returns the steps: the slabs that were looked at, and the words of bits of those examined. */
export function cutSlabs(slabs: Slabs): number {
  const { extents, partial } = slabs;
  let steps = 0;
  for (let sizeClass = 1; sizeClass < CLASSES; sizeClass++) {
    // Parts are listed in front of the slabs that are still to be looked at.
    for (let slab = partial[sizeClass]!, next = 0; slab !== 0; slab = next) {
      next = extents.words[slab + NEXT]!;
      steps += cutSlab(slabs, slab, sizeClass);
    }
  }
  return steps;
}

/** Cuts one slab if it is worth it. Returns the steps. */
function cutSlab(slabs: Slabs, slab: number, sizeClass: number): number {
  const { extents, bits } = slabs;
  const area = extents.words[slab + BITS]!;
  const blocks = bits.blocks(area);
  const size = classSize(sizeClass);
  const taken = blocks - bits.free(area);
  if (taken > blocks >>> SPARSE || (taken + 1) * LEAST_RUN > blocks * size) return 1;
  const steps = 1 + (blocks >>> 5);
  const parts = partsOf(slabs, area, size);
  if (parts.length === 2 && parts[1]! - parts[0]! === blocks) return steps;
  extents.reserve(parts.length);
  bits.reserve(parts.length / 2, blocks);
  extents.directory.leaveSlab(slab, extents.address(slab), extents.size(slab));
  slabs.unlist(slab, sizeClass);
  const free: number[] = [];
  for (let index = parts.length - 2; index >= 0; index -= 2) {
    const from = parts[index]!;
    const to = parts[index + 1]!;
    if (to < blocks) free.push(extents.divide(slab, (to * size) / GRANULE));
    const part = from === 0 ? slab : extents.divide(slab, (from * size) / GRANULE);
    extents.directory.enterSlab(part, extents.address(part), extents.size(part));
    slabs.list(part, sizeClass, bits.copy(area, from, to));
  }
  if (parts[0] !== 0) free.push(slab);
  bits.drop(area);
  for (const extent of free) extents.release(extent);
  return steps;
}

/**
 * Returns the first block and the one after the last of each part, in order. Between parts, and at the ends, at least a run of
 * LEAST_RUN bytes is left out.
 */
function partsOf({ extents, bits }: Slabs, area: number, size: number): number[] {
  const blocks = bits.blocks(area);
  // The number of blocks from one that starts at a granule to the next.
  const unit = size % GRANULE === 0 ? 1 : size % 8 === 0 ? 2 : 4;
  const least = unit * Math.ceil(extents.least / size / unit);
  const run = Math.ceil(LEAST_RUN / size);
  const parts: number[] = [];
  let from = 0;
  let to = 0;
  for (let block = bits.nextTaken(area, 0); block < blocks; block = bits.nextTaken(area, block + 1)) {
    const start = block - (block % unit);
    if (start - to >= run) {
      if (to > 0) parts.push(from, to);
      from = start;
      to = start + least;
    }
    to = Math.max(to, start + unit, from + least);
  }
  if (blocks - to >= run) parts.push(from, to);
  else {
    // The last part reaches the end of the slab, and may have to start earlier for that.
    const start = Math.max(0, blocks - least);
    if (from > start) {
      from = start - (start % unit);
      if (from - (parts.at(-1) ?? 0) < run) {
        parts.pop();
        from = parts.pop() ?? 0;
      }
    }
    parts.push(from, blocks);
  }
  return parts;
}
