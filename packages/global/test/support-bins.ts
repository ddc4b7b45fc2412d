/**
 * Bins, and the sizes for their tests.
 *
 * @module
 */
import { Memory } from "@alloc/core";
import fc from "fast-check";
import { Bins } from "../src/heap/large/bins.ts";
import { SIZE } from "../src/heap/records.ts";
import { GiB } from "./support.ts";

/** Granules: one less than 4 GiB. */
export const MOST = 2 ** 28 - 1;
/** How many extents of a bin are examined. */
export const LOOKS = 8;

export const anySize = fc.oneof(
  fc.integer({ min: 1, max: 70 }),
  // All in one bin.
  fc.integer({ min: 64, max: 67 }),
  fc.integer({ min: 1, max: MOST }),
  fc
    .tuple(fc.integer({ min: 1, max: 28 }), fc.integer({ min: -1, max: 1 }))
    .map(([power, by]) => Math.min(Math.max(2 ** power + by, 1), MOST)),
);

export function make() {
  const bins = new Bins(Memory.virtual(4 * GiB));
  const insert = (size: number, address = 0) => {
    const record = bins.make(address, size);
    bins.insert(record);
    return record;
  };
  const remove = (record: number) => {
    bins.remove(record);
    bins.drop(record);
  };
  const sizeOf = (record: number) => (record === 0 ? 0 : bins.words[record + SIZE]!);
  const fit = (size: number) => sizeOf(bins.fit(size));
  const longest = (size: number) => sizeOf(bins.longest(size, 1));
  return { bins, insert, remove, fit, longest };
}
