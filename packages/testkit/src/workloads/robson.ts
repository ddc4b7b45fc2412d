/**
 * robson: doubling sizes, and holes that fit none of them.
 *
 *     phase 0    │0│1│2│3│4│5│6│7│                   M blocks of 1 unit
 *     phase 1    │0│ │2│ │4│ │6│ 8 │ 9 │             every second one is released; 2 units fit no hole
 *     phase 2    │0│     │4│   │ 8 │  10   │         one block per 4 units is kept; 4 units fit no hole
 *
 * Phase i keeps the blocks that cover a multiple of 2ⁱ, and allocates blocks of 2ⁱ until M units are live again. Every stripe of
 * 2ⁱ units contains a live block, so no hole fits, and first fit places the new blocks behind the last one. Robson proved that
 * any allocator that cannot move blocks can be driven to M (log₂ n / 2 + 1) − n + 1 units by sizes up to n; with n = M / 2, as
 * here, that is M log₂ M / 2 + 1. For the default it is 7 times the live size.
 *
 * Robson's program looks at addresses, which a trace cannot. This one knows where first fit without headers places the blocks,
 * and drives it exactly to the bound; other allocators get the same sizes in the same order. (Robson shifts the multiples by an
 * offset for other placements; for first fit all offsets are equally bad.) A unit is 16 bytes, so any granule that divides 16
 * gives the same result. M is `live` rounded down to a power of two; default: 16,384. A round takes less than 4 M operations;
 * then everything is released and a new round starts. Nothing is random: the seed has no effect.
 *
 * @module
 */
import { workload } from "./workload.ts";

/** Bytes per unit. */
const UNIT = 16;

/** A block with its position under first fit, in units. */
interface Placed {
  readonly id: number;
  readonly start: number;
  readonly size: number;
}

export const robson = workload(
  {
    name: "robson",
    source: "Robson, Bounds for some functions concerning dynamic storage allocation, Journal of the ACM 21 (3), 1974",
    stresses: "sizes double from phase to phase, and the blocks kept of each leave no hole for the next: fragmentation",
    live: 16384,
  },
  function* (trace, _, live) {
    const most = 1 << (31 - Math.clz32(live));
    for (;;) {
      /** Sorted by address. */
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
