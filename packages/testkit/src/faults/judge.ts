/**
 * Judge: finds the faults in one run of a program.
 *
 *     it ended by          a request had failed    none had
 *     AllocError           correct                 threw
 *     another error        threw, or misuse        threw, or misuse
 *     returning NULL       correct, if new         correct
 *     anything else        swallowed               correct
 *
 * Leaks are reported only for a program that returned. A program stopped by an error never reached its releases.
 *
 * @module
 */
import type { MisuseError } from "@alloc/core";
import type { AllocRequest } from "./policy.ts";
import { callersOf, type Trace } from "./trace.ts";

/**
 * Kind of fault of a program.
 *
 * | kind | the program |
 * |---|---|
 * | `swallowed` | finished as if nothing had failed |
 * | `leak` | ended with a live block |
 * | `misuse` | passed NULL, a released block, an address that is not a block or a layout that does not fit; or misused the memory |
 * | `threw` | threw an error that does not report missing room |
 * | `nondeterministic` | made different requests than in the first run |
 */
export type FaultKind = "swallowed" | "leak" | "misuse" | "threw" | "nondeterministic";

/** A request and its caller. */
export interface SweptRequest extends AllocRequest {
  /** Stack lines that name callers; undefined if the engine provides none. */
  readonly stack: string | undefined;
}

/** A fault of a program. */
export interface SweepFault {
  /** What the program did wrong. */
  readonly kind: FaultKind;
  /** The first request that failed; undefined in the run without failures. */
  readonly failedRequest: SweptRequest | undefined;
  /** The fault in words. */
  readonly message: string;
  /**
   * For a leak, where the block was requested; for misuse and errors, where they were thrown. Only the lines that name callers.
   */
  readonly stack: string | undefined;
}

/** A request whose stack is not converted to text yet. */
export interface SeenRequest extends AllocRequest {
  readonly trace: Trace;
}

/** The events of one run. */
export interface Run {
  readonly requests: readonly SeenRequest[];
  readonly failed: SeenRequest | undefined;
  readonly threw: boolean;
  /** The program's result, or what it threw. */
  readonly answer: unknown;
  /** The first misuse, even if the program caught it. */
  readonly misuse: MisuseError | undefined;
  /** Requests whose blocks were live when the program ended. */
  readonly leaks: readonly SeenRequest[];
}

/** Returns the faults of a run, compared with the first run. */
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
    const expected = failed === undefined ? "although no request failed" : "instead of an AllocError";
    return [...faults, fault("threw", `${String(answer)}, ${expected}`, isObject(answer) ? answer : {})];
  }

  const toldByAnswer = answer === 0 && first.answer !== 0;
  if (failed !== undefined && !threw && !toldByAnswer && !recovers) {
    faults.push(
      fault("swallowed", "it finished as if nothing had failed, without throwing an AllocError or returning NULL"),
    );
  }
  for (const request of run.leaks) {
    const message = `the block of request ${request.index}, ${textOf(request)}, was not released`;
    faults.push(fault("leak", message, request.trace));
  }
  return faults;
}

/** Formats a request for a report. */
export function textOf({ call, layout }: AllocRequest): string {
  return `${call} ${layout}`;
}

/** Describes where a run differs from the first one, up to the failed request; undefined if it does not. */
function differenceOf({ requests, failed }: Run, first: Run): string | undefined {
  const same = failed?.index ?? first.requests.length;
  const other = requests.slice(0, same).find(({ index, call, layout }) => {
    const before = first.requests[index - 1]!;
    return call !== before.call || !layout.equals(before.layout);
  });
  if (other !== undefined) {
    const before = first.requests[other.index - 1]!;
    return `request ${other.index} is ${textOf(other)}, but in the first run it was ${textOf(before)}`;
  }
  if (requests.length >= same) return undefined;
  return `it made only ${requests.length} of the ${first.requests.length} requests of the first run`;
}

/** Returns whether an error is an AllocError or was caused by one. */
function saysNoRoom(error: unknown): boolean {
  // Causes may form a cycle.
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
