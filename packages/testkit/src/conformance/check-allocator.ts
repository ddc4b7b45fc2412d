/**
 * checkAllocator: the rules of the contract, tried on any allocator, by laws and by random programs.
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import { Check } from "./check.ts";
import type { RuleId } from "./rules.ts";

export interface CheckOptions {
  /**
   * What `make` takes chunks from, if it takes a parent. Then the kit also makes allocators over parents of its own: some throw, some
   * end first, and some have a memory that copies and fills by functions. Default: `pages` of a new memory, if `make` has a parameter.
   */
  readonly parent?: Allocator;
  /** How many random programs: 100 unless said. */
  readonly programs?: number;
  /** The most steps of a program: 100 unless said. */
  readonly steps?: number;
  /** The most bytes of a request that may well be served: 64 KiB unless said. */
  readonly maxSize?: number;
  /** The largest align, a power of two: 64 KiB unless said. */
  readonly maxAlign?: number;
  /** What the random programs are made from: the same seed gives the same programs. Random unless said. */
  readonly seed?: number;
  /** Rules that are not tried, each with the reason. */
  readonly skip?: Partial<Record<RuleId, string>>;
  /**
   * Told before each program how many are done of how many; before each law, of which some come last, and before each try to make a
   * program that fails shorter, too. Where it answers false the check ends, with what was found so far.
   */
  readonly onProgress?: (done: number, all: number) => unknown;
  /** Told of every call as a line of the printed program, before it is made: what an allocator hangs in is the last line. */
  readonly onCall?: (line: string) => void;
}

/** A rule that an allocator breaks, and the shortest program found that shows it. */
export interface RuleViolation {
  readonly rule: RuleId;
  readonly title: string;
  /** Lines of code; `make` is the function that was checked. */
  readonly program: string;
  readonly message: string;
}

export interface CheckReport {
  readonly ok: boolean;
  readonly violations: readonly RuleViolation[];
  readonly skipped: readonly { readonly rule: RuleId; readonly reason: string }[];
  /** Steps of random programs that were run. What was run again to make one that fails shorter does not count. */
  readonly operations: number;
  /** Requests that were served, and requests answered with NULL: both should be many. */
  readonly served: number;
  readonly refused: number;
  readonly seed: number;
}

/**
 * Checks an allocator against the rules of the contract: laws, and random programs against a shadow of the memory. A
 * program that fails is made shorter, down to the few calls that it needs.
 *
 * @param make - makes an allocator; called for each program. What it makes is used alone, and disposed. If it takes a parent, it is
 *   tried with parents that fail, too: see {@link CheckOptions.parent}
 * @returns what was found; it never throws for a fault of the allocator
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { checkAllocator } from "@alloc/testkit";
 *
 * const report = await checkAllocator(() => pages().byRef(), { programs: 10, skip: { "9.3": "what is lent lives on" } });
 * report.ok; // => true
 * ```
 */
export async function checkAllocator(
  make: (parent: Allocator) => Allocator,
  options: CheckOptions = {},
): Promise<CheckReport> {
  return new Check(make, options).run();
}
