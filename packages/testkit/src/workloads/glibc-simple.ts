/**
 * glibc-simple: batches of blocks of one size.
 *
 *     allocate    0 1 2 3 4 5 6 7
 *     release     0 1 2 3               the first half in order of allocation
 *                         7 6 5 4       the second half in reverse
 *
 * The easiest program there is, made for caches of freed blocks: short batches stay within them, long ones do not.
 *
 * Batches have 25, 100, 400 and 1600 blocks as in the original, that is `live` / 64, / 16, / 4 and `live`; each length is
 * repeated until its batches have `live` blocks in total. Sizes: 8, 64, 512 and 4096 bytes, one after the other. Nothing is
 * random: the seed has no effect.
 *
 * @module
 */
import { workload } from "./workload.ts";

const SIZES = [8, 64, 512, 4096];
const PARTS = [64, 16, 4, 1];

export const glibcSimple = workload(
  {
    name: "glibc-simple",
    source: "bench-malloc-simple of the GNU C library (benchtests), 2019",
    stresses: "batches of 25 to 1600 blocks of one size: half released first in first out, half last in first out",
    live: 1600,
  },
  function* (trace, _, live) {
    for (;;) {
      for (const size of SIZES) {
        for (const parts of PARTS) {
          for (let part = 0; part < parts; part++) {
            const batch: number[] = [];
            while (batch.length < Math.ceil(live / parts)) {
              yield;
              batch.push(trace.allocate(size));
            }
            const half = Math.floor(batch.length / 2);
            for (const id of batch.slice(0, half)) trace.release(id);
            for (const id of batch.slice(half).reverse()) trace.release(id);
          }
        }
      }
    }
  },
);
