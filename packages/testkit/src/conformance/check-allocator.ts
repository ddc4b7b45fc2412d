/**
 * checkAllocator: the rules of the contract, tried on any allocator, by laws and by random programs.
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import fc from "fast-check";
import { LAWS } from "./laws/index.ts";
import { RULES, type RuleId, Violation } from "./rules.ts";
import { stepsOf } from "./steps.ts";
import { Tally, Trial } from "./trial.ts";

export interface CheckOptions {
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
  /** Steps of random programs that were run. */
  readonly operations: number;
  /** Requests that were served, and requests answered with NULL: both should be many. */
  readonly served: number;
  readonly refused: number;
  readonly seed: number;
}

/** Other violations are looked for until so many rules are broken. */
const MOST_VIOLATIONS = 5;

/**
 * Checks an allocator against the rules of the contract: laws, and random programs against a shadow of the memory. A
 * program that fails is shrunk to the few steps that it needs.
 *
 * @param make - makes an allocator; called for each program. What it makes is used alone, and disposed
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
export async function checkAllocator(make: () => Allocator, options: CheckOptions = {}): Promise<CheckReport> {
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  const skipped = new Map<RuleId, string>(Object.entries(options.skip ?? {}) as [RuleId, string][]);
  const found = new Map<RuleId, RuleViolation>();
  const report = (error: unknown, rules: readonly RuleId[], trial: Trial | undefined) => {
    const { rule, message } = error instanceof Violation ? error : new Violation(rules[0]!, `it threw ${error}`);
    if (skipped.has(rule) || found.has(rule)) return;
    found.set(rule, { rule, title: titleOf(rule), program: (trial?.log ?? []).join("\n"), message });
  };

  noteBytes(make, skipped);
  for (const law of LAWS) {
    if (law.rules.every((rule) => skipped.has(rule))) continue;
    let trial: Trial | undefined;
    try {
      trial = new Trial(make());
      const reason = law.run(trial, make);
      if (reason !== undefined) for (const rule of law.rules) if (rule !== "6.5") skipped.set(rule, reason);
      trial.allocator.dispose();
    } catch (error) {
      report(error, law.rules, trial);
    }
  }

  const tally = new Tally();
  const program = stepsOf(
    { maxSize: options.maxSize ?? 65536, maxAlign: options.maxAlign ?? 65536 },
    options.steps ?? 100,
  );
  while (found.size < MOST_VIOLATIONS) {
    const known = found.size;
    let last: { error: unknown; trial: Trial } | undefined;
    const property = fc.property(program, (steps) => {
      const trial = new Trial(make(), tally);
      try {
        for (const step of steps) trial.run(step);
        trial.finish();
      } catch (error) {
        discard(trial.allocator);
        if (error instanceof Violation && (skipped.has(error.rule) || found.has(error.rule))) return;
        last = { error, trial };
        throw error;
      }
    });
    fc.check(property, { seed, numRuns: options.programs ?? 100 });
    if (last !== undefined) report(last.error, ["1.6"], last.trial);
    if (found.size === known) break;
  }

  const violations = RULES.flatMap(({ id }) => found.get(id) ?? []);
  return {
    ok: violations.length === 0,
    violations,
    skipped: RULES.flatMap(({ id }) => (skipped.has(id) ? [{ rule: id, reason: skipped.get(id)! }] : [])),
    operations: tally.operations,
    served: tally.served,
    refused: tally.refused,
    seed,
  };
}

/** Disposes an allocator that was found broken, so that what can be given back is. */
function discard(allocator: Allocator): void {
  try {
    allocator.dispose();
  } catch {
    // It is broken: that was reported.
  }
}

/** What is in a block cannot be seen where the memory has no bytes. */
function noteBytes(make: () => Allocator, skipped: Map<RuleId, string>): void {
  const allocator = make();
  if (!allocator.memory.hasBytes) {
    for (const rule of ["1.4", "4.1", "5.1", "5.2"] as const) skipped.set(rule, "its memory has no bytes");
  }
  allocator.dispose();
}

function titleOf(rule: RuleId): string {
  return RULES.find(({ id }) => id === rule)!.title;
}
