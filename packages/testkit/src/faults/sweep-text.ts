/**
 * sweepText: the report of a sweep as text.
 *
 * @module
 */
import { type SweepFault, textOf } from "./judge.ts";
import type { SweepReport } from "./sweep.ts";

/** Formats a sweep report: for each fault the failed request, its caller, and what went wrong. */
export function sweepText(report: SweepReport): string {
  const groups = new Map<number, string[]>();
  for (const fault of report.faults) {
    const index = fault.failedRequest?.index ?? 0;
    const lines = groups.get(index) ?? headOf(fault);
    groups.set(index, [...lines, `  ${fault.kind}: ${fault.message}`, ...callerOf(fault.stack)]);
  }
  return [...[...groups.values()].map((lines) => lines.join("\n")), summaryOf(report)].join("\n\n");
}

function headOf({ failedRequest }: SweepFault): string[] {
  if (failedRequest === undefined) return ["with no request failed"];
  return [`with request ${failedRequest.index} failed, ${textOf(failedRequest)}`, ...callerOf(failedRequest.stack)];
}

/** Returns the top line of a stack: the direct caller. */
function callerOf(stack: string | undefined): string[] {
  return stack === undefined ? [] : [`    ${stack.split("\n")[0]}`];
}

function summaryOf({ runs, requests, faults, untried }: SweepReport): string {
  const found = `${faults.length === 0 ? "no faults" : count(faults.length, "fault")} in ${count(runs, "run")}`;
  if (requests === 0) return `${found}: the program made no requests`;
  if (untried === undefined) return `${found}: each request failed once, ${requests} in all`;
  const { first, last, reason } = untried;
  return `${found}: requests ${first} to ${last} were not failed: ${reason}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
