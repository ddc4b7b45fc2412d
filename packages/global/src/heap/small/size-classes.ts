/**
 * Size classes of small blocks.
 *
 *     bytes    4 8 … 28 32    40 48 … 504 512    576 640 … 960 1024
 *     class    1 2 …  7  8     9 10 …  67  68     69  70 …  75   76
 *
 * Steps of 4 bytes to 32, of 8 to 512, of 64 to 1024: the slack of a block is at most 3 bytes up to 32, 7 up to 512, and 63
 * above. A size rounded up to an align up to 16 has a class whose size is a multiple of that align too, since steps divide what
 * lies above them. Sizes with an align of 32 or 64 are rounded up to a multiple of 64. Larger aligns have no class: their blocks
 * are large. In a small memory, where a large block is many times what was asked for, aligns of 128 and 256 have one too;
 * elsewhere the slabs of all multiples of 128 would have to start at one, which costs more than it saves.
 *
 * @module
 */

import { GRANULE } from "../records.ts";

/** The largest size, in bytes and rounded up to the align, that has a class. */
export const SMALL = 1024;

/** One more than the number of the last class. */
export const CLASSES = 77;
/** What is no class: in words by class its word is free for a sum. */
export const NO_CLASS = 0;

/** The largest align that every class can have, and the least and largest that those have besides which are multiples of it. */
export const MOST_ALIGN = 16;
export const COARSE_ALIGN = 64;
export const COARSEST_ALIGN = 256;

/**
 * Steps of 4 bytes up to {@link SMALL}: the one of a size is `(rounded - 1) >>> 2`, rounded up to its align, that is
 * `~(-size & -align) >>> 2`. Those of size 0, and of all that is larger, lie above.
 */
export const STEPS = SMALL / 4;

/**
 * Returns the class for any layout; 0 for one that has none, and for size 0.
 *
 * @param coarsest - the largest align that has one: {@link COARSE_ALIGN}, or {@link COARSEST_ALIGN} in a small memory
 */
export function classFor(size: number, align: number, coarsest: number = COARSE_ALIGN): number {
  if (size > SMALL || align > coarsest) return 0;
  const step = align <= MOST_ALIGN || align > COARSE_ALIGN ? align : COARSE_ALIGN;
  return classOf((size + step - 1) & -step);
}

/** Returns what a slab of blocks of a size starts at a multiple of. */
export function classAlign(size: number, coarsest: number = COARSE_ALIGN): number {
  return size % COARSE_ALIGN === 0 ? Math.min(size & -size, coarsest) : MOST_ALIGN;
}

/** Returns the class for a size that was rounded up to its align: 1 to {@link SMALL} bytes. 0 for other sizes. */
export function classOf(size: number): number {
  if (size <= 32) return (size + 3) >>> 2;
  if (size <= 512) return (size + 39) >>> 3;
  return size <= SMALL ? 68 + ((size - 449) >>> 6) : 0;
}

/** Returns the bytes of every block of a class. */
export function classSize(sizeClass: number): number {
  return SIZES[sizeClass]!;
}

/** By class. */
const SIZES = /* @__PURE__ */ Uint16Array.from({ length: CLASSES }, (_, sizeClass) => {
  if (sizeClass <= 8) return 4 * sizeClass;
  return sizeClass <= 68 ? 8 * (sizeClass - 4) : 64 * (sizeClass - 60);
});

/** Granules of the least large block: it is longer than a small one can be, so that its size tells that it is large. */
const LEAST_LARGE = (SMALL + GRANULE) / GRANULE;
/** The leading zeros of the sizes whose blocks are multiples of one granule; with each zero less, of twice as many. */
const LEADING = Math.clz32(SMALL);

/**
 * Returns the granules of the block for a size that has no class: a multiple of the 64th part of its octave. So its slack is
 * at most 15 bytes, or a 64th part from 2 KiB on.
 */
export function largeGranules(size: number): number {
  if (size <= LEAST_LARGE * GRANULE) return LEAST_LARGE;
  const granules = ((size - 1) >>> 4) + 1;
  return granules + (-granules & ((1 << (LEADING - Math.clz32(size))) - 1));
}

/** The same in bytes. */
export function largeSize(size: number): number {
  return largeGranules(size) * GRANULE;
}

/** Returns the bytes of the block that a layout is served with. */
export function bytesFor(size: number, align: number, coarsest: number = COARSE_ALIGN): number {
  if (size === 0) return 0;
  return classSize(classFor(size, align, coarsest)) || largeSize(size);
}

/** By step, the bytes of the class. */
export const BYTES = /* @__PURE__ */ Uint16Array.from({ length: STEPS }, (_, step) => classSize(classOf(4 * step + 4)));
