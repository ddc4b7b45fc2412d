/**
 * checked: what a heap pays for detecting each misuse.
 *
 *     workload    system     checked    ratio    quickest    utilisation
 *     bash        7.0 ns     …          …        …           80.1 %  79.0 %
 *
 * The rule: checking becomes the default if it costs at most a tenth of the time over the traces and one point of utilisation.
 *
 * @module
 */

import type { Rows } from "../../../checks/support/markdown.ts";
import { meanOf, resultOf } from "./report.ts";
import type { Result, Settings } from "./rounds.ts";
import { tracesIn } from "./stage.ts";
import type { Bench } from "./suite.ts";
import { loopSources, type Scale } from "./workloads.ts";

export const PLAIN = "system";
export const CHECKED = "checked";

/** The most the default may cost: a factor of time over the traces, and points of utilisation. */
export const CHECKED_RULE = { time: 1.1, points: 1 };

/** Measures both heaps on the traces, and on churn. */
export async function measureChecked(
  bench: Bench,
  options: { readonly traces: string; readonly settings: Settings; readonly scale: Scale },
): Promise<readonly Result[]> {
  const sources = [
    ...(await tracesIn(options.traces)),
    ...loopSources(options.scale).filter(({ name }) => name === "churn"),
  ];
  return (await bench.measure(sources, [PLAIN, CHECKED], options.settings)).results;
}

/** A row for each workload, and one for the mean of the traces, to which the rule applies. */
export function checkedRows(results: readonly Result[]): Rows {
  const names = [...new Set(results.map(({ workload }) => workload))];
  const traces = results.filter(({ workload }) => workload !== "churn");
  const [plain, checked] = [PLAIN, CHECKED].map((name) => meanOf(traces, name, PLAIN)) as [Mean, Mean];
  return [
    ["workload", "system, ns", "checked, ns", "ratio", "quickest", "ratio", "utilisation", "checked"],
    ...names.map((workload) => rowOf(results, workload)),
    [
      `mean of ${plain.all} traces`,
      "",
      "",
      ratio(checked.ratio),
      "",
      ratio(checked.quickest),
      percent(plain.utilisation),
      percent(checked.utilisation),
    ],
  ];
}

type Mean = ReturnType<typeof meanOf>;

function rowOf(results: readonly Result[], workload: string): string[] {
  const plain = resultOf(results, workload, PLAIN);
  const checked = resultOf(results, workload, CHECKED);
  const shown = (result: Result | undefined) =>
    result?.net === undefined ? "" : `${ns(result.net.median)} (${ns(result.net.least)} to ${ns(result.net.most)})`;
  const fast = [plain?.quickest, checked?.quickest];
  return [
    workload,
    shown(plain),
    shown(checked),
    ratio(of(checked?.net?.median, plain?.net?.median)),
    fast.map((time) => (time === undefined ? "" : ns(time))).join(" → "),
    ratio(of(fast[1], fast[0])),
    percent(plain?.utilisation),
    percent(checked?.utilisation),
  ];
}

function of(value = Number.NaN, base = Number.NaN): number {
  return value > 0 && base > 0 ? value / base : Number.NaN;
}

function ns(time: number): string {
  return time.toFixed(1);
}

function ratio(value: number): string {
  return Number.isNaN(value) ? "" : value.toFixed(2);
}

function percent(share = Number.NaN): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "";
}
