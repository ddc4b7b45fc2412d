/**
 * turns: the size classes are used in turn, and a few blocks of each stay.
 *
 *     phase 1    │a│a│a│a│a│a│a│a│  ──▶  │a│           │       blocks of one size; one of many is kept
 *     phase 2    │a│ b │ b │ b │ b  ──▶  │a│     b     │       another size fits between, if the memory between is free again
 *
 * A heap with separate memory for each size pays for each phase anew, if a kept block holds the memory around it.
 *
 * A phase allocates blocks of one size, 40 bytes for each block of `live`, and releases all but one in 8 to 64 KiB, in a random
 * place of each stretch. `turns` has sizes of 8 to 512 bytes; `half-turns` has sizes of 512 to 1024 bytes and keeps one in 4 to 32 KiB.
 * After 24 and 12 phases, everything is released and a new round starts. Default of `live`: 20,000 and 10,000.
 *
 * @module
 */
import { type Workload, workload } from "./workload.ts";

/** Bytes of a phase for each block of `live`. */
const SHARE = 40;
const STEP = 8;

interface Turns {
  /** Bounds of the sizes, in bytes. */
  readonly least: number;
  readonly most: number;
  readonly phases: number;
  /** Bounds of the bytes for each block that is kept; powers of two. */
  readonly dense: number;
  readonly sparse: number;
  readonly live: number;
}

export const turns = inTurn("turns", {
  least: 8,
  most: 512,
  phases: 24,
  dense: 8192,
  sparse: 65536,
  live: 20_000,
});
export const halfTurns = inTurn("half-turns", {
  least: 512,
  most: 1024,
  phases: 12,
  dense: 4096,
  sparse: 32768,
  live: 10_000,
});

function inTurn(name: string, { least, most, phases, dense, sparse, live }: Turns): Workload {
  return workload(
    {
      name,
      source:
        "Wilson, Johnstone, Neely and Boles, Dynamic storage allocation: a survey and critical review, 1995: phases",
      stresses: `sizes of ${least} to ${most} bytes in turn, of which few blocks stay: memory that one size leaves to the next`,
      live,
    },
    function* (trace, random, live) {
      for (;;) {
        const kept: number[] = [];
        for (let phase = 0; phase < phases && kept.length < live >> 1; phase++) {
          const size = least + STEP * random.below((most - least) / STEP + 1);
          const stretch = Math.max(1, Math.floor((dense + random.below(sparse - dense)) / size));
          const count = Math.max(1, Math.min(live - kept.length, Math.floor((SHARE * live) / size)));
          const blocks: number[] = [];
          while (blocks.length < count) {
            yield;
            blocks.push(trace.allocate(size));
          }
          for (let from = 0; from < count; from += stretch) {
            const end = Math.min(count, from + stretch);
            const stays = from + random.below(end - from);
            for (let block = from; block < end; block++) if (block !== stays) trace.release(blocks[block]!);
            kept.push(blocks[stays]!);
          }
        }
        for (const id of kept) trace.release(id);
      }
    },
  );
}
