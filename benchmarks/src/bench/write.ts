/**
 * write: writes a report to files.
 *
 *     <folder>/benchmarks.md           the tables, and how to read them
 *     <folder>/plots/*.svg             time against size and against live blocks, utilisation against time
 *     <folder>/plots/results.ndjson    the measurements, a line for each contender on each workload
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { documentText } from "./document.ts";
import { type Point, plotSvg } from "./plots.ts";
import type { Report, ReportedWorkload } from "./report.ts";

/** The contenders in the plot of utilisation. */
const SHOWN = ["system", "tinyHeap", "chain", "emscripten", "assemblyscript", "glibc", "mimalloc"];

export interface Plot {
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** Writes a document if a file is given, and reports it on stderr. */
export async function writeDocument(file: string | undefined, text: string): Promise<void> {
  if (file === undefined) return;
  await writeFile(file, text);
  process.stderr.write(`written to ${file}\n`);
}

/** Writes a report to a folder. */
export async function writeReport(report: Report, folder: string): Promise<void> {
  const plots = plotsOf(report);
  await mkdir(join(folder, "plots"), { recursive: true });
  await writeFile(join(folder, "benchmarks.md"), documentText(report, plots));
  for (const { name, svg } of plots) await writeFile(join(folder, "plots", `${name}.svg`), svg);
  const { results, ...about } = report;
  const lines = [about, ...results].map((line) => `${JSON.stringify(line, rounded)}\n`);
  await writeFile(join(folder, "plots", "results.ndjson"), lines.join(""));
}

/** Draws the plots that a report has data for. */
export function plotsOf(report: Report): Plot[] {
  const { results, workloads } = report;
  const over = (group: string, x: (name: string) => number): Point[] => {
    const names = new Set(workloads.filter((it) => it.group === group).map(({ name }) => name));
    return results.flatMap(({ workload, contender, net }) => {
      // A time of 0, as of the empty loop minus itself, has no place on a logarithmic axis.
      if (!names.has(workload) || !net || net.median <= 0) return [];
      const low = Math.max(net.least, net.median / 10);
      return [{ x: x(workload), y: net.median, low, high: Math.max(low, net.most), line: contender }];
    });
  };
  const drawn: Plot[] = [];
  const draw = (
    name: string,
    title: string,
    points: readonly Point[],
    labels: { x: string; y: string; logY?: boolean },
  ) => {
    if (points.length === 0) return;
    const logX = labels.logY !== false;
    drawn.push({ name, title, svg: plotSvg(points, { title, logX, ...labels }) });
  };
  const ns = "ns per operation, net of the empty loop";
  const sized = over("sizes", (name) => Number.parseInt(name, 10));
  draw("time-against-size", "Time against size: a stack of 100 blocks", sized, { x: "bytes of a block", y: ns });
  const live = over("live", (name) => Number.parseInt(name, 10));
  draw("time-against-live", "Time against live blocks: small blocks replaced at random", live, {
    x: "live blocks",
    y: ns,
  });
  for (const workload of workloads.filter(({ group }) => group === "traces")) {
    const labels = { x: "share of the operations that are done", y: "live bytes / bytes in use", logY: false };
    const title = `Utilisation against time: ${workload.name}`;
    draw(`utilisation-${workload.name}`, title, utilisationOver(workload, results), labels);
  }
  return drawn;
}

/** Returns the live share of the bytes in use, from the first operation to the last. */
function utilisationOver({ name, live }: ReportedWorkload, results: Report["results"]): Point[] {
  return results
    .filter(({ workload, contender, held }) => workload === name && SHOWN.includes(contender) && held !== undefined)
    .flatMap(({ contender, held }) =>
      held!.flatMap((bytes, at) => {
        // Resident memory is counted in pages, and late: a share above 1 is not shown.
        const y = live[at]! / bytes;
        return y >= 0 && y <= 1 ? [{ x: (at + 1) / held!.length, y, line: contender }] : [];
      }),
    );
}

/** Rounds to the precision that a figure can have. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Math.round(value * 1000) / 1000 : value;
}
