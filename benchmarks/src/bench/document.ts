/**
 * docs/benchmarks.md: the figures of one run, and how to read them. It never names the machine.
 *
 * @module
 */

import { markdown, type Rows } from "../../../checks/support/markdown.ts";
import { isEmptyLoop } from "./empty.ts";
import { BASELINE, ENOUGH_LIVE, type Report } from "./report.ts";
import { missingRows, tablesOf } from "./table.ts";
import type { Plot } from "./write.ts";

const TITLES: Readonly<Record<string, string>> = {
  loops: "The usual loops",
  traces: "Recorded programs",
  kit: "Well-known benchmarks",
  sizes: "Time against size",
  live: "Time against live blocks",
};

/** Returns the document. */
export function documentText(report: Report, plots: readonly Plot[]): string {
  const sections = tablesOf(report).map(([group, rows]) => section(report, group, rows, plots));
  return `${[intro(report), how(report), ...sections, ...missing(report)].join("\n\n")}\n`;
}

function intro({ node, rounds }: Report): string {
  return `# Benchmarks

Our allocators and others, side by side, measured by \`npm run bench\` on Node ${node}, rounds: ${rounds}. The figures are of one
machine on one day; ratios within a run say more than times. To measure your machine and your traces:

\`\`\`sh
npm run bench -- all <folder of traces>     # everything: writes this document, its plots and plots/results.ndjson
npm run bench -- traces <folder of traces>  # the recorded programs alone
npm run bench -- heap <folder of traces>    # system() against its goals
npm run bench -- --help
\`\`\``;
}

function how({ align, contenders }: Report): string {
  const rows: Rows = [
    ["contender", "description"],
    ...contenders.filter(({ name }) => !isEmptyLoop(name)).map(({ name, about }) => [name, about]),
  ];
  return `## How it is measured

Every contender plays the same calls in the same order, read from typed arrays, and writes the first and the last byte of each block:
in JavaScript by [these loops](../benchmarks/src/bench/play.ts), natively by [this one](../benchmarks/native/replay.c). It has a process
of its own for each workload and round. The process repeats the workload in one heap, after a warm-up. A round goes through all
contenders, and each round starts with a different one.

- **ns/op** is net: the time of the empty loop of the same language in the same round is subtracted. The empty loop does everything but
  the calls, writes to one fixed place, and makes no Layout. A process returns the median of its repeats; the table has the median of the
  rounds, their minimum and their maximum. **quickest** is the fastest repeat of all rounds minus the fastest empty loop.
- **ratio** compares the medians with \`${BASELINE}\`; the last rows have the geometric mean over the workloads.
- **utilisation** is the peak of live bytes, as requested, divided by the peak of bytes in use. For our allocators that is the peak of
  [\`footprint()\`](contract.md#12-what-an-allocator-reports-of-itself), with bookkeeping, slack and gaps. For another malloc called from
  JavaScript it is the range from the lowest to the highest byte handed out, for \`${BASELINE}\` the bytes obtained from the system. For
  arrays and other native contenders it is resident memory while each block is written in full: counted in pages, and imprecise below a
  megabyte. The last rows have the mean over the workloads with more than ${ENOUGH_LIVE / 1e6} MB live.
- Our allocators are asked with align ${align} and make a Layout for each call, which is timed. C's malloc always aligns to 16.
- No peer takes an alignment, and some have no realloc:

${markdown(rows)}`;
}

function section({ workloads }: Report, group: string, rows: Rows, plots: readonly Plot[]): string {
  const own = workloads.filter((it) => it.group === group);
  const abouts = own.map(
    ({ name, about, operations }) => `- ${name}: ${about}; ${operations.toLocaleString("en")} operations`,
  );
  const prefix = { sizes: "time-against-size", live: "time-against-live", traces: "utilisation-" }[group];
  const drawn = plots.filter(({ name }) => prefix !== undefined && name.startsWith(prefix));
  const images = drawn.map(({ name, title }) => `![${title}](plots/${name}.svg)`);
  return [`## ${TITLES[group] ?? group}`, abouts.join("\n"), ...images, markdown(rows)].join("\n\n");
}

function missing(report: Report): string[] {
  const rows = missingRows(report);
  return rows.length === 0 ? [] : [`## Missing\n\nThese could not be measured on this machine.\n\n${markdown(rows)}`];
}
