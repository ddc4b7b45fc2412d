/**
 * All loops of `bench engines`.
 *
 * @module
 */
import { BLOCK_LOOPS } from "./blocks.ts";
import type { Loops } from "./loop.ts";
import { VALUE_LOOPS } from "./values.ts";

export const LOOPS: Loops = { ...BLOCK_LOOPS, ...VALUE_LOOPS };

/** What each loop does, and its plain contender. */
export const ABOUT: Readonly<Record<string, string>> = {
  pair: "One block of 64 bytes at a time: allocated, written, read and released. _Fixed places_ is the loop without the calls.",
  LIFO: "A stack of 1000 blocks of 64 bytes.",
  churn: "1000 live blocks of 17 to 256 bytes, replaced at random.",
  iterate: "x += dx, y += dy and z += dz for 10,000 values { x, y, z, dx, dy, dz: f64 }; per value.",
  push: "1000 numbers appended to an empty list of f64, which doubles; by hand for the peers; per number.",
  values: "{ x, y: f64 } made, read, written and dropped, one after the other; by hand for the peers.",
};
