/**
 * shorten: finds the shortest program that shows a fault.
 *
 *     80 steps ── parts ──▶ 4 ── calls, fits, aligns, sizes ──▶ 4 plain ones
 *
 * Parts go first: short programs run faster, and where each run is expensive (memory that grows, a thread that hangs), removing
 * parts saves most.
 *
 * @module
 */
import { leaveOut } from "../leave-out.ts";
import { type Program, type StepsProgram, without } from "./program.ts";
import type { Step } from "./steps.ts";

/** Up to this many parts, all pairs are tried. */
const FEW = 24;

/** Yields programs to try; pass `next` whether the program fails. Returns the shortest that did. */
export type Search = Generator<Program, Program, boolean>;

/** Leaves out parts until each remaining one is needed, and in a short program each pair. */
export function* leaveOutParts(program: Program): Search {
  let left = program;
  let before: Program;
  do {
    before = left;
    left = yield* leaveOutChunks(left);
    if (left === before && left.parts.length <= FEW) left = yield* leaveOutTwo(left);
  } while (left !== before);
  return left;
}

function* leaveOutChunks(program: Program): Search {
  let left = program;
  const search = leaveOut<number | Step>(program.parts);
  let next = search.next();
  while (!next.done) {
    const less = without(left, next.value);
    const fails = yield less;
    if (fails) left = less;
    next = search.next(fails);
  }
  return left;
}

/** Leaves out two parts that must go together, such as a request and its release, if there are any. */
function* leaveOutTwo(program: Program): Search {
  for (const [index, first] of program.parts.entries()) {
    for (const second of program.parts.slice(index + 1)) {
      const less = without(program, [first, second]);
      if (yield less) return less;
    }
  }
  return program;
}

/** Simplifies the rest: calls, layouts, sizes and block numbers of a random program. */
export function* makePlain(program: Program): Search {
  if (program.law !== undefined) return program;
  let now = program;
  for (let index = 0; index < now.parts.length; index++) {
    for (const change of PLAINER) {
      const plainer = changed(now, index, change(now.parts[index]!));
      if (plainer !== now && (yield plainer)) now = plainer;
    }
    for (const field of ["size", "by", "to"] as const) now = yield* lessened(now, index, field);
  }
  return now;
}

/** Simplifications of a step; undefined where it is already plain. */
const PLAINER: readonly ((step: Step) => object | undefined)[] = [
  (step) => (step.do === "allocateZeroed" ? { do: "allocate" } : undefined),
  (step) => (step.do === "growZeroed" ? { do: "grow" } : undefined),
  // The topmost and the lowest block stay so when others are left out.
  (step) => ("block" in step && step.block !== -1 ? { block: -1 } : undefined),
  (step) => ("block" in step && step.block !== -1 && step.block !== 0 ? { block: 0 } : undefined),
  (step) => ("fit" in step && step.fit !== 0 ? { fit: 0 } : undefined),
  (step) => (step.do !== "allocate" && "align" in step && step.align !== undefined ? { align: undefined } : undefined),
  (step) => ("align" in step && (step.align ?? 0) > 8 ? { align: 8 } : undefined),
  (step) => ("align" in step && (step.align ?? 0) > 1 ? { align: 1 } : undefined),
];

/** Bisects a number of a step towards 0 for as long as the program fails. */
function* lessened(program: StepsProgram, index: number, field: string): Generator<Program, StepsProgram, boolean> {
  let now = program;
  const value = (now.parts[index] as unknown as Record<string, unknown>)[field];
  if (typeof value !== "number") return now;
  let [least, passes] = [Math.abs(value), 0];
  while (least - passes > 1) {
    const middle = Math.floor((least + passes) / 2);
    const less = changed(now, index, { [field]: Math.sign(value) * middle });
    if (yield less) [now, least] = [less, middle];
    else passes = middle;
  }
  return now;
}

function changed(program: StepsProgram, index: number, change: object | undefined): StepsProgram {
  if (change === undefined) return program;
  return { parts: program.parts.map((step, at) => (at === index ? ({ ...step, ...change } as Step) : step)) };
}
