/**
 * Judge: what is wrong with one run of a program.
 *
 *     it ended by      and a request had failed      none had
 *     AllocError       right                         threw
 *     another error    threw, or misuse              threw, or misuse
 *     the answer NULL  right, if new                 right
 *     anything else    swallowed                     right
 *
 * Leaks are told of a program that ended as it wanted to. One that was stopped by an error never came to its releases.
 *
 * @module
 */
import type { MisuseError } from "@alloc/core";
import type { AllocRequest } from "./policy.ts";
import { callersOf, type Trace } from "./trace.ts";

/**
 * What can be wrong with a program.
 *
 * | kind | the program |
 * |---|---|
 * | `swallowed` | finished as if nothing had failed |
 * | `leak` | ended, and a block was still live |
 * | `misuse` | passed NULL, a block that is released, or what is none; or a layout that does not fit; or misused the memory |
 * | `threw` | ended by an error that does not say that there was no room |
 * | `nondeterministic` | made other requests than in the first run |
 */
export type FaultKind = "swallowed" | "leak" | "misuse" | "threw" | "nondeterministic";

/** A request, and who made it. */
export interface SweptRequest extends AllocRequest {
  /** The lines of the stack that name callers; undefined if the engine tells none. */
  readonly stack: string | undefined;
}

/** A fault of a program. */
export interface SweepFault {
  readonly kind: FaultKind;
  /** The request that failed, the first one of several; undefined in the run in which none did. */
  readonly failedRequest: SweptRequest | undefined;
  readonly message: string;
  /** Of a leak, who requested the block; of misuse and errors, who threw. The lines that name callers. */
  readonly stack: string | undefined;
}

/** A request while its stack is not text yet. */
export interface SeenRequest extends AllocRequest {
  readonly trace: Trace;
}

/** What happened in one run. */
export interface Run {
  readonly requests: readonly SeenRequest[];
  readonly failed: SeenRequest | undefined;
  readonly threw: boolean;
  /** What the program answered or threw. */
  readonly answer: unknown;
  /** The first misuse, whether the program caught it or not. */
  readonly misuse: MisuseError | undefined;
  /** The requests whose blocks were live when the program ended. */
  readonly leaks: readonly SeenRequest[];
}

/** Answers what is wrong with a run, compared with the first one. */
export function faultsOf(run: Run, first: Run, recovers: boolean): SweepFault[] {
  const { failed, threw, answer } = run;
  const failedRequest = failed && withStack(failed);
  const fault = (kind: FaultKind, message: string, trace: Trace = {}): SweepFault => {
    return { kind, failedRequest, message, stack: callersOf(trace) };
  };
  const faults: SweepFault[] = [];

  const difference = run === first ? undefined : differenceOf(run, first);
  if (difference !== undefined) faults.push(fault("nondeterministic", difference));

  const misuse = run.misuse ?? (threw && isNamed(answer, "MisuseError") ? (answer as MisuseError) : undefined);
  if (misuse !== undefined) return [...faults, fault("misuse", `${misuse.code}: ${misuse.message}`, misuse)];

  const toldByError = threw && saysNoRoom(answer);
  if (threw && !(toldByError && failed !== undefined)) {
    const expected = failed === undefined ? "though no request was failed" : "instead of an AllocError";
    return [...faults, fault("threw", `${String(answer)}, ${expected}`, isObject(answer) ? answer : {})];
  }

  const toldByAnswer = answer === 0 && first.answer !== 0;
  if (failed !== undefined && !threw && !toldByAnswer && !recovers) {
    faults.push(fault("swallowed", "it finished as if nothing had failed, without an AllocError or the answer NULL"));
  }
  for (const request of run.leaks) {
    const message = `the block of request ${request.index}, ${textOf(request)}, was not released`;
    faults.push(fault("leak", message, request.trace));
  }
  return faults;
}

/** Answers how a request is written for people. */
export function textOf({ call, layout }: AllocRequest): string {
  return `${call} ${layout}`;
}

/** Tells in which way a run differs from the first one, as far as both should be the same. */
function differenceOf({ requests, failed }: Run, first: Run): string | undefined {
  const same = failed?.index ?? first.requests.length;
  const other = requests.slice(0, same).find(({ index, call, layout }) => {
    const before = first.requests[index - 1]!;
    return call !== before.call || !layout.equals(before.layout);
  });
  if (other !== undefined) {
    const before = first.requests[other.index - 1]!;
    return `request ${other.index} is ${textOf(other)}, in the first run it was ${textOf(before)}`;
  }
  if (requests.length >= same) return undefined;
  return `it made ${requests.length} of the ${first.requests.length} requests of the first run`;
}

/** Whether an error is an AllocError, or was caused by one. */
function saysNoRoom(error: unknown): boolean {
  // Causes can go round in a circle.
  const seen = new Set<unknown>();
  for (let at = error; isObject(at) && !seen.has(at); at = (at as { cause?: unknown }).cause) {
    if (isNamed(at, "AllocError")) return true;
    seen.add(at);
  }
  return false;
}

function isNamed(error: unknown, name: string): boolean {
  return isObject(error) && (error as { name?: unknown }).name === name;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function withStack({ index, call, layout, trace }: SeenRequest): SweptRequest {
  return { index, call, layout, stack: callersOf(trace) };
}
