/**
 * Size classes of small blocks.
 *
 *     bytes    4 8 … 28 32    40 48 … 504 512    576 640 … 960 1024
 *     class    1 2 …  7  8     9 10 …  67  68     69  70 …  75   76
 *
 * Steps of 4 bytes to 32, of 8 to 512, of 64 to 1024: the slack of a block is at most 3 bytes up to 32, 7 up to 512, and 63
 * above. A size rounded up to an align of at most 16 has a class whose size is a multiple of that align, because steps divide all
 * larger sizes. Sizes with an align of 32 or 64 are rounded up to a multiple of 64, with one of 128 or 256 to a multiple of it. So the
 * slabs of these sizes start at a multiple of 64, 128 or 256. Blocks of larger aligns are large and have no class.
 *
 * @module
 */
import { GRANULE } from "../records.ts";

/** The largest size with a class, in bytes, rounded up to the align. */
export const SMALL = 1024;

/** One more than the number of the last class. */
export const CLASSES = 77;
/** Not a class: arrays by class keep a sum in this element. */
export const NO_CLASS = 0;

/** The largest align of every class, and the least and the largest align of the classes whose sizes are multiples of it. */
export const MOST_ALIGN = 16;
export const COARSE_ALIGN = 64;
export const COARSEST_ALIGN = 256;

/**
 * The number of steps of 4 bytes up to {@link SMALL}. The step of a size rounded up to its align is `(rounded - 1) >>> 2`, that
 * is `~(-size & -align) >>> 2`. Size 0 and all larger sizes give larger numbers.
 */
export const STEPS = SMALL / 4;

/**
 * Returns the class of a layout; 0 if it has none, and for size 0.
 *
 * @param coarsest - the largest align with a class: {@link COARSEST_ALIGN}, or {@link MOST_ALIGN} if the parent has only small chunks
 */
export function classFor(size: number, align: number, coarsest: number = COARSEST_ALIGN): number {
  if (size > SMALL || align > coarsest) return 0;
  const step = align <= MOST_ALIGN || align > COARSE_ALIGN ? align : COARSE_ALIGN;
  return classOf((size + step - 1) & -step);
}

/** Returns the alignment of a slab for blocks of `size` bytes. */
export function classAlign(size: number, coarsest: number = COARSEST_ALIGN): number {
  return size % COARSE_ALIGN === 0 ? Math.min(size & -size, coarsest) : MOST_ALIGN;
}

/** Returns the class of a size that was rounded up to its align: 1 to {@link SMALL} bytes. 0 for other sizes. */
export function classOf(size: number): number {
  if (size <= 32) return (size + 3) >>> 2;
  if (size <= 512) return (size + 39) >>> 3;
  return size <= SMALL ? 68 + ((size - 449) >>> 6) : 0;
}

/** Returns the bytes of every block of a class. */
export function classSize(sizeClass: number): number {
  return SIZES[sizeClass]!;
}

/** Bytes by class. */
const SIZES = /* @__PURE__ */ Uint16Array.from({ length: CLASSES }, (_, sizeClass) => {
  if (sizeClass <= 8) return 4 * sizeClass;
  return sizeClass <= 68 ? 8 * (sizeClass - 4) : 64 * (sizeClass - 60);
});

/** Granules of the least large block: more than a small block can have, so the size shows that it is large. */
const LEAST_LARGE = (SMALL + GRANULE) / GRANULE;
/** `clz32` of the smallest octave, which has steps of one granule; each larger octave doubles the step. */
const LEADING = Math.clz32(SMALL);

/**
 * Returns the granules of a block without a class: a multiple of 1/64 of its octave. So its slack is at most 15 bytes, or 1/64
 * from 2 KiB on.
 */
export function largeGranules(size: number): number {
  if (size <= LEAST_LARGE * GRANULE) return LEAST_LARGE;
  const granules = ((size - 1) >>> 4) + 1;
  return granules + (-granules & ((1 << (LEADING - Math.clz32(size))) - 1));
}

/** Returns the same in bytes. */
export function largeSize(size: number): number {
  return largeGranules(size) * GRANULE;
}

/** Returns the bytes of the block for a layout. */
export function bytesFor(size: number, align: number, coarsest: number = COARSEST_ALIGN): number {
  return size === 0 ? 0 : bytesIn(classFor(size, align, coarsest), size);
}

/** Returns the bytes of the block for a size, not 0, that has this class, which may be none. */
export function bytesIn(sizeClass: number, size: number): number {
  return classSize(sizeClass) || largeSize(size);
}

/** The bytes of the class, by step. */
export const BYTES = /* @__PURE__ */ Uint16Array.from({ length: STEPS }, (_, step) => classSize(classOf(4 * step + 4)));
