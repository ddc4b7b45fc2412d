/**
 * Size classes of small blocks.
 *
 *     bytes    4 8 … 28 32    40 48 … 504 512    576 640 … 960 1024
 *     class    1 2 …  7  8     9 10 …  67  68     69  70 …  75   76
 *
 * Steps of 4 bytes to 32, of 8 to 512, of 64 to 1024: the slack of a block is at most 3 bytes up to 32, 7 up to 512, and 63
 * above. A size rounded up to an align up to 16 has a class whose size is a multiple of that align too, since steps divide what
 * lies above them. Sizes with an align of 32 or 64 are rounded up to 64. Larger aligns have no class: their blocks are large.
 *
 * @module
 */

/** The largest size, in bytes and rounded up to the align, that has a class. */
export const SMALL = 1024;

/** One more than the number of the last class. */
export const CLASSES = 77;
/** What is no class: in words by class its word is free for a sum. */
export const NO_CLASS = 0;

/** The largest align that every class can have, and the largest that those have which are multiples of it. */
export const MOST_ALIGN = 16;
const COARSE_ALIGN = 64;

/** The class of each size, by steps of 4 bytes, up to what `SMALL` becomes when it is rounded up. 0 for size 0, and above `SMALL`. */
export const CLASS_OF = /* @__PURE__ */ Uint8Array.from({ length: (SMALL + MOST_ALIGN) / 4 + 1 }, (_, step) =>
  classOf(4 * step),
);

/** Answers the class for any layout; 0 for one that has none, and for size 0. */
export function classFor(size: number, align: number): number {
  if (size > SMALL || align > COARSE_ALIGN) return 0;
  return classOf(align <= MOST_ALIGN ? (size + align - 1) & -align : (size + COARSE_ALIGN - 1) & -COARSE_ALIGN);
}

/** Answers what a slab of blocks of a size starts at a multiple of. */
export function classAlign(size: number): number {
  return size % COARSE_ALIGN === 0 ? COARSE_ALIGN : MOST_ALIGN;
}

/** Answers the class for a size that was rounded up to its align: 1 to {@link SMALL} bytes. 0 for other sizes. */
export function classOf(size: number): number {
  if (size <= 32) return (size + 3) >>> 2;
  if (size <= 512) return (size + 39) >>> 3;
  return size <= SMALL ? 68 + ((size - 449) >>> 6) : 0;
}

/** Answers the bytes of every block of a class. */
export function classSize(sizeClass: number): number {
  if (sizeClass <= 8) return sizeClass << 2;
  return sizeClass <= 68 ? (sizeClass - 4) << 3 : 512 + ((sizeClass - 68) << 6);
}

/** Bytes of the least large block: more than a small one can have, so that its size tells that it is large. */
const LEAST_LARGE = SMALL + 16;
/** The bits of a large size that count, below the first: 64 sizes to an octave. */
const BITS = 6;

/**
 * Answers the bytes of the block for a size that has no class: a multiple of 16, and of the 64th part of its octave. So its
 * slack is at most 15 bytes, or a 64th part from 2 KiB on.
 */
export function largeSize(size: number): number {
  if (size <= LEAST_LARGE) return LEAST_LARGE;
  const step = 1 << Math.max(4, 31 - BITS - Math.clz32(size));
  return size + (-size & (step - 1));
}
