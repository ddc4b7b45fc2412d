/**
 * Sweep: fails each request of a program once and checks that the program handles it.
 *
 *     run 1    1 2 3 4    all are served: the program makes 4 requests
 *     run 2    ✗          it must report that there was no room,
 *     run 3    1 ✗          and leave no block behind
 *     run 4    1 2 ✗
 *     run 5    1 2 3 ✗
 *
 * This reaches every path that an allocation failure can take, if the program makes the same requests each time. Resizing in
 * place now and then would change the requests, so the allocator of a sweep lacks `resizeInPlace`, and every resize is a request
 * that fails once.
 *
 * @module
 */
import {
  type Allocator,
  type Can,
  type CapabilitiesOf,
  type Capability,
  can,
  Memory,
  type Pages,
  pages,
} from "@alloc/core";
import { requireFlag, requireFunction, requireOptions, withCapabilities } from "@alloc/core/author";
import { integer, requireCallback } from "../arguments.ts";
import { withText } from "../with-text.ts";
import { failing } from "./failing.ts";
import { faultsOf, type Run, type SeenRequest, type SweepFault } from "./judge.ts";
import { sweepText } from "./sweep-text.ts";
import { traceOf } from "./trace.ts";
import { Witness } from "./witness.ts";

/** The allocator passed to a program: an `A` without `resizeInPlace`. */
export type Swept<A extends Allocator> = Can<Exclude<CapabilitiesOf<A>, "resizeInPlace">>;

/** Options of {@link sweepFailures}. */
export interface SweepOptions<A extends Allocator = Allocator> {
  /**
   * Makes the allocator of each run; it is disposed after the run.
   *
   * @defaultValue `pages` of one memory shared by all runs
   */
  readonly make?: () => A;
  /**
   * Whether the program may recover: finish normally although a request failed.
   *
   * @defaultValue false
   */
  readonly recovers?: boolean;
  /**
   * Whether all requests after the failed one fail too, as if memory were exhausted.
   *
   * @defaultValue false
   */
  readonly allLater?: boolean;
  /**
   * Maximum number of runs, an integer of at least 1.
   *
   * @defaultValue 1000
   */
  readonly maxRuns?: number;
}

/** A range of requests that were not failed. */
export interface Untried {
  /** The number of the first request in the range, from 1. */
  readonly first: number;
  /** The number of the last one. */
  readonly last: number;
  /** Why they were not failed. */
  readonly reason: string;
}

/** Result of {@link sweepFailures}. */
export interface SweepReport {
  /** True if every request was failed and no fault was found. */
  readonly ok: boolean;
  /** Number of runs, with the one without failures. */
  readonly runs: number;
  /** Number of requests in the run without failures. */
  readonly requests: number;
  /** The faults found, at most 10. */
  readonly faults: readonly SweepFault[];
  /** Requests the sweep did not reach; undefined if it failed every request. */
  readonly untried: Untried | undefined;
  /** Returns, for each fault, the failed request, its caller, and what went wrong. */
  toString(): string;
}

/** The sweep stops after the run in which this many faults are known. */
const MOST_FAULTS = 10;

