/**
 * Workload: a program that never ran, written down as the trace that it would leave.
 *
 *     program     a a a f a f a a f …           endless, of a seed
 *     cut off     a a a f a f │ f f              after as many blocks as half the operations, and the rest is released
 *
 * Each block is allocated once and released once. So a program that is cut off after `n` blocks has 2 n events, wherever that
 * is, and the length of a workload is exact.
 *
 * @module
 */

import { TraceBuilder } from "../trace/builder.ts";
import type { Trace } from "../trace/format.ts";
import { Random } from "./random.ts";

export interface WorkloadOptions {
  /** What the random numbers follow from, an integer: 1 unless said. The same seed gives the same bytes on every engine. */
  readonly seed?: number;
  /** Events of the trace, from 2 to 2 ** 30: exactly as many, one less if that is odd. 100,000 unless said. */
  readonly operations?: number;
  /**
   * The most blocks live at once, from 8 to 2 ** 24; none of the workloads exceeds it. What the original has unless said, and at
   * most a quarter of the operations, so that a short trace also gets past its beginning.
   */
  readonly live?: number;
}

/** A generator of traces. */
export interface Workload {
  readonly name: string;
  /** Where the pattern comes from. */
  readonly source: string;
  /** What it asks of an allocator. */
  readonly stresses: string;
  /**
   * Makes a trace.
   *
   * @throws `RangeError` if an option cannot be
   * @example
   * ```ts
   * import { WORKLOADS } from "@alloc/testkit";
   *
   * const trace = WORKLOADS.larson.make({ seed: 7, operations: 1000, live: 100 });
   * trace.length; // => 1000
   * trace.header.maxlive; // => 100
   * ```
   */
  make(options?: WorkloadOptions): Trace;
}

/**
 * What a workload does: it allocates and releases without end, keeps at most `live` blocks, and yields before each allocation,
 * where it may be cut off.
 */
export type Program = (trace: TraceBuilder, random: Random, live: number) => Iterable<void>;

/** A workload but for its program. */
export interface About extends Pick<Workload, "name" | "source" | "stresses"> {
  /** The most blocks live at once, unless said. */
  readonly live: number;
}

const LEAST_LIVE = 8;
const MOST_LIVE = 2 ** 24;
const MOST_OPERATIONS = 2 ** 30;

/** Makes a workload of a program. */
export function workload(about: About, program: Program): Workload {
  const { name, source, stresses } = about;
  return {
    name,
    source,
    stresses,
    make({ seed = 1, operations = 100_000, live = defaultLive(about.live, operations) } = {}) {
      requireInteger("seed", seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
      requireInteger("operations", operations, 2, MOST_OPERATIONS);
      requireInteger("live", live, LEAST_LIVE, MOST_LIVE);
      const trace = new TraceBuilder();
      const blocks = Math.floor(operations / 2);
      for (const _ of program(trace, new Random(seed), live)) if (trace.ids === blocks) break;
      return trace.finish({ name, program: stresses, source, seed: `${seed}`, live: `${live}` });
    },
  };
}

function defaultLive(live: number, operations: number): number {
  return Math.max(LEAST_LIVE, Math.min(live, Math.floor(operations / 4)));
}

function requireInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${name} must be an integer from ${least} to ${most}, came ${value}`);
}
