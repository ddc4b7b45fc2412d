/**
 * mstress: short-lived blocks, long-lived blocks, and blocks that are handed on.
 *
 *     table       up to live / 2    two thirds of the steps pick a random slot and release its block, if any
 *        ⇅        a quarter of the steps swap a block of the table with a slot of the transfer buffer
 *     transfer    up to live / 4    outlive the round; half of them are released when it ends
 *     retained    up to live / 4    grow throughout the round, released when it ends
 *
 * A round is the work of one thread in the original: it allocates for the table or for the retained blocks until both are
 * complete. Blocks swapped into the transfer buffer are released by a later round, among unrelated blocks.
 *
 * Sizes are words of 8 bytes: a power of two from 1 to 16 words in the table, up to 64 words for retained blocks. One in a
 * hundred is 100 times as large, one in ten of these 1000 times and one in a hundred 10,000 times, up to 5 MB. Default of `live`:
 * 4000.
 *
 * @module
 */
import type { Random } from "./random.ts";
import { workload } from "./workload.ts";

const EMPTY = -1;
const WORD = 8;
const TABLE_SHIFTS = 5;
const RETAINED_SHIFTS = 7;

export const mstress = workload(
  {
    name: "mstress",
    source: "test-stress of mimalloc (Leijen, Zorn and de Moura), 2019; mstress in mimalloc-bench",
    stresses: "short-lived, retained and handed-on blocks side by side, sizes in powers of two, a few of them huge",
    live: 4000,
  },
  function* (trace, random, live) {
    const transfer = new Array<number>(live >> 2).fill(EMPTY);
    const release = (slots: number[], slot: number) => {
      if (slots[slot] !== EMPTY) trace.release(slots[slot]!);
      slots[slot] = EMPTY;
    };
    for (;;) {
      const table: number[] = [];
      const retained: number[] = [];
      let allocations = live >> 1;
      let retentions = live >> 2;
      while (allocations + retentions > 0) {
        yield;
        if (retentions === 0 || (allocations > 0 && random.chance(50))) {
          allocations--;
          table.push(trace.allocate(size(random, TABLE_SHIFTS)));
        } else {
          retentions--;
          retained.push(trace.allocate(size(random, RETAINED_SHIFTS)));
        }
        if (table.length > 0 && random.chance(66)) release(table, random.below(table.length));
        if (table.length > 0 && random.chance(25)) {
          const [here, there] = [random.below(table.length), random.below(transfer.length)];
          [table[here], transfer[there]] = [transfer[there]!, table[here]!];
        }
      }
      for (const slot of retained.keys()) release(retained, slot);
      for (const slot of table.keys()) release(table, slot);
      for (const slot of transfer.keys()) if (random.chance(50)) release(transfer, slot);
    }
  },
);

function size(random: Random, shifts: number): number {
  return WORD * (1 << random.below(shifts)) * scale(random);
}

function scale(random: Random): number {
  if (!random.chance(1)) return 1;
  if (random.chance(1)) return 10_000;
  return random.chance(10) ? 1000 : 100;
}
