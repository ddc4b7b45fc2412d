/**
 * alloc-test: slots toggled at random, a few of them most of the time.
 *
 *     slots     │ hot │     cool      │            cold              │       four fifths of the toggles hit one fifth,
 *     toggle    empty ──▶ allocate    full ──▶ release                       six levels deep
 *
 * Slots are chosen by chance alone, so lifetimes are spread as widely as the heat of the slots. Half of the slots are full at the
 * start, and half stay full.
 *
 * Sizes: 5 to 1024 bytes with a heavy tail: (4, 8] half of the time, (8, 16] a quarter, and so on; each doubling of the size
 * halves its probability, except for the last class, which is as likely as the one before. `live` is the number of slots;
 * default: 8192.
 *
 * @module
 */
import type { Random } from "./random.ts";
import { workload } from "./workload.ts";

const EMPTY = -1;
/** The smallest sizes are above 2 ** 2, the largest above 2 ** 9. */
const LEAST_CLASS = 2;
const MOST_CLASS = 9;

export const allocTest = workload(
  {
    name: "alloc-test",
    source: "alloc-test of OLogN Technologies (github.com/node-dot-cpp/alloc-test), 2018",
    stresses:
      "slots chosen by the Pareto rule are filled and emptied: lifetimes from one step to the whole run, a heavy tail of sizes",
    live: 8192,
  },
  function* (trace, random, live) {
    const slots = new Float64Array(live).fill(EMPTY);
    for (let slot = 0; slot < live; slot++) {
      if (random.chance(50)) {
        yield;
        slots[slot] = trace.allocate(size(random));
      }
    }
    for (;;) {
      const slot = random.pareto(live);
      if (slots[slot] !== EMPTY) {
        trace.release(slots[slot]!);
        slots[slot] = EMPTY;
      } else {
        yield;
        slots[slot] = trace.allocate(size(random));
      }
    }
  },
);

function size(random: Random): number {
  let above = LEAST_CLASS;
  while (above < MOST_CLASS && random.chance(50)) above++;
  return (1 << above) + 1 + random.below(1 << above);
}
