/**
 * checkAllocator: tests an allocator against the rules of the contract, by laws and random programs.
 *
 * @module
 */
import { type Allocator, ArgumentError, Layout } from "@alloc/core";
import { requireAllocator, requireFunction, requireOptions, shown } from "@alloc/core/author";
import { integer, requireCallback } from "../arguments.ts";
import { Check } from "./check.ts";
import { RULES, type RuleId } from "./rules.ts";

/** Options of {@link checkAllocator}. */
export interface CheckOptions {
  /**
   * Parent passed to `make`, if it takes one. The kit then also makes allocators over parents of its own: parents that throw,
   * parents that end first, and parents in a memory that copies and fills by functions.
   *
   * @defaultValue `pages` of a new memory, if `make` has a parameter
   */
  readonly parent?: Allocator;
  /**
   * Number of random programs.
   *
   * @defaultValue 100
   */
  readonly programs?: number;
  /**
   * Maximum number of steps per program.
   *
   * @defaultValue 100
   */
  readonly steps?: number;
  /**
   * Maximum size of a request that is expected to be served, in bytes.
   *
   * @defaultValue 65536
   */
  readonly maxSize?: number;
  /**
   * Maximum align, a power of two, in bytes.
   *
   * @defaultValue 65536
   */
  readonly maxAlign?: number;
  /**
   * Seed of the random programs: the same seed makes the same programs.
   *
   * @defaultValue a random seed
   */
  readonly seed?: number;
  /** Rules not to test, each with the reason. */
  readonly skip?: Partial<Record<RuleId, string>>;
  /**
   * Called before each program, each law (some laws run last) and each attempt to shorten a failing program, with the number of
   * programs done and the total. Return false to end the check with the findings so far.
   */
  readonly onProgress?: (done: number, all: number) => unknown;
  /**
   * Called before every call with the line of the printed program; if the allocator hangs, the last line is the call that hangs.
   */
  readonly onCall?: (line: string) => void;
}

/** A broken rule and the shortest program found that shows it. */
export interface RuleViolation {
  /** Its number in docs/contract.md. */
  readonly rule: RuleId;
  /** The rule in words. */
  readonly title: string;
  /** Lines of code; `make` is the checked function. */
  readonly program: string;
  /** What was expected and what happened. */
  readonly message: string;
}

/** Result of {@link checkAllocator}. */
export interface CheckReport {
  /** Whether no tested rule is broken. */
  readonly ok: boolean;
  /** The broken rules, in the order of the contract. */
  readonly violations: readonly RuleViolation[];
  /** The rules that were not tested, each with the reason. */
  readonly skipped: readonly { readonly rule: RuleId; readonly reason: string }[];
  /** Steps of random programs run, excluding repeats while shortening a failing program. */
  readonly operations: number;
  /** Requests served: a large number, or little was tried. */
  readonly served: number;
  /** Requests for which NULL was returned: a large number too. */
  readonly refused: number;
  /** The seed that repeats the check. */
  readonly seed: number;
  /** Returns each broken rule with the program that shows it, how to repeat the check, and the rules not tested. */
  toString(): string;
}

/**
 * Checks an allocator against the rules of the contract: laws, and random programs compared with a shadow of the memory. A
 * failing program is shortened to the few calls it needs.
 *
 * @param make - makes an allocator; called once per program. The allocator is used alone and disposed. If `make` takes a parent,
 *   it is also tried with parents that fail: see {@link CheckOptions.parent}
 * @param options - see {@link CheckOptions}
 * @returns the violations found; it never throws for a fault of the allocator
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { checkAllocator } from "@alloc/testkit";
 *
 * const report = await checkAllocator(() => pages().byRef(), { programs: 10, skip: { "9.3": "a lent allocator lives on" } });
 * report.ok; // => true
 * ```
 */
export async function checkAllocator(
  make: (parent: Allocator) => Allocator,
  options: CheckOptions = {},
): Promise<CheckReport> {
  requireFunction("checkAllocator(() => system())", make);
  requireCheckOptions(options);
  return new Check(make, options).run();
}

const OPTIONS: readonly string[] = [
  "parent",
  "programs",
  "steps",
  "maxSize",
  "maxAlign",
  "seed",
  "skip",
  "onProgress",
  "onCall",
] satisfies (keyof CheckOptions)[];

function requireCheckOptions(options: CheckOptions): void {
  const call = "checkAllocator(make, { programs, seed })";
  requireOptions(call, options, OPTIONS);
  const { parent, programs, steps, maxSize, maxAlign, seed, skip, onProgress, onCall } = options;
  if (parent !== undefined)
    requireAllocator("checkAllocator", parent, "checkAllocator(make, { parent: pages(memory) })");
  for (const [name, value] of Object.entries({ programs, steps, maxSize })) {
    if (value !== undefined) integer(name, value, 1);
  }
  if (seed !== undefined) integer("seed", seed, Number.MIN_SAFE_INTEGER);
  Layout.of(0, maxAlign);
  if (skip !== undefined) requireSkip(skip);
  requireCallback("checkAllocator(make, { onProgress: (done) => { … } })", onProgress);
  requireCallback("checkAllocator(make, { onCall: (line) => { … } })", onCall);
}

function requireSkip(skip: object): void {
  const call = 'checkAllocator(make, { skip: { "9.3": "reason" } })';
  const rules = Object.keys(Object(skip));
  requireOptions(call, skip, rules);
  const wrong = rules.find((rule) => !RULES.some(({ id }) => id === rule));
  if (wrong !== undefined)
    throw new ArgumentError(`skip expects the number of a rule of the contract, got ${shown(wrong)}: write ${call}`);
}
