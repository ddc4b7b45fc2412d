/**
 * Program: a sequence of calls that a check runs on a fresh allocator, and its outcome.
 *
 *     law       parts are request sizes    1  16  64  100  1000  5000  70,000
 *     random    parts are steps            allocate 8 · grow block 3 by 100 · …
 *
 * Any subset of the parts is a program too, so it can be shortened. It is plain data, so another thread can run it again.
 *
 * @module
 */
import { type Allocator, Layout } from "@alloc/core";
import { printable } from "../printable.ts";
import type { Effort } from "./effort.ts";
import { LAWS } from "./laws/index.ts";
import { perform } from "./perform.ts";
import { Violation } from "./rules.ts";
import type { Step } from "./steps.ts";
import { MAKE, type Make, Trial } from "./trial.ts";

export type Program = LawProgram | StepsProgram;

/** A law by its index, with its request sizes in bytes. */
export interface LawProgram {
  readonly law: number;
  readonly parts: readonly number[];
}

export interface StepsProgram {
  readonly law?: undefined;
  readonly parts: readonly Step[];
}

/** Outcome of a program. */
export interface Ran {
  /** The calls made. */
  readonly log: readonly string[];
  /** The rule it broke. */
  readonly violation?: Violation;
  /** Whether the violation is that no allocator could be made. */
  readonly unmade?: boolean;
  /** Why the rules of its law could not be tested. */
  readonly untried?: string;
}

/** Returns the program without some of its parts. */
export function without(program: Program, some: readonly (number | Step)[]): Program {
  const parts = (program.parts as readonly (number | Step)[]).filter((part) => !some.includes(part));
  return { ...program, parts } as Program;
}

/** Runs a program. It never throws; faults of the allocator are its result. */
export function run(program: Program, make: Make, effort: Effort): Ran {
  let unmade = false;
  const call = (parent?: Allocator) => {
    effort.onCall?.(MAKE);
    try {
      return make(parent);
    } catch (error) {
      // The law itself tests a parent of the kit, and handles what that throws.
      if (parent !== undefined) throw error;
      unmade = true;
      throw new Violation("1.6", `it threw ${printable(error)}`);
    }
  };
  const made: Make = Object.assign(call, { takesParent: make.takesParent });
  let trial: Trial | undefined;
  try {
    if (program.law === undefined) {
      trial = new Trial(made(), effort);
      for (const step of program.parts) perform(trial, step);
      trial.finish();
      return { log: trial.log };
    }
    trial = new Trial(
      made(),
      effort,
      program.parts.map((size) => Layout.of(size, 8)),
    );
    const untried = LAWS[program.law]!.run(trial, made);
    trial.note("a.dispose();");
    trial.allocator.dispose();
    return { log: trial.log, ...(untried !== undefined && { untried }) };
  } catch (error) {
    const log = trial?.log ?? [MAKE];
    if (trial !== undefined) discard(trial);
    const rule = program.law === undefined ? "1.6" : LAWS[program.law]!.rules[0]!;
    return {
      log,
      unmade,
      violation: error instanceof Violation ? error : new Violation(rule, `it threw ${printable(error)}`),
    };
  }
}

/** Disposes a broken allocator, so that it returns what it can. Not part of the printed program. */
function discard({ allocator, effort }: Trial): void {
  effort.onCall?.("a.dispose();");
  try {
    allocator.dispose();
  } catch {
    // Broken, and already reported.
  }
}
