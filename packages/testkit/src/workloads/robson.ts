/**
 * robson: sizes that double, and holes that none of them fits.
 *
 *     phase 0    │0│1│2│3│4│5│6│7│                   M blocks of 1 unit
 *     phase 1    │0│ │2│ │4│ │6│ 8 │ 9 │             every second one is released, and 2 units fit no hole
 *     phase 2    │0│     │4│   │ 8 │  10   │         of 4 units one block is kept, and 4 units fit no hole
 *
 * Phase i keeps, of all blocks, those that cover a multiple of 2ⁱ, and allocates blocks of 2ⁱ until M units are live again. As
 * something lives in every stripe of 2ⁱ units, no hole takes one, and first fit places them behind the last block. Robson
 * proved that any allocator which cannot move blocks can be driven to M (log₂ n / 2 + 1) − n + 1 units by sizes up to n; with
 * n = M / 2, as here, that is M log₂ M / 2 + 1. For the default it is 7 times what is live.
 *
 * His program looks where the blocks lie, which a trace cannot. This one knows where first fit without headers places them, and
 * drives that to the bound, to the unit; whoever places otherwise is asked for the same sizes in the same order. (Against others
 * he shifts the multiples by an offset; against first fit one is as bad as another.) A unit is 16 bytes, so a granule that divides
 * 16 changes nothing. M is `live` rounded down to a power of two, 16,384 unless said. A round takes less than 4 M operations;
 * then all is released and it begins anew. Nothing is random: a seed changes nothing.
 *
 * @module
 */
import { workload } from "./workload.ts";

/** Bytes. */
const UNIT = 16;

/** In units, where first fit places it. */
interface Placed {
  readonly id: number;
  readonly start: number;
  readonly size: number;
}

export const robson = workload(
  {
    name: "robson",
    source: "Robson, Bounds for some functions concerning dynamic storage allocation, Journal of the ACM 21 (3), 1974",
    stresses: "sizes double from phase to phase, and what is kept of each leaves no hole for the next: fragmentation",
    live: 16384,
  },
  function* (trace, _, live) {
    const most = 1 << (31 - Math.clz32(live));
    for (;;) {
      /** By address. */
      let blocks: Placed[] = [];
      for (let size = 1; size <= most / 2; size *= 2) {
        for (const block of blocks) if (!coversMultiple(block, size)) trace.release(block.id);
        blocks = blocks.filter((block) => coversMultiple(block, size));
        let start = blocks.reduce((_, block) => block.start + block.size, 0);
        let room = blocks.reduce((units, block) => units - block.size, most);
        for (; room >= size; room -= size) {
          yield;
          blocks.push({ id: trace.allocate(size * UNIT), start, size });
          start += size;
        }
      }
      for (const { id } of blocks) trace.release(id);
    }
  },
);

function coversMultiple({ start, size }: Placed, stripe: number): boolean {
  return Math.ceil(start / stripe) * stripe < start + size;
}