/**
 * Runs a program once with every request served, and then once per request with that request failed. Checks that the program
 *
 * - reports missing room: it throws an AllocError (or an error whose `cause` is one), or returns NULL where it did not in the
 *   first run. Anything else swallows the failure, unless `recovers` is set.
 * - releases every block it took, also when a request fails.
 * - throws nothing else, and releases and resizes only live blocks, by layouts that fit. The sweep detects and stops such misuse,
 *   whatever the allocator detects.
 * - makes the same requests as in the first run up to the failed one.
 *
 * A program that is faulty in the first run is not swept. Requests of size 0 do not count, as in {@link failing}.
 *
 * Cost: one run of the program per request, and one more.
 *
 * Source: Zig's `checkAllAllocationFailures`, which also fails all later requests (here `allLater`) and stops at the first fault.
 *
 * @param program - sync or async. It must make the same requests each time, take all blocks to be checked from the allocator it
 *   is passed, and be done with that allocator when it ends
 * @param options - see {@link SweepOptions}
 * @returns the faults found; it never throws for a fault of the program
 * @throws `ArgumentError` if `maxRuns` is out of range; errors thrown by `make`
 * @example
 * ```ts
 * import { type Allocator, Layout, orThrow } from "@alloc/core";
 * import { sweepFailures } from "@alloc/testkit";
 *
 * function twoBlocks(allocator: Allocator) {
 *   const layout = Layout.of(40);
 *   const first = orThrow(allocator.allocate(layout), layout);
 *   const second = orThrow(allocator.allocate(layout), layout); // if this fails, the first is leaked
 *   allocator.deallocate(second, layout);
 *   allocator.deallocate(first, layout);
 * }
 * const report = await sweepFailures(twoBlocks);
 * report.faults.map(({ kind }) => kind); // => ["leak"]
 * report.faults[0]?.failedRequest?.index; // => 2
 * void `${report}`; // names where each of the two was requested
 * ```
 */
export async function sweepFailures<A extends Allocator = Pages>(
  program: (allocator: Swept<A>) => unknown,
  options: SweepOptions<A> = {},
): Promise<SweepReport> {
  requireFunction("sweepFailures((allocator) => { … })", program);
  requireOptions("sweepFailures(program, { make, maxRuns })", options, ["make", "recovers", "allLater", "maxRuns"]);
  const { recovers = false, allLater = false } = options;
  requireFlag("sweepFailures(program, { recovers: true })", "recovers", recovers);
  requireFlag("sweepFailures(program, { allLater: true })", "allLater", allLater);
  requireCallback("sweepFailures(program, { make: () => system() })", options.make);
  const maxRuns = integer("maxRuns", options.maxRuns ?? 1000, 1);
  const make = options.make ?? makerOfPages();
  const run = (fails: (index: number) => boolean) =>
    runOnce(program as (allocator: Allocator) => unknown, make(), fails);

  const first = await run(() => false);
  const faults = faultsOf(first, first, recovers);
  const isSound = faults.length === 0;
  const requests = first.requests.length;
  let tried = 0;
  while (isSound && tried < requests && tried + 1 < maxRuns && faults.length < MOST_FAULTS) {
    tried++;
    const failed = tried;
    faults.push(...faultsOf(await run((index) => (allLater ? index >= failed : index === failed)), first, recovers));
  }

  let reason = `maxRuns is ${maxRuns}`;
  if (faults.length >= MOST_FAULTS) reason = `${faults.length} faults were found`;
  if (!isSound) reason = "the program is faulty even with every request served";
  const untried = tried < requests ? { first: tried + 1, last: requests, reason } : undefined;
  const ok = faults.length === 0 && untried === undefined;
  return withText({ ok, runs: tried + 1, requests, faults, untried }, sweepText);
}

/** Runs a program once with some of its requests failed. */
async function runOnce(
  program: (allocator: Allocator) => unknown,
  allocator: Allocator,
  fails: (index: number) => boolean,
): Promise<Run> {
  const requests: SeenRequest[] = [];
  let failed: SeenRequest | undefined;
  const inner = failing(allocator, (request) => {
    const seen = { ...request, trace: traceOf(Witness.prototype[request.call]) };
    requests.push(seen);
    if (!fails(request.index)) return false;
    failed ??= seen;
    return true;
  });
  const Machine = withCapabilities(
    Witness<SeenRequest>,
    (capability) => capability !== "resizeInPlace" && can(inner, capability),
  );
  const witness = new Machine(inner as unknown as Can<Capability>, requests);
  let threw = false;
  let answer: unknown;
  try {
    answer = await program(witness);
  } catch (error) {
    threw = true;
    answer = error;
  }
  const leaks = [...witness.live.values()];
  for (const [ptr, { layout }] of witness.live) inner.deallocate(ptr, layout);
  witness.dispose();
  return { requests, failed, threw, answer, misuse: witness.misuse, leaks };
}

function makerOfPages(): () => Allocator {
  const root = pages(Memory.linear());
  return () => root;
}
