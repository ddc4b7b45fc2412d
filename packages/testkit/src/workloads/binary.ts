/**
 * binary: small and large blocks in turn, and then a size that fits no hole.
 *
 *     allocate    │s│  large  │s│  large  │s│  large  │           live / 2 pairs
 *     release     │s│         │s│         │s│         │           every large one: the holes are an s too short
 *     allocate    │s│ · · · · │s│ · · · · │s│ · · · · │  s + large  │  s + large  │ …       as many, all behind them
 *
 * Who lays small and large blocks side by side pays for the large ones twice, whatever the fit: 56 % of the memory is the best
 * there is. Who keeps small ones apart coalesces the holes and uses them all. Buddies lose in another way, for no large
 * size here is a power of two.
 *
 * Sizes: 64, 448 and 512 bytes in `binary`, 16, 112 and 128 in `binary2`. `live` is 2000 and 2400 unless said. When all of it is
 * done, everything is released and it begins anew. Nothing is random: a seed changes nothing.
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
      stresses: `blocks of ${small} and ${large} bytes in turn, then all large ones are replaced by ones of ${small + large}: holes that fit nothing`,
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
