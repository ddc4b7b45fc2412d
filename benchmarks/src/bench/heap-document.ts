/**
 * docs/heap.md: the goals of the heap and the figures of one run. It never names the machine.
 *
 * @module
 */

import { markdown } from "../../../checks/support/markdown.ts";
import { CHECKED_RULE, checkedRows } from "./checked.ts";
import { type Fragmentation, fragmentationText } from "./fragmentation.ts";
import { type Goal, goalRows } from "./goals.ts";
import { type Paths, pathsText } from "./paths.ts";
import type { Result } from "./rounds.ts";
import { type Starts, startsText } from "./starts.ts";
import { resultRows } from "./table.ts";

interface Measured {
  readonly traces: readonly Result[];
  readonly unseen: readonly Result[];
  readonly goals: readonly Goal[];
  readonly checked: readonly Result[];
  readonly fragmentation: readonly Fragmentation[];
  readonly starts: Starts;
  readonly paths: readonly Paths[];
}

/** Returns the document. */
export function heapText(rounds: number, { traces, unseen, goals, checked, fragmentation, starts, paths }: Measured) {
  const sections = [
    preface(rounds),
    markdown(goalRows(goals)),
    "## The traces",
    markdown(resultRows(traces)),
    "## Unseen traces",
    UNSEEN,
    markdown(resultRows(unseen)),
    pathsText(paths),
    "## What checking costs",
    CHECKING,
    markdown(checkedRows(checked)),
    fragmentationText(fragmentation),
    startsText(starts),
  ];
  return `${sections.join("\n\n")}\n`;
}

const UNSEEN = `Programs that the heap was not tuned for: they judge a change, and do not guide it.`;

const CHECKING = `\`system({ checked: true })\` looks each small block up when it is released, and clears a bit when one is allocated.
\`npm run bench -- checked <folder of traces>\` prints this table. Times are in ns per operation without the empty loop: the median of the
rounds, their minimum and maximum, and the fastest repeat. Checking would be the default if it cost at most
${((CHECKED_RULE.time - 1) * 100).toFixed(0)} % of the time over the traces and ${CHECKED_RULE.points} point of utilisation. It costs almost no memory, but more time than that, so it is an
option.`;

function preface(rounds: number): string {
  return `# How good the heap is

The goals of \`system()\`, measured by \`npm run bench -- heap <folder of traces> --rounds 7 --measured 1000 --instructions --out
docs/heap.md\` on Node ${process.versions.node}, rounds: ${rounds}. The figures are of one machine on one day, all of one run, and of \`system()\` with its default
options. A ratio compares times or growth; [benchmarks.md](benchmarks.md) says what a share is of and how all of it is measured. The
[floor](../benchmarks/src/bench/heaps/floor.ts) shows the limit: stacks of released blocks by size behind the same calls, which never
reuse memory for another size and give nothing back. A heap cannot be expected to beat it.`;
}
