/**
 * docs/heap.md: the goals of the heap and the figures of one run. No word of it names the machine.
 *
 * @module
 */
import { type Goal, goalRows } from "./goals.ts";
import type { Result } from "./rounds.ts";
import { markdown, resultRows } from "./table.ts";

/** Answers the document. */
export function heapText(rounds: number, { traces, goals }: { traces: readonly Result[]; goals: readonly Goal[] }) {
  const sections = [preface(rounds), markdown(goalRows(goals)), "## The traces", markdown(resultRows(traces))];
  return `${sections.join("\n\n")}\n`;
}

function preface(rounds: number): string {
  return `# How good the heap is

\`system()\` against its goals, as \`npm run bench -- heap <folder of traces> --instructions --out docs/heap.md\` finds it: on
Node ${process.versions.node}, rounds: ${rounds}. The figures are of one machine on one day; all of them are of one run, and of \`system()\` as it
is unless told otherwise. A ratio is one of times, or of what grows; what a share is of, and how all of it is measured, stands in
[benchmarks.md](benchmarks.md). The [floor](../benchmarks/src/bench/heaps/floor.ts) shows where the limit lies: stacks of released
blocks by size behind the same calls, which are never tight and give nothing back. What it takes is no price of being a heap.`;
}
