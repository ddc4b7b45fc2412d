/**
 * The tables as rows of cells, the same for the terminal and the document.
 *
 * @module
 */

import { type Rows, widthsOf } from "../../../checks/support/markdown.ts";
import { isEmptyLoop } from "./empty.ts";
import { BASELINE, type Mean, meanOf, type Report, ratioTo } from "./report.ts";
import type { Result } from "./rounds.ts";

/** The tables of a report, by the name of their group. */
export function tablesOf({ results, workloads }: Report): [group: string, rows: Rows][] {
  return [...new Set(workloads.map(({ group }) => group))].map((group) => {
    const names = new Set(workloads.filter((it) => it.group === group).map(({ name }) => name));
    return [group, resultRows(results.filter(({ workload }) => names.has(workload)))];
  });
}

/** A row for each contender on each workload, and one for each contender on all of them if there are several. */
export function resultRows(results: readonly Result[]): Rows {
  const several = new Set(results.map(({ workload }) => workload)).size > 1;
  const contenders = [...new Set(results.map(({ contender }) => contender))].filter((name) => !isEmptyLoop(name));
  const means = several ? contenders.map((name) => meanRow(meanOf(results, name, BASELINE))) : [];
  const head = ["workload", "contender", "ns/op", "from", "to", "ratio", "quickest", "ratio", "utilisation"];
  return [head, ...results.map((result) => resultRow(results, result)), ...means];
}

/** A row for each missing contender, with the reason. */
export function missingRows({ contenders }: Pick<Report, "contenders">): Rows {
  const missing = contenders.filter((it) => it.missing !== undefined);
  return missing.length === 0 ? [] : [["missing", "why"], ...missing.map(({ name, missing }) => [name, missing!])];
}

function resultRow(all: readonly Result[], result: Result): string[] {
  const { workload, contender, fault, gross, net, quickest, utilisation } = result;
  if (fault !== undefined) return [workload, contender, `fails: ${fault}`, "", "", "", "", "", ""];
  const times = isEmptyLoop(contender) ? gross : net;
  const spread = times === undefined ? ["", "", ""] : [times.median, times.least, times.most].map(ns);
  if (isEmptyLoop(contender)) return [workload, contender, ...spread, "", "", "", ""];
  return [
    workload,
    contender,
    ...spread,
    ratio(ratioTo(all, result, BASELINE)),
    quickest === undefined ? "" : ns(quickest),
    ratio(ratioTo(all, result, BASELINE, (it) => it.quickest)),
    percent(utilisation!),
  ];
}

function meanRow({ contender, ratio: medians, quickest, utilisation, workloads, all }: Mean): string[] {
  const of = workloads === all ? `mean of ${all}` : `mean of ${workloads} of ${all}`;
  return [of, contender, "", "", "", ratio(medians), "", ratio(quickest), percent(utilisation)];
}

/** Tables one below the other; tables without rows are left out. */
export function plainTables(tables: readonly Rows[]): string {
  return tables
    .filter((rows) => rows.length > 0)
    .map(plainText)
    .join("\n\n");
}

/** Rows for a terminal: the first two columns left-aligned, numbers right-aligned. */
function plainText(rows: Rows): string {
  const widths = widthsOf(rows);
  const cellText = (cell: string, column: number) =>
    column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  return rows.map((row) => row.map(cellText).join("  ").trimEnd()).join("\n");
}

function ns(time: number): string {
  return time.toFixed(time < 100 ? 1 : 0);
}

function ratio(value: number): string {
  return Number.isNaN(value) ? "" : value.toFixed(value < 10 ? 2 : 0);
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "";
}
