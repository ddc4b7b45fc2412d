/**
 * Size classes of small blocks.
 *
 *     bytes    8 16 24 … 504 512    576 640 … 960 1024
 *     class    1  2  3 …  63  64     65  66 …  71   72
 *
 * Steps of 8 to 512 bytes, of 64 to 1024: the slack of a block is at most 7 bytes up to 512, and at most 63 above. Up to 512
 * every multiple of 8 is a class, above every multiple of 64; so a size rounded up to its align has a class whose size is a
 * multiple of that align too, and small blocks of any alignment need no other path.
 *
 * @module
 */

/** The largest size, in bytes and rounded up to the align, that has a class. */
export const SMALL = 1024;

/** One more than the number of the last class; class 0 is none. */
export const CLASSES = 73;

/** Answers the class for a size that was rounded up to its align: 1 to {@link SMALL} bytes. */
export function classOf(size: number): number {
  return size <= 512 ? (size + 7) >>> 3 : 64 + ((size - 449) >>> 6);
}

/** Answers the bytes of every block of a class. */
export function classSize(sizeClass: number): number {
  return sizeClass <= 64 ? sizeClass << 3 : 512 + ((sizeClass - 64) << 6);
}
