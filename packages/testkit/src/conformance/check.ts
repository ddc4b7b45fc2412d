/**
 * Check: runs the laws, then random programs, and keeps for each broken rule the shortest program found that shows it.
 *
 * @module
 */
import { type Allocator, ArgumentError, Memory, pages } from "@alloc/core";
import { isAllocator, shown } from "@alloc/core/author";
import fc from "fast-check";
import { withText } from "../with-text.ts";
import type { CheckOptions, CheckReport, RuleViolation } from "./check-allocator.ts";
import { Effort } from "./effort.ts";
import { LAWS } from "./laws/index.ts";
import { PROBES } from "./laws/law.ts";
import { type Program, type Ran, run } from "./program.ts";
import { reportText } from "./report-text.ts";
import { RULES, type RuleId, type Violation } from "./rules.ts";
import { leaveOutParts, makePlain, type Search } from "./shorten.ts";
import { stepsOf } from "./steps.ts";
import { MAKE, type Make } from "./trial.ts";

/** Observes a check: called before each program and after each finding, because a thread that hangs cannot be asked. */
export interface Watcher {
  onProgram?(program: Program): void;
  onFound?(report: CheckReport): void;
}

/** The search for further violations stops once this many rules are broken. */
const MOST_VIOLATIONS = 5;
/** Maximum number of attempts to shorten a failing program; a broken allocator may be slow. */
const MOST_TRIES = 2000;

/** Bytes of the memory a check makes if none is given. */
const BYTES = 2 ** 24;

export class Check {
  readonly make: Make;
  readonly options: CheckOptions;
  readonly watcher: Watcher;
  readonly seed: number;
  readonly programs: number;
  /** Rules not to test, with the reason. */
  readonly skipped: Map<RuleId, string>;
  /** Rules that the laws could not test, with the reason. */
  readonly untried = new Map<RuleId, string>();
  /** Rules that at least one law could test. */
  readonly tried = new Set<RuleId>();
  readonly found = new Map<RuleId, RuleViolation>();
  readonly effort: Effort;
  /** The memory of the first allocator; usually that of all. */
  readonly memory: Memory;
  /** Random programs run so far. */
  done = 0;
  ended = false;

  constructor(make: (parent: Allocator) => Allocator, options: CheckOptions, watcher: Watcher = {}) {
    this.make = makeOf(make, options.parent);
    this.options = options;
    this.watcher = watcher;
    this.seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
    this.programs = options.programs ?? 100;
    this.skipped = new Map(Object.entries(options.skip ?? {}) as [RuleId, string][]);
    this.effort = new Effort(options.onCall);
    options.onCall?.(MAKE);
    const first = this.make();
    if (!isAllocator(first)) {
      throw new ArgumentError(
        `checkAllocator expects make() to return an allocator, got ${shown(first)}: return one, as system() or Allocator.from({ memory, allocate, deallocate }) do`,
      );
    }
    this.memory = first.memory;
    first.dispose();
  }

  run(): CheckReport {
    // These rules are about the bytes of a block, and a virtual memory has only addresses. The report lists them with the reason.
    if (!this.memory.hasBytes) this.skip(["1.4", "4.1", "5.1", "5.2"], "its memory has no bytes");
    this.tryLaws(false);
    this.tryPrograms();
    this.tryLaws(true);
    for (const rule of this.tried) this.untried.delete(rule);
    return this.report();
  }

  /**
   * Runs the laws. A rule is untested if none of its laws could run.
   *
   * @param last - whether to run the laws marked `isLast`, or the others
   */
  tryLaws(last: boolean): void {
    for (const [law, { rules, isLast = false }] of LAWS.entries()) {
      if (isLast !== last || rules.every((rule) => this.skipped.has(rule)) || !this.goesOn()) continue;
      const { untried } = this.attempt({ law, parts: PROBES });
      for (const rule of rules) {
        if (untried === undefined) this.tried.add(rule);
        else if (!this.untried.has(rule)) this.untried.set(rule, untried);
      }
    }
  }

