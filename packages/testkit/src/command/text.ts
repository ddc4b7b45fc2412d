/**
 * Results as text.
 *
 * @module
 */
import { reportText, untriedText } from "../conformance/report-text.ts";
import type { CheckResult } from "./check.ts";
import type { CompareResult, Lane } from "./compare.ts";
import type { ReplayResult } from "./replay.ts";
import type { Fault } from "./supervise.ts";
import { traceName } from "./trace-file.ts";

/** Longer programs are printed without their middle. */
const MOST_LINES = 60;
const NONE_SERVED = "fault: it served no request, so hardly anything was tested: is there room in its memory?";

/** @param again - the command that repeats the check */
export function checkText(result: CheckResult, seconds: number, again: string): string {
  return [...verdictOf(result, seconds), `again: ${again}`].join("\n\n");
}

function verdictOf({ report, fault, finished, done, programs }: CheckResult, seconds: number): string[] {
  if (fault !== null) return [...(report === null ? [] : [reportText(report)]), faultText(fault)];
  const notes = report!.served > 0 ? [] : [NONE_SERVED];
  if (finished) return [reportText(report!), ...notes];
  const cut = `not finished: ${done} of ${programs} programs done after ${seconds} s; use a longer --time-limit or fewer --programs`;
  if (report!.violations.length > 0) return [reportText(report!), ...notes, cut];
  return ["no fault found so far", ...notes, cut, ...untriedText(report!)];
}

function faultText({ message, program }: Fault): string {
  if (program === "") return `fault: ${message}`;
  const lines = shortened(program.split("\n"));
  return [`fault: ${message}`, ...lines.map((line) => `    ${line}`)].join("\n");
}

function shortened(lines: readonly string[]): readonly string[] {
  const left = lines.length - MOST_LINES;
  if (left <= 0) return lines;
  return [lines[0]!, `// ${left + 1} calls omitted; --json has them`, ...lines.slice(left + 1)];
}

const REPLAY_HEAD = ["trace", "operations", "verified", "peak live", "footprint", "util", "leaks"];

export function replayText(results: readonly ReplayResult[]): string {
  const rows = results.flatMap(({ trace, report }) => {
    if (report === null) return [];
    const { operations, verified, peakLive, footprint, utilisation, leaks } = report;
    const numbers = [operations, verified, peakLive, footprint.peak].map(number);
    return [[traceName(trace), ...numbers, percent(utilisation), number(leaks)]];
  });
  const faults = results.filter(({ ok }) => !ok).map(({ trace, fault }) => `fault: ${traceName(trace)}: ${fault}`);
  return [...(rows.length > 0 ? [table([REPLAY_HEAD, ...rows], 1)] : []), ...faults].join("\n");
}

const COMPARE_HEAD = ["trace", "through", "peak live", "footprint", "util", "ns/op", "ratio"];

export function compareText({ checks, lanes }: CompareResult): string {
  const checked = table([["module", "check"], ...checks.map((check) => [check.module, verdict(check)])], 2);
  const faults = lanes.filter(({ ok }) => !ok);
  const told = faults.map(({ trace, module, fault }) => `fault: ${traceName(trace)} through ${module}: ${fault}`);
  return [checked, ...(lanes.length > 0 ? [table([COMPARE_HEAD, ...lanes.map(laneRow)], 2)] : []), ...told].join(
    "\n\n",
  );
}

function laneRow({ trace, module, report, time, ratio }: Lane): string[] {
  const memory = report === null ? ["–", "–", "–"] : [number(report.peakLive), number(report.footprint.peak)];
  const util = report === null ? [] : [percent(report.utilisation)];
  return [traceName(trace), module, ...memory, ...util, time?.toFixed(1) ?? "–", ratio?.toFixed(2) ?? "–"];
}

/** Summarises a check in a few words. */
function verdict({ ok, finished, report, fault }: CheckResult): string {
  if (ok) return "kept every rule tested";
  const rules = report?.violations.map(({ rule }) => rule) ?? [];
  const broke = rules.length === 0 ? [] : [`broke ${rules.join(", ")}`];
  if (fault !== null) return [...broke, `fault: ${fault.message}`].join("; ");
  const served = report?.served === 0 ? ["served no request"] : [];
  return [...broke, ...served, ...(finished ? [] : ["not finished"])].join("; ");
}

/** Formats columns as wide as needed; the first `left` are aligned left, the others right. */
function table(rows: readonly (readonly string[])[], left: number): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const cell = (text: string, column: number) =>
    column < left ? text.padEnd(widths[column]!) : text.padStart(widths[column]!);
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}

function number(value: number): string {
  return Number.isNaN(value) ? "–" : value.toLocaleString("en");
}

function percent(share: number): string {
  return Number.isNaN(share) ? "–" : `${(100 * share).toFixed(1)} %`;
}
