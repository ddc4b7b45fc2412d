/**
 * larson: a server, whose requests come and go in no order.
 *
 *     table    │ 310 │  77 │ 512 │ 204 │        a slot chosen at random: its block is released,
 *                        ╰──▶ 691               and one of another size takes its place
 *
 * Larson and Krishnan watched servers and found that the age of a block tells nothing of its end. The original does this in
 * threads which hand their table on, so that blocks are released by others; a trace has one thread.
 *
 * Sizes: 8 to 999 bytes, all as likely. `live` is the length of the table, 5000 unless said: the values that mimalloc-bench
 * runs it with. Once the table is full, it stays full.
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
