/**
 * binary: alternating small and large blocks, then a size that fits no hole.
 *
 *     allocate    │s│  large  │s│  large  │s│  large  │           live / 2 pairs
 *     release     │s│         │s│         │s│         │           every large one: each hole is one s too short
 *     allocate    │s│ · · · · │s│ · · · · │s│ · · · · │  s + large  │  s + large  │ …       as many, all behind them
 *
 * An allocator that mixes small and large blocks pays for the large ones twice, whatever the fit: it can use 56 % of the memory
 * at best. One that keeps small blocks apart coalesces the holes and reuses them all. Buddy allocators lose in another way,
 * because no large size here is a power of two.
 *
 * Sizes: 64, 448 and 512 bytes in `binary`, 16, 112 and 128 in `binary2`. Default of `live`: 2000 and 2400. At the end of a round
 * everything is released and a new round starts. Nothing is random: the seed has no effect.
 *
 * @module
 */
import { type Workload, workload } from "./workload.ts";

export const binary = binaryPattern("binary", 64, 448, 2000);
export const binary2 = binaryPattern("binary2", 16, 112, 2400);

function binaryPattern(name: string, small: number, large: number, live: number): Workload {
  return workload(
    {
      name,
      source: `${name}-bal.rep of the malloc lab (Bryant and O'Hallaron, Computer Systems: A Programmer's Perspective)`,
      stresses: `alternating blocks of ${small} and ${large} bytes, then all large ones are replaced by ${small + large} bytes: holes that fit nothing`,
      live,
    },
    function* (trace, _, live) {
      const pairs = live >> 1;
      for (;;) {
        const smalls: number[] = [];
        const larges: number[] = [];
        const sums: number[] = [];
        while (larges.length < pairs) {
          yield;
          smalls.push(trace.allocate(small));
          yield;
          larges.push(trace.allocate(large));
        }
        for (const id of larges) trace.release(id);
        while (sums.length < pairs) {
          yield;
          sums.push(trace.allocate(small + large));
        }
        for (const id of [...smalls, ...sums]) trace.release(id);
      }
    },
  );
}
