/**
 * docs/heap.md: the goals of the heap and the figures of one run. No word of it names the machine.
 *
 * @module
 */
import { CHECKED_RULE, checkedRows } from "./checked.ts";
import { type Goal, goalRows } from "./goals.ts";
import type { Result } from "./rounds.ts";
import { markdown, resultRows } from "./table.ts";

interface Measured {
  readonly traces: readonly Result[];
  readonly goals: readonly Goal[];
  readonly checked: readonly Result[];
}

/** Returns the document. */
export function heapText(rounds: number, { traces, goals, checked }: Measured) {
  const sections = [
    preface(rounds),
    markdown(goalRows(goals)),
    "## The traces",
    markdown(resultRows(traces)),
    "## What checking costs",
    CHECKING,
    markdown(checkedRows(checked)),
  ];
  return `${sections.join("\n\n")}\n`;
}

const CHECKING = `\`system({ checked: true })\` looks each small block up when it is released, and clears a bit when one is allocated.
\`npm run bench -- checked <folder of traces>\` prints this table: times are ns per operation without the empty loop, medians of the
rounds with the least and the most, and the quickest repeat of all. It would be the default if it cost at most
${((CHECKED_RULE.time - 1) * 100).toFixed(0)} % of the time over the traces and ${CHECKED_RULE.points} point of utilisation. It costs next to no memory, and more time than that: so it is an
option.`;

function preface(rounds: number): string {
  return `# How good the heap is

\`system()\` against its goals, as \`npm run bench -- heap <folder of traces> --instructions --out docs/heap.md\` finds it: on
Node ${process.versions.node}, rounds: ${rounds}. The figures are of one machine on one day; all of them are of one run, and of \`system()\` as it
is by default. A ratio is one of times, or of what grows; what a share is of, and how all of it is measured, stands in
[benchmarks.md](benchmarks.md). The [floor](../benchmarks/src/bench/heaps/floor.ts) shows where the limit lies: stacks of released
blocks by size behind the same calls, which are never tight and give nothing back. What it takes is no price of being a heap.`;
}
