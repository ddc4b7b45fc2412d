/**
 * checkAllocator: the rules of the contract, tried on any allocator, by laws and by random programs.
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import fc from "fast-check";
import { LAWS } from "./laws/index.ts";
import { RULES, type RuleId, Violation } from "./rules.ts";
import { type Step, stepsOf } from "./steps.ts";
import { Tally } from "./tally.ts";
import { MAKE, Trial } from "./trial.ts";

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
  /**
   * Told before each program how many are done of how many, and before each law; after a broken rule was found, another round
   * begins from 0. Where it answers false the check ends, with what was found so far.
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
  /** Steps of random programs that were run. */
  readonly operations: number;
  /** Requests that were served, and requests answered with NULL: both should be many. */
  readonly served: number;
  readonly refused: number;
  readonly seed: number;
}

/** Other violations are looked for until so many rules are broken. */
const MOST_VIOLATIONS = 5;
/** So many programs are tried to make one that fails shorter: a broken allocator may be slow. */
const MOST_SHRINKS = 2000;

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
  const check = new Check(make, options);
  check.tryLaws();
  while (check.found.size < MOST_VIOLATIONS && check.tryPrograms());
  return check.report();
}

class Check {
  readonly options: CheckOptions;
  readonly seed: number;
  readonly programs: number;
  readonly make: () => Allocator;
  readonly skipped: Map<RuleId, string>;
  readonly found = new Map<RuleId, RuleViolation>();
  readonly tally: Tally;
  ended = false;

  constructor(make: () => Allocator, options: CheckOptions) {
    this.options = options;
    this.seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
    this.programs = options.programs ?? 100;
    this.make = () => {
      options.onCall?.(MAKE);
      return make();
    };
    this.skipped = new Map(Object.entries(options.skip ?? {}) as [RuleId, string][]);
    this.tally = new Tally(options.onCall);
    noteBytes(this.make, this.skipped);
  }

  /** Tries what one program each can show. */
  tryLaws(): void {
    for (const law of LAWS) {
      if (law.rules.every((rule) => this.skipped.has(rule)) || !this.goesOn(0)) continue;
      let trial: Trial | undefined;
      try {
        trial = new Trial(this.make(), new Tally(this.options.onCall));
        const reason = law.run(trial, this.make);
        if (reason !== undefined) for (const rule of law.rules) if (rule !== "6.5") this.skipped.set(rule, reason);
        trial.note("a.dispose();");
        trial.allocator.dispose();
      } catch (error) {
        this.note(error, law.rules, trial?.log);
      }
    }
  }

  /** Tries random programs until one breaks a rule that is not known to be broken, and answers whether one did. */
  tryPrograms(): boolean {
    const { maxSize = 65536, maxAlign = 65536, steps: most = 100 } = this.options;
    const known = this.found.size;
    let done = 0;
    let shrinks = 0;
    let last: { error: unknown; log: readonly string[] } | undefined;
    const property = fc.property(stepsOf({ maxSize, maxAlign }, most), (steps) => {
      if (!this.goesOn(done) || shrinks > MOST_SHRINKS) {
        // Ends the run before a failure, and the shrinking after one.
        if (last === undefined) throw new Error("ended by onProgress");
        return;
      }
      const [error, log] = this.tryProgram(steps);
      if (error !== undefined) last = { error, log };
      // What runs after the first failure is the shrinking of that program.
      if (last === undefined) done++;
      else shrinks++;
      if (error !== undefined) throw error;
    });
    fc.check(property, { seed: this.seed, numRuns: this.programs });
    if (last !== undefined) this.note(last.error, ["1.6"], last.log);
    return this.found.size > known;
  }

  /** Runs one program, and answers what it broke that is not known to be broken, and its calls. */
  tryProgram(steps: readonly Step[]): [error: unknown, log: readonly string[]] {
    let trial: Trial | undefined;
    try {
      trial = new Trial(this.make(), this.tally);
      for (const step of steps) trial.run(step);
      trial.finish();
    } catch (error) {
      if (trial !== undefined) discard(trial.allocator);
      const { rule } = error instanceof Violation ? error : { rule: "1.6" as const };
      if (!this.skipped.has(rule) && !this.found.has(rule)) return [error, trial?.log ?? [MAKE]];
    }
    return [undefined, []];
  }

  /** Tells what is done, and answers whether to go on. */
  goesOn(done: number): boolean {
    this.ended ||= this.options.onProgress?.(done, this.programs) === false;
    return !this.ended;
  }

  note(error: unknown, rules: readonly RuleId[], log: readonly string[] = [MAKE]): void {
    const { rule, message } = error instanceof Violation ? error : new Violation(rules[0]!, `it threw ${error}`);
    if (this.skipped.has(rule) || this.found.has(rule)) return;
    this.found.set(rule, { rule, title: titleOf(rule), program: log.join("\n"), message });
  }

  report(): CheckReport {
    const { found, skipped, seed } = this;
    const { operations, served, refused } = this.tally;
    const violations = RULES.flatMap(({ id }) => found.get(id) ?? []);
    const untried = RULES.flatMap(({ id }) => (skipped.has(id) ? [{ rule: id, reason: skipped.get(id)! }] : []));
    return { ok: violations.length === 0, violations, skipped: untried, operations, served, refused, seed };
  }
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
