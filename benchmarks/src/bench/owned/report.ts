/**
 * bench owned: measures, prints, and writes down.
 *
 * @module
 */
import { join } from "node:path";
import type { Command } from "commander";
import { positive } from "../../command.ts";
import { BENCHMARKS } from "../../paths.ts";
import { progressBar } from "../../progress.ts";
import { goalRows } from "../goals.ts";
import { markdown, plainTables } from "../table.ts";
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
    .description("what the handles of @alloc/owned cost: to plain objects, and to typed arrays by hand")
    .option("--rounds <number>", "how many processes for each figure", positive, 7)
    .option("--count <number>", "structs in a Vec", positive, 1e6)
    .option("--quick", "as little as shows that it works: the figures mean nothing")
    .option("--json", "print the results as JSON")
    .option("--out <file>", "where the tables are written, as a document")
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

/** Answers the document. */
export function documentText(report: OwnedReport): string {
  const count = report.count.toLocaleString("en");
  return `# What owning handles cost

Written by \`npm run bench -- owned --out docs/owned-costs.md\`, on Node ${report.node}, rounds: ${report.rounds}. The figures are of one
machine on one day; ratios within a run say more than times.

Each contender has a process of its own in each round, and each round begins with another. After a warm-up a process goes in turn
through the loop of its contender and that of the first contender of the workload, so that what slows the machine slows both; a loop
by hand goes through the memory of the Vec. **ns** is the median of its passes, and **ratio** the median of what each is to the pass
of the first contender right before it; here stand the median of the rounds, the least and the most of them. **quickest** is the
quickest pass of all to the quickest one of the first contender.

- particles: { x, y, z, dx, dy, dz: f64 }, 48 bytes; x += dx, y += dy and z += dz in each of ${count}.
- one field: the same, and x += 1 is all that is done.
- sprites: { id: u32, kind: u8, alive: bool, x, y, dx, dy: f32 }, 24 bytes; x += dx and y += dy where it is alive.
- values: { x, y: f64 }, ${count} one after the other, each made, read, written and dropped; the Box and the block in \`system()\`.

A Vec is gone through by \`for (const it of vec)\`; _after other structs_ is the same loop in a program that has used five other
structs before. [These](../benchmarks/src/bench/owned/loops.ts) are the loops.

## Time, in ns for a value

${markdown(timeRows(report))}

## Memory, in bytes for a value

In the heap of the engine after a collection, with the list that holds them, and in the allocator.

${markdown(heldRows(report))}

## Goals

${markdown(goalRows(ownedGoals(report)))}
`;
}
