/**
 * docs/benchmarks.md: the figures of one run, and what has to be known to read them. No word of it names the machine.
 *
 * @module
 */

import { isEmptyLoop } from "./empty.ts";
import { BASELINE, ENOUGH_LIVE, type Report } from "./report.ts";
import { markdown, missingRows, type Rows, tablesOf } from "./table.ts";
import type { Plot } from "./write.ts";

const TITLES: Readonly<Record<string, string>> = {
  loops: "The loops that everybody measures",
  traces: "Recorded programs",
  kit: "Well-known benchmarks",
  sizes: "Time against size",
  live: "Time against live blocks",
};

/** Answers the document. */
export function documentText(report: Report, plots: readonly Plot[]): string {
  const sections = tablesOf(report).map(([group, rows]) => section(report, group, rows, plots));
  return `${[intro(report), how(report), ...sections, ...missing(report)].join("\n\n")}\n`;
}

function intro({ node, rounds }: Report): string {
  return `# Benchmarks

Ours and the allocators of others, side by side, as \`npm run bench\` finds them: on Node ${node}, rounds: ${rounds}. The figures are of
one machine on one day; ratios within a run say more than times. To have those of yours, and of your traces:

\`\`\`sh
npm run bench -- all <folder of traces>     # everything: writes this document, its plots and plots/results.ndjson
npm run bench -- traces <folder of traces>  # the recorded programs alone
npm run bench -- heap <folder of traces>    # system() against its goals
npm run bench -- --help
\`\`\``;
}

function how({ align, contenders }: Report): string {
  const rows: Rows = [
    ["contender", "what it is"],
    ...contenders.filter(({ name }) => !isEmptyLoop(name)).map(({ name, about }) => [name, about]),
  ];
  return `## How it is measured

Every contender plays the same calls in the same order, read from typed arrays, and writes the first and the last byte of each block:
in JavaScript by [these loops](../benchmarks/src/bench/play.ts), natively by [this one](../benchmarks/native/replay.c). It has a process
of its own for each workload and round, in which the workload is repeated, after a warm-up, in one heap. A round goes through all
contenders, and each round begins with another.

- **ns/op** is net: what the empty loop of the same language takes in the same round is subtracted. The empty loop does all but the calls,
  writes to one fixed place, and makes no Layout. A process answers the median of its repeats; here stand the median of the rounds, the
  least and the most of them. **quickest** is the quickest repeat of all rounds without that of the empty loop.
- **ratio** is that of the medians to \`${BASELINE}\`; in the last rows the geometric mean over the workloads.
- **utilisation** is the most bytes live at once, as they were asked for, divided by the most in use at once: for ours the peak of
  [\`footprint()\`](contract.md#12-what-an-allocator-tells-of-itself), with bookkeeping, slack and gaps; for another malloc that is called from
  JavaScript all from the lowest to the highest byte that it handed out; for \`${BASELINE}\` what it got from the system; for arrays and
  the other native ones what became resident while each block is written in full, which is known in pages, and poorly below a megabyte.
  In the last rows the mean over the workloads with more than ${ENOUGH_LIVE / 1e6} MB live.
- Ours are asked with align ${align} and make a Layout for each call, within what is timed. C's malloc has no such choice: it aligns to 16.
- No peer takes an align, and some have no realloc:

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
  return rows.length === 0
    ? []
    : [`## Missing\n\nThese could not be measured where this was made.\n\n${markdown(rows)}`];
}
