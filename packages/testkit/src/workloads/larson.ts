/**
 * larson: a server whose requests come and go in no order.
 *
 *     table    │ 310 │  77 │ 512 │ 204 │        a random slot: its block is released
 *                        ╰──▶ 691               and replaced by one of another size
 *
 * Larson and Krishnan observed servers and found that the age of a block does not predict its lifetime. The original runs in
 * threads that pass their tables on, so that other threads release the blocks; a trace has one thread.
 *
 * Sizes: 8 to 999 bytes, uniformly distributed. `live` is the length of the table; default: 5000, the value mimalloc-bench uses.
 * Once full, the table stays full.
 *
 * @module
 */
import type { Random } from "./random.ts";
import { workload } from "./workload.ts";

const LEAST = 8;
const MOST = 999;

export const larson = workload(
  {
    name: "larson",
    source: "Larson and Krishnan, Memory allocation for long-running server applications, ISMM 1998",
    stresses:
      "blocks of any small size are replaced at random in a full table: holes of every size, no order of release",
    live: 5000,
  },
  function* (trace, random, live) {
    const table: number[] = [];
    while (table.length < live) {
      yield;
      table.push(trace.allocate(size(random)));
    }
    for (;;) {
      const slot = random.below(live);
      trace.release(table[slot]!);
      yield;
      table[slot] = trace.allocate(size(random));
    }
  },
);

function size(random: Random): number {
  return LEAST + random.below(MOST - LEAST + 1);
}