  /** Runs random programs until enough rules are broken. */
  tryPrograms(): void {
    const { seed, programs } = this;
    const { maxSize = 65536, maxAlign = 65536, steps = 100 } = this.options;
    const property = fc.property(stepsOf({ maxSize, maxAlign }, steps), (parts) => {
      if (this.found.size >= MOST_VIOLATIONS || !this.goesOn()) throw new Error("enough");
      this.attempt({ parts });
      this.done++;
    });
    fc.check(property, { seed, numRuns: programs, endOnFailure: true });
  }

  /** Runs a program, and shortens it if it breaks a rule not yet known to be broken. */
  attempt(program: Program): Ran {
    const ran = this.execute(program, this.effort);
    const { violation } = ran;
    if (violation !== undefined && !this.skipped.has(violation.rule) && !this.found.has(violation.rule)) {
      this.note(violation, ran.log);
      this.shorten(program, violation.rule, ran);
    }
    return ran;
  }

  /** Searches for a program of no more lines that breaks the rule, and records each one found. */
  shorten(program: Program, rule: RuleId, { log, unmade }: Ran): void {
    const effort = this.effort.ofFault(this.memory);
    let most = log.length;
    let tries = 0;
    const fails = (shorter: Program): boolean => {
      if (tries++ >= MOST_TRIES || !this.goesOn()) return false;
      const ran = this.execute(shorter, effort);
      const { violation } = ran;
      // After a leak there may be no room for the next allocator: that is a different fault.
      if (violation?.rule !== rule || ran.unmade !== unmade || ran.log.length > most) return false;
      most = ran.log.length;
      this.note(violation, ran.log);
      return true;
    };
    const plain = finish(makePlain(finish(leaveOutParts(program), fails)), fails);
    finish(leaveOutParts(plain), fails);
  }

  execute(program: Program, effort: Effort): Ran {
    this.watcher.onProgram?.(program);
    return run(program, this.make, effort);
  }

  note({ rule, message }: Violation, log: readonly string[]): void {
    const title = RULES.find(({ id }) => id === rule)!.title;
    this.found.set(rule, { rule, title, program: log.join("\n"), message });
    this.watcher.onFound?.(this.report());
  }

  skip(rules: readonly RuleId[], reason: string): void {
    for (const rule of rules) this.skipped.set(rule, reason);
  }

  /** Reports progress and returns whether to continue. */
  goesOn(): boolean {
    this.ended ||= this.options.onProgress?.(this.done, this.programs) === false;
    return !this.ended;
  }

  report(): CheckReport {
    const { found, seed } = this;
    const reasons = new Map([...this.untried, ...this.skipped]);
    const { operations, served, refused } = this.effort;
    const violations = RULES.flatMap(({ id }) => found.get(id) ?? []);
    const skipped = RULES.flatMap(({ id: rule }) => {
      const reason = found.has(rule) ? undefined : reasons.get(rule);
      return reason === undefined ? [] : [{ rule, reason }];
    });
    const ok = violations.length === 0;
    return withText({ ok, violations, skipped, operations, served, refused, seed }, reportText);
  }
}

/** Drives a shrinking generator to its end and returns its result. */
function finish(search: Search, fails: (program: Program) => boolean): Program {
  let next = search.next();
  while (!next.done) next = search.next(fails(next.value));
  return next.value;
}

/** Wraps `make` so that it needs no parent: if it takes one and none was given, it gets one in a new memory. */
function makeOf(make: (parent: Allocator) => Allocator, given: Allocator | undefined): Make {
  const takesParent = given !== undefined || make.length > 0;
  const usual = takesParent ? (given ?? pages(Memory.linear({ maximum: BYTES }))) : undefined;
  return Object.assign((parent = usual) => make(parent as Allocator), { takesParent });
}
