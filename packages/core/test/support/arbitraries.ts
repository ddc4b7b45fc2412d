/**
 * Arbitraries: numbers at which address arithmetic goes wrong, and aligns and layouts made of them.
 *
 * @module
 */
import { Layout } from "@alloc/core";
import fc from "fast-check";

/** The limit of signed 32 bits, of blocks, and of addresses. */
const EDGES = [2 ** 31, 2 ** 32 - 65536, 2 ** 32];

/** Integers from 0 to `most`, many of them near a power of two and above 2 ** 31. */
export function bytesUpTo(most: number): fc.Arbitrary<number> {
  const near = (points: fc.Arbitrary<number>) =>
    fc.tuple(points, fc.integer({ min: -2, max: 2 })).map(([a, b]) => a + b);
  return fc
    .oneof(
      fc.integer({ min: 0, max: 4096 }),
      fc.integer({ min: 0, max: most }),
      fc.integer({ min: Math.floor(most / 2), max: most }),
      near(fc.nat(31).map((log) => 2 ** log)),
      near(fc.constantFrom(...EDGES, most)),
    )
    .map((bytes) => Math.min(Math.max(bytes, 0), most));
}

/** Every address, and the end of the largest memory. */
export const addresses = bytesUpTo(2 ** 32);

/** Every power of two from 1 to 2 ** 31. */
export const aligns = fc.nat(31).map((log) => 2 ** log);

/** Every power of two from 1 to 2 ** 31, in order. */
export const ALIGNS: readonly number[] = Array.from({ length: 32 }, (_, log) => 2 ** log);

/** Any possible layout. */
export const layouts = aligns.chain((align) => bytesUpTo(2 ** 32 - align).map((size) => Layout.of(size, align)));

/** Layouts as programs have them: from nothing to a few KiB. */
export const smallLayouts = fc.tuple(fc.nat(300), fc.nat(7)).map(([size, log]) => Layout.of(size, 2 ** log));

/** Alignment, in integers that do not wrap. */
export function alignUpExactly(n: number, align: number): bigint {
  const step = BigInt(align);
  return ((BigInt(n) + step - 1n) / step) * step;
}
