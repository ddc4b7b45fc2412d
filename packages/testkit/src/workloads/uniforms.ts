/**
 * uniforms: blocks at multiples of 128 and 256, as graphics interfaces want them.
 *
 *     address    0        256      512      768
 *                │ 256    │ 200  │ │ 144 │  │ 512 …       each starts at a multiple of its align
 *
 * A heap that cannot place small blocks at such an address rounds each up to a large one.
 *
 * Two thirds of the sizes are a multiple of the align, from once to four times; the others are up to a quarter smaller. A table of `live`
 * blocks is filled, and then random blocks are replaced. Default of `live`: 4000.
 *
 * @module
 */
import type { TraceBuilder } from "../trace/builder.ts";
import type { Random } from "./random.ts";
import { workload } from "./workload.ts";

export const uniforms = workload(
  {
    name: "uniforms",
    source:
      "WebGPU, W3C Candidate Recommendation, 2024: minUniformBufferOffsetAlignment and minStorageBufferOffsetAlignment",
    stresses: "small blocks at multiples of 128 and 256 bytes, replaced at random: what an align costs",
    live: 4000,
  },
  function* (trace, random, live) {
    const table: number[] = [];
    while (table.length < live) {
      yield;
      table.push(allocate(trace, random));
    }
    for (;;) {
      const slot = random.below(live);
      trace.release(table[slot]!);
      yield;
      table[slot] = allocate(trace, random);
    }
  },
);

function allocate(trace: TraceBuilder, random: Random): number {
  const align = 128 << random.below(2);
  const size = align * (1 + random.below(4));
  const less = random.below(3) === 0 ? random.below(align / 4) : 0;
  return trace.allocate(size - less, align);
}
