/**
 * Program: what a check runs on an allocator of its own, and what is known of it then.
 *
 *     of a law       its parts are the sizes that it asks for    1  16  64  100  1000  5000  70,000
 *     a random one   its parts are steps                         allocate 8 · grow block 3 by 100 · …
 *
 * Without some of its parts a program is a program too, so it can be made shorter. It is plain data, so another thread can run
 * it again.
 *
 * @module
 */
import { type Allocator, Layout } from "@alloc/core";
import { printable } from "../printable.ts";
import { LAWS } from "./laws/index.ts";
import { perform } from "./perform.ts";
import { Violation } from "./rules.ts";
import type { Step } from "./steps.ts";
import type { Tally } from "./tally.ts";
import { MAKE, type Make, Trial } from "./trial.ts";

export type Program = LawProgram | StepsProgram;

/** A law by its number, with the bytes that it asks for. */
export interface LawProgram {
  readonly law: number;
  readonly parts: readonly number[];
}

export interface StepsProgram {
  readonly law?: undefined;
  readonly parts: readonly Step[];
}

/** What came of a program. */
export interface Ran {
  /** The calls that were made. */
  readonly log: readonly string[];
  /** What it broke. */
  readonly violation?: Violation;
  /** Whether that is that no allocator could be made. */
  readonly unmade?: boolean;
  /** Why the rules of its law cannot be tried. */
  readonly untried?: string;
}

/** Answers the program without some of its parts. */
export function without(program: Program, some: readonly (number | Step)[]): Program {
  const parts = (program.parts as readonly (number | Step)[]).filter((part) => !some.includes(part));
  return { ...program, parts } as Program;
}

/** Runs a program. It never throws: what an allocator does wrong is what is asked for. */
export function run(program: Program, make: Make, tally: Tally): Ran {
  let unmade = false;
  const call = (parent?: Allocator) => {
    tally.onCall?.(MAKE);
    try {
      return make(parent);
    } catch (error) {
      // A parent of the kit is what the law asks about, and it knows what came of it.
      if (parent !== undefined) throw error;
      unmade = true;
      throw new Violation("1.6", `it threw ${printable(error)}`);
    }
  };
  const made: Make = Object.assign(call, { takesParent: make.takesParent });
  let trial: Trial | undefined;
  try {
    if (program.law === undefined) {
      trial = new Trial(made(), tally);
      for (const step of program.parts) perform(trial, step);
      trial.finish();
      return { log: trial.log };
    }
    trial = new Trial(
      made(),
      tally,
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

/** Disposes an allocator that was found broken, so that what can be given back is. It is no call of the program that is printed. */
function discard({ allocator, tally }: Trial): void {
  tally.onCall?.("a.dispose();");
  try {
    allocator.dispose();
  } catch {
    // It is broken: that was reported.
  }
}
