/**
 * rptest: two hands that walk through one table in strides, one emptying slots, one filling them.
 *
 *     slots       │ 0 │ 1 │ 2 │ 3 │ 4 │ 5 │ 6 │ 7 │ 8 │ 9 │ …
 *     filling       ●───────────────────────────▶ ●              every 7th slot; a block that is there is released before
 *     emptying      ○───────────────────────────────────────…    every 11th
 *
 * In turn: some slots are emptied, some are filled, somewhat more filled than emptied. The strides are primes that do not divide
 * the length of the table, so each hand comes to every slot, and neighbours in the table are of different age.
 *
 * Sizes lie from 8 to 16,000 bytes, by one of three rules, where u, v and w are random from 0 to 1 and the range is 15,992:
 *
 *     fixed          8, always                         the plain speed of one size
 *     linear         8 + range · u · |v + w − 1|       a sixth of the range on average
 *     exponential    8 + range · u · v · w             an eighth on average, and half of them in its first 7 %
 *
 * `live` is the length of the table, 1000 unless said. A turn fills 3 to 10 % of it and empties 2 to 8 %. The original also lets
 * threads release each other's blocks.
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
      stresses: `two hands walk through a table in strides, one empties slots and one fills them, ${sizes}`,
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

/** How many slots a hand visits: 30 to 99 % of a tenth of the table, at least 1. */
function turn(random: Random, live: number): number {
  return Math.ceil((live * (30 + random.below(70))) / 1000);
}
