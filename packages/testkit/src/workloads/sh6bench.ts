/**
 * sh6bench: a ring of blocks, a fifth of which survives each lap.
 *
 *     ring    │ released, first to last ▶ │ kept: a fifth │ ◀ released, last to first │
 *             0                         from              to                        live
 *
 * The ring is filled slot by slot. At its end everything is released except a window that advances by its own length each time:
 * blocks before it in order of allocation, blocks after it in reverse. The next lap skips the window, so every lap leaves blocks
 * scattered among those of the next.
 *
 * Sizes come in runs. From a base (1, 2, 4, 7, 11, … 709 bytes: one and a half times the last, plus 1) they halve down to 1 byte;
 * sizes below 100 bytes are requested 250 times each, others 50 times. `live` is the length of the ring; default: 1000. Nothing
 * is random: the seed has no effect.
 *
 * @module
 */
import type { TraceBuilder } from "../trace/builder.ts";
import { workload } from "./workload.ts";

const MOST = 1000;

export const sh6bench = workload(
  {
    name: "sh6bench",
    source: "sh6bench of MicroQuill (SmartHeap), 2000",
    stresses:
      "runs of equal sizes fill a ring, which is released from both ends, first to last and last to first; a fifth stays",
    live: 1000,
  },
  function* (trace, _, live) {
    const ring = new Ring(trace, live);
    for (;;) {
      for (const size of sizes()) {
        yield;
        ring.allocate(size);
      }
    }
  },
);

function* sizes(): Generator<number> {
  for (let base = 1; base < MOST; base = Math.floor((base * 3) / 2) + 1) {
    for (let size = base; size > 0; size = Math.floor(size / 2)) {
      for (let times = size < 100 ? 250 : 50; times > 0; times--) yield size;
    }
  }
}

class Ring {
  readonly trace: TraceBuilder;
  readonly slots: number[];
  readonly length: number;
  /** The next slot to fill. */
  next: number;
  /** The window: slots `from` to before `to`. Empty in the first lap. */
  from: number;
  to: number;

  constructor(trace: TraceBuilder, length: number) {
    this.trace = trace;
    this.slots = [];
    this.length = length;
    this.next = 0;
    this.from = length;
    this.to = length;
  }

  allocate(size: number): void {
    if (this.next === this.from) this.next = this.to;
    if (this.next === this.length) this.turn();
    this.slots[this.next++] = this.trace.allocate(size);
  }

  /** Advances the window, releases the blocks outside it, and returns to the first empty slot. */
  turn(): void {
    const { trace, slots, length } = this;
    this.from = this.to === length ? 0 : this.to;
    this.to = Math.min(this.from + Math.floor(length / 5), length);
    for (let slot = 0; slot < this.from; slot++) trace.release(slots[slot]!);
    for (let slot = length - 1; slot >= this.to; slot--) trace.release(slots[slot]!);
    this.next = this.from === 0 ? this.to : 0;
  }
}
