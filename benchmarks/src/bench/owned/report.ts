/**
 * bench owned: measures, prints and writes the document.
 *
 * @module
 */
import { join } from "node:path";
import type { Command } from "commander";
import { markdown } from "../../../../checks/support/markdown.ts";
import { positive } from "../../command.ts";
import { BENCHMARKS } from "../../paths.ts";
import { progressBar } from "../../progress.ts";
import { goalRows } from "../goals.ts";
import { plainTables } from "../table.ts";
import { writeDocument } from "../write.ts";
import { heldRows, measureOwned, type OwnedReport, ownedGoals, timeRows } from "./rows.ts";

interface OwnedOptions {
  readonly rounds: number;
  readonly count: number;
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly out?: string;
}

/** Adds the command. */
export function addOwned(bench: Command): void {
  bench
    .command("owned")
    .description("the cost of the handles of @alloc/owned, compared with plain objects and typed arrays by hand")
    .option("--rounds <number>", "processes for each figure", positive, 7)
    .option("--count <number>", "structs in a Vec", positive, 1e6)
    .option("--quick", "a short run that shows it works; its figures mean nothing")
    .option("--json", "print the results as JSON")
    .option("--out <file>", "write the tables to this document")
    .action(reportOwned);
}

async function reportOwned({ rounds, count, quick, json, out }: OwnedOptions): Promise<void> {
  const settings = quick
    ? { rounds: 1, count: Math.min(count, 1000), warmUp: 1, measured: 1 }
    : { rounds, count, warmUp: 400, measured: 400 };
  const bar = progressBar();
  let report: OwnedReport;
  try {
    const worker = join(BENCHMARKS, "dist/bench/owned/worker.js");
    report = await measureOwned({ ...settings, worker }, bar.show);
  } finally {
    bar.stop();
  }
  const goals = ownedGoals(report);
  if (json) console.log(JSON.stringify({ ...report, goals }, null, 2));
  else console.log(plainTables([timeRows(report), heldRows(report), goalRows(goals)]));
  await writeDocument(out, documentText(report));
}

/** Returns the document. */
export function documentText(report: OwnedReport): string {
  const count = report.count.toLocaleString("en");
  return `# The cost of owning handles

Written by \`npm run bench -- owned --out docs/owned-costs.md\`, on Node ${report.node}, rounds: ${report.rounds}. The figures are of one
machine on one day; ratios within a run say more than times.

Each contender has a process of its own in each round, and each round starts with a different one. After a warm-up a process
alternates between the loop of its contender and that of the first contender of the workload, so that a slow machine slows both. A
loop by hand reads the memory of the Vec. **ns** is the median of the passes. **ratio** is the median of each pass divided by the
pass of the first contender right before it. The tables have the median of the rounds, their minimum and their maximum.
**quickest** is the fastest pass of all divided by the fastest pass of the first contender.

- particles: { x, y, z, dx, dy, dz: f64 }, 48 bytes; x += dx, y += dy and z += dz in each of ${count}.
- one field: the same struct; only x += 1.
- sprites: { id: u32, kind: u8, alive: bool, x, y, dx, dy: f32 }, 24 bytes; x += dx and y += dy if alive.
- values: { x, y: f64 }, ${count} one after the other, each made, read, written and dropped; all but the objects in \`system()\`. Box is
  read by \`peek\`; _by value_ makes a view with own fields. An Rc and an Arc are made, read and dropped, or only cloned and dropped; so is
  a Weak.
- columns: the particles in six typed arrays, and in Columns; x += dx, y += dy and z += dz.
- copies: ${count} numbers: f64.

A Vec is iterated by \`for (const it of vec)\`; _after other structs_ is the same loop in a program that used five other structs
before. The loops are [here](../benchmarks/src/bench/owned/loops.ts) and [here](../benchmarks/src/bench/owned/handle-loops.ts).

## Time, in ns per value

${markdown(timeRows(report))}

## Memory, in bytes per value

In the engine's heap after a collection, with the list that holds the values, plus the bytes in the allocator.

${markdown(heldRows(report))}

## Goals

${markdown(goalRows(ownedGoals(report)))}
`;
}
