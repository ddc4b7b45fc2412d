/**
 * Sweep: every request that a program makes fails once, and the program has to stand it.
 *
 *     run 1    1 2 3 4    all are served: the program makes 4 requests
 *     run 2    ✗          it has to say that there was no room,
 *     run 3    1 ✗          and leave no block behind
 *     run 4    1 2 ✗
 *     run 5    1 2 3 ✗
 *
 * That reaches every path that an allocation failure can take, if the program makes the same requests each time. It cannot
 * where blocks resize in place now and then; so the allocator of a sweep has no `resizeInPlace`, and every resize is a
 * request that fails once.
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
  withCapabilities,
} from "@alloc/core";
import { failing } from "./failing.ts";
import { faultsOf, type Run, type SeenRequest, type SweepFault } from "./judge.ts";
import { integer } from "./policy.ts";
import { traceOf } from "./trace.ts";
import { Witness } from "./witness.ts";

/** What a program is given: an `A` that cannot resize in place. */
export type Swept<A extends Allocator> = Can<Exclude<CapabilitiesOf<A>, "resizeInPlace">>;

export interface SweepOptions<A extends Allocator = Allocator> {
  /**
   * Makes the allocator of each run, which is used alone, and disposed. Unless said, `pages` of one memory that the sweep
   * makes.
   */
  readonly make?: () => A;
  /** Whether the program may do without: finish in its own way though a request failed. False unless said. */
  readonly recovers?: boolean;
  /** Whether all requests behind the one that fails do too, as where there is no room at all. False unless said. */
  readonly allLater?: boolean;
  /** The most runs, an integer from 1: 1000 unless said. */
  readonly maxRuns?: number;
}

/** Requests that were not failed. */
export interface Untried {
  readonly first: number;
  readonly last: number;
  readonly reason: string;
}

export interface SweepReport {
  /** Whether every request was failed, and no fault came to light. */
  readonly ok: boolean;
  readonly runs: number;
  /** Requests of the run in which all were served. */
  readonly requests: number;
  readonly faults: readonly SweepFault[];
  /** What the sweep ended before; undefined if every request was failed. */
  readonly untried: Untried | undefined;
}

/** A sweep ends with the run in which so many faults are known. */
const MOST_FAULTS = 10;

/**
 * Runs a program once with every request served, and then once for each of them, in which that one fails. What is judged:
 *
 * - It says that there was no room: by throwing an AllocError (or an error whose `cause` is one), or by answering NULL where
 *   it did not in the first run. To finish otherwise is to swallow the failure, unless it `recovers`.
 * - Whatever it took it gives back, also where it fails.
 * - It throws nothing else, and releases and resizes only blocks that are live, by layouts that fit. The sweep detects that
 *   whatever the allocator detects, and stops it there.
 * - Up to the request that fails it makes the same requests as in the first run.
 *
 * A program that is faulty in the first run is not swept. Requests of size 0 are none, as in {@link failing}.
 *
 * Cost: one run of the program for each request and one more.
 *
 * Source: `checkAllAllocationFailures` of Zig, which fails all later requests too (here `allLater`), and ends with the first
 * fault.
 *
 * @param program - sync or async. It shall make the same requests each time, take the blocks that it wants to be watched
 *   from the allocator that it is given, and be done with it when it ends
 * @returns what was found; it never throws for a fault of the program
 * @throws `RangeError` if `maxRuns` cannot be; what `make` throws
 * @example
 * ```ts
 * import { type Allocator, Layout, orThrow } from "@alloc/core";
 * import { sweepFailures, sweepText } from "@alloc/testkit";
 *
 * function twoBlocks(allocator: Allocator) {
 *   const layout = Layout.of(40);
 *   const first = orThrow(allocator.allocate(layout), layout);
 *   const second = orThrow(allocator.allocate(layout), layout); // when this fails, nobody releases the first
 *   allocator.deallocate(second, layout);
 *   allocator.deallocate(first, layout);
 * }
 * const report = await sweepFailures(twoBlocks);
 * report.faults.map(({ kind }) => kind); // => ["leak"]
 * report.faults[0]?.failedRequest?.index; // => 2
 * void sweepText(report); // where the second was requested, and where the first
 * ```
 */
export async function sweepFailures<A extends Allocator = Pages>(
  program: (allocator: Swept<A>) => unknown,
  options: SweepOptions<A> = {},
): Promise<SweepReport> {
  const { recovers = false, allLater = false } = options;
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
  if (faults.length >= MOST_FAULTS) reason = `${faults.length} faults are enough`;
  if (!isSound) reason = "the program is faulty with every request served";
  const untried = tried < requests ? { first: tried + 1, last: requests, reason } : undefined;
  return { ok: faults.length === 0 && untried === undefined, runs: tried + 1, requests, faults, untried };
}

/** Runs a program once; some of its requests fail. */
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
