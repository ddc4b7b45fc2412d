/**
 * write: a report as files.
 *
 *     <folder>/benchmarks.md           the tables, and what has to be known to read them
 *     <folder>/plots/*.svg             time against size and against live blocks, utilisation against time
 *     <folder>/plots/results.ndjson    what was measured, a line for each contender on each workload
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { documentText } from "./document.ts";
import { type Point, plotSvg } from "./plots.ts";
import type { Report, ReportedWorkload } from "./report.ts";

/** The contenders of the plot of utilisation. */
const SHOWN = ["system", "tinyHeap", "chain", "emscripten", "assemblyscript", "glibc", "mimalloc"];

export interface Plot {
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** Writes a document where one is asked for, and tells that it did. */
export async function writeDocument(file: string | undefined, text: string): Promise<void> {
  if (file === undefined) return;
  await writeFile(file, text);
  process.stderr.write(`written to ${file}\n`);
}

/** Writes a report into a folder. */
export async function writeReport(report: Report, folder: string): Promise<void> {
  const plots = plotsOf(report);
  await mkdir(join(folder, "plots"), { recursive: true });
  await writeFile(join(folder, "benchmarks.md"), documentText(report, plots));
  for (const { name, svg } of plots) await writeFile(join(folder, "plots", `${name}.svg`), svg);
  const { results, ...about } = report;
  const lines = [about, ...results].map((line) => `${JSON.stringify(line, rounded)}\n`);
  await writeFile(join(folder, "plots", "results.ndjson"), lines.join(""));
}

/** Draws what there is of a report. */
export function plotsOf(report: Report): Plot[] {
  const { results, workloads } = report;
  const over = (group: string, x: (name: string) => number): Point[] => {
    const names = new Set(workloads.filter((it) => it.group === group).map(({ name }) => name));
    return results.flatMap(({ workload, contender, net }) => {
      // A time of 0, which is that of the empty loop without itself, has no place on an axis of powers of ten.
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

/** What part of the bytes in use is live, from the first operation to the last. */
function utilisationOver({ name, live }: ReportedWorkload, results: Report["results"]): Point[] {
  return results
    .filter(({ workload, contender, held }) => workload === name && SHOWN.includes(contender) && held !== undefined)
    .flatMap(({ contender, held }) =>
      held!.flatMap((bytes, at) => {
        // What is resident is known in pages, and late: a share of more than all is none.
        const y = live[at]! / bytes;
        return y >= 0 && y <= 1 ? [{ x: (at + 1) / held!.length, y, line: contender }] : [];
      }),
    );
}

/** No figure here is more precise than this. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Math.round(value * 1000) / 1000 : value;
}
