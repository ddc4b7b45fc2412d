/**
 * Arithmetic on addresses and alignments, exact for every address below 4 GiB.
 *
 * JavaScript's bit operators work on signed 32-bit integers, so `(n + align - 1) & -align` fails from 2 GiB on. Here only
 * the *distance* to the next multiple is computed with bits: it is below `align`, hence never negative.
 *
 *     -n & (align - 1)   bytes from n up to the next multiple of align
 *      n & (align - 1)   bytes from the last multiple of align up to n
 *
 * @module
 */

/**
 * Rounds a size or an address up to a multiple of `align`.
 *
 * @param n - bytes, an integer from 0 to 2 ** 32
 * @param align - bytes, a power of two from 1 to 2 ** 31
 * @returns the least multiple of `align` that is at least `n`; it may be 2 ** 32
 * @example
 * ```ts
 * import { alignUp } from "@alloc/core";
 *
 * alignUp(13, 8); // => 16
 * alignUp(2 ** 31 + 1, 16); // => 2 ** 31 + 16
 * ```
 */
export function alignUp(n: number, align: number): number {
  return n + (-n & (align - 1));
}

/**
 * Rounds a size or an address down to a multiple of `align`.
 *
 * @param n - bytes, an integer from 0 to 2 ** 32
 * @param align - bytes, a power of two from 1 to 2 ** 31
 * @returns the greatest multiple of `align` that is at most `n`
 * @example
 * ```ts
 * import { alignDown } from "@alloc/core";
 *
 * alignDown(13, 8); // => 8
 * ```
 */
export function alignDown(n: number, align: number): number {
  return n - (n & (align - 1));
}

/**
 * Returns whether a size or an address is a multiple of `align`.
 *
 * @param n - bytes, an integer from 0 to 2 ** 32
 * @param align - bytes, a power of two from 1 to 2 ** 31
 * @example
 * ```ts
 * import { isAligned } from "@alloc/core";
 *
 * isAligned(2 ** 31 + 8, 16); // => false
 * ```
 */
export function isAligned(n: number, align: number): boolean {
  return (n & (align - 1)) === 0;
}

/**
 * Returns whether a number can be an alignment: a power of two from 1 to 2 ** 31.
 *
 * @param n - any number; false for fractions, NaN and negative numbers
 * @example
 * ```ts
 * import { isAlignment } from "@alloc/core";
 *
 * isAlignment(64); // => true
 * isAlignment(24); // => false
 * ```
 */
export function isAlignment(n: number): boolean {
  return n !== 0 && n >>> 0 === n && (n & (n - 1)) === 0;
}
