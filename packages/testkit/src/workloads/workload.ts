/**
 * Workload: a synthetic program, generated as the trace it would leave.
 *
 *     program     a a a f a f a a f …           endless, seeded
 *     cut off     a a a f a f │ f f              once half the operations are allocations; the rest is released
 *
 * Each block is allocated once and released once. A program cut off after `n` blocks thus has exactly 2 n events, wherever it is
 * cut.
 *
 * @module
 */
import { ArgumentError } from "@alloc/core";
import { requireOptions, shown } from "@alloc/core/author";

import { TraceBuilder } from "../trace/builder.ts";
import type { Trace } from "../trace/format.ts";
import { Random } from "./random.ts";

/** Options of {@link Workload.make}. */
export interface WorkloadOptions {
  /**
   * Seed of the random numbers, an integer. The same seed gives the same bytes on every engine.
   *
   * @defaultValue 1
   */
  readonly seed?: number;
  /**
   * Events of the trace, from 2 to 2 ** 30; odd numbers are rounded down.
   *
   * @defaultValue 100000
   */
  readonly operations?: number;
  /**
   * Maximum number of blocks live at once, from 8 to 2 ** 24; no workload exceeds it.
   *
   * @defaultValue as in the original, and at most a quarter of the operations, so that short traces get past the start
   */
  readonly live?: number;
}

/** A generator of traces. */
export interface Workload {
  /** Its name in tables and options. */
  readonly name: string;
  /** Origin of the pattern. */
  readonly source: string;
  /** What it stresses in an allocator. */
  readonly stresses: string;
  /**
   * Makes a trace.
   *
   * @throws `ArgumentError` if an option cannot be
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
 * The program of a workload: allocates and releases endlessly, keeps at most `live` blocks, and yields before each allocation,
 * where it may be cut off.
 */
export type Program = (trace: TraceBuilder, random: Random, live: number) => Iterable<void>;

/** Properties of a workload except its program. */
export interface About extends Pick<Workload, "name" | "source" | "stresses"> {
  /** Default maximum of blocks live at once. */
  readonly live: number;
}

const LEAST_LIVE = 8;
const MOST_LIVE = 2 ** 24;
const MOST_OPERATIONS = 2 ** 30;

/** Makes a workload from a program. */
export function workload(about: About, program: Program): Workload {
  const { name, source, stresses } = about;
  return {
    name,
    source,
    stresses,
    make(options = {}) {
      requireOptions("make({ seed, operations, live })", options, ["seed", "operations", "live"]);
      const { seed = 1, operations = 100_000, live = defaultLive(about.live, operations) } = options;
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
  throw new ArgumentError(`${name} must be an integer from ${least} to ${most}, got ${shown(value)}`);
}
