/**
 * alloc-test: slots that are toggled, a few of them nearly always.
 *
 *     slots     │ hot │     cool      │            cold              │       four fifths of the toggles hit one fifth,
 *     toggle    empty ──▶ allocate    full ──▶ release                       six levels deep
 *
 * A slot is toggled by chance alone, so the lifetime of a block is spread as widely as the heat of its slot. Half of the slots
 * are full when it starts, and half of them stay so.
 *
 * Sizes: 5 to 1024 bytes with a heavy tail: (4, 8] half of the time, (8, 16] a quarter, and so on; each doubling of the size
 * halves its chance, but for the last, which is as likely as the one before it. `live` is the number of slots, 8192 unless said.
 *
 * @module
 */
import type { Random } from "./random.ts";
import { workload } from "./workload.ts";

const EMPTY = -1;
/** The smallest sizes lie above 2 ** 2, the largest above 2 ** 9. */
const LEAST_CLASS = 2;
const MOST_CLASS = 9;

export const allocTest = workload(
  {
    name: "alloc-test",
    source: "alloc-test of OLogN Technologies (github.com/node-dot-cpp/alloc-test), 2018",
    stresses:
      "slots chosen by Pareto's rule are filled and emptied: lifetimes from one step to the whole, a heavy tail of sizes",
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
