/**
 * sawtooth: sizes that grow from one phase to the next, again and again.
 *
 *     bytes          ▁▂▄█    ▁▃█    ▁▂▃▄█        each tooth grows by other steps, and starts small again
 *     of a block
 *     live           ░░▒▒▓▓                      the newest blocks replace the oldest ones, but for a few that stay
 *
 * The live bytes stay about the same, and the sizes move on: the memory of smaller blocks has to serve larger ones, as fast as it becomes
 * free. The few blocks that stay lie between.
 *
 * A tooth starts at 16 to 64 bytes, ends at 512 bytes to 8 KiB, and a phase has sizes 1.125 to 2 times those of the one before. A phase
 * allocates 64 bytes for each block of `live`, and the oldest blocks are released as soon as that many bytes are live. One block in 8 to
 * 64 KiB is kept. When the kept blocks are more than a quarter of `live`, everything is released. Default of `live`: 16,000.
 *
 * @module
 */
import { workload } from "./workload.ts";

/** Bytes of a phase for each block of `live`. */
const SHARE = 64;
const LEAST_STRETCH = 8192;

export const sawtooth = workload(
  {
    name: "sawtooth",
    source: "Wilson, Johnstone, Neely and Boles, Dynamic storage allocation: a survey and critical review, 1995: ramps",
    stresses:
      "sizes that grow from phase to phase, again and again, and few blocks that stay: memory that moves on to larger sizes",
    live: 16_000,
  },
  function* (trace, random, live) {
    const share = SHARE * live;
    for (;;) {
      const kept: number[] = [];
      const queue: { id: number; size: number }[] = [];
      let oldest = 0;
      let bytes = 0;
      let passed = 0;
      while (kept.length <= live >> 2) {
        const last = 512 << random.below(5);
        const growth = 9 + random.below(8);
        const stretch = LEAST_STRETCH << random.below(4);
        for (let size = 16 + random.below(49); size <= last; size = Math.ceil((size * growth) / 8)) {
          for (let left = share; left > 0; left -= size) {
            while (oldest < queue.length && (bytes + size > share || kept.length + queue.length - oldest >= live)) {
              const block = queue[oldest++]!;
              bytes -= block.size;
              passed += block.size;
              if (passed < stretch || kept.length >= live >> 1) trace.release(block.id);
              else {
                kept.push(block.id);
                passed = 0;
              }
            }
            yield;
            queue.push({ id: trace.allocate(size), size });
            bytes += size;
          }
        }
      }
      for (const id of [...kept, ...queue.slice(oldest).map((block) => block.id)]) trace.release(id);
    }
  },
);
