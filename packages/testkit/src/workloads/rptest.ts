/**
 * rptest: two cursors stride through one table; one empties slots, one fills them.
 *
 *     slots       │ 0 │ 1 │ 2 │ 3 │ 4 │ 5 │ 6 │ 7 │ 8 │ 9 │ …
 *     filling       ●───────────────────────────▶ ●              every 7th slot; releases a block found there first
 *     emptying      ○───────────────────────────────────────…    every 11th
 *
 * Alternately some slots are emptied and somewhat more are filled. The strides are primes that do not divide the length of the
 * table, so each cursor visits every slot, and neighbours in the table differ in age.
 *
 * Sizes are 8 to 16,000 bytes by one of three rules; u, v and w are random from 0 to 1 and the range is 15,992:
 *
 *     fixed          always 8                          the plain speed of one size
 *     linear         8 + range · u · |v + w − 1|       a sixth of the range on average
 *     exponential    8 + range · u · v · w             an eighth on average, half of them in the first 7 %
 *
 * `live` is the length of the table; default: 1000. A turn fills 3 to 10 % of it and empties 2 to 8 %. In the original, threads
 * also release each other's blocks.
 *
 * @module
 */
import type { Random } from "./random.ts";
import { type Workload, workload } from "./workload.ts";

const EMPTY = -1;
const LEAST = 8;
const MOST = 16000;
const STRIDES = [7, 11, 13, 17, 19, 23, 29, 31, 37];

export const rptestFixed = rptest("fixed", "all sizes 8 bytes", () => LEAST);
export const rptestLinear = rptest("linear", "sizes from 8 to 16,000 bytes that fall off linearly", (random) =>
  scaled(random.float() * Math.abs(random.float() + random.float() - 1)),
);
export const rptestExponential = rptest(
  "exponential",
  "sizes from 8 to 16,000 bytes that fall off exponentially",
  (random) => scaled(random.float() * random.float() * random.float()),
);

function scaled(part: number): number {
  return LEAST + Math.floor((MOST - LEAST) * part);
}

function rptest(rule: string, sizes: string, size: (random: Random) => number): Workload {
  return workload(
    {
      name: `rptest-${rule}`,
      source: "rpmalloc-benchmark of Mattias Jansson (github.com/mjansson/rpmalloc-benchmark), 2017",
      stresses: `two cursors stride through a table, one empties slots and one fills them, ${sizes}`,
      live: 1000,
    },
    function* (trace, random, live) {
      const slots = new Float64Array(live).fill(EMPTY);
      const [fillStride, emptyStride] = STRIDES.filter((stride) => live % stride !== 0) as [number, number];
      let filling = 0;
      let emptying = 0;
      const empty = (slot: number) => {
        if (slots[slot] !== EMPTY) trace.release(slots[slot]!);
        slots[slot] = EMPTY;
      };
      for (;;) {
        for (let count = Math.floor(turn(random, live) * 0.8); count > 0; count--) {
          empty(emptying);
          emptying = (emptying + emptyStride) % live;
        }
        for (let count = turn(random, live); count > 0; count--) {
          empty(filling);
          yield;
          slots[filling] = trace.allocate(size(random));
          filling = (filling + fillStride) % live;
        }
      }
    },
  );
}

/** Returns the number of slots to visit: 30 to 99 % of a tenth of the table, at least 1. */
function turn(random: Random, live: number): number {
  return Math.ceil((live * (30 + random.below(70))) / 1000);
}
