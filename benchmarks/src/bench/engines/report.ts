/**
 * bench engines: measures, prints and writes the document.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { markdown } from "../../../../checks/support/markdown.ts";
import { positive } from "../../command.ts";
import { progressBar } from "../../progress.ts";
import { plainTables } from "../table.ts";
import { writeDocument } from "../write.ts";
import { bundled } from "./bundle.ts";
import { dlmalloc } from "./dlmalloc.ts";
import { ENGINES, enginesIn } from "./engines.ts";
import { ABOUT } from "./loops.ts";
import { chosenNames, type EngineReport, loopTables, measureEngines, missingEngines, sentence } from "./rows.ts";

interface EngineOptions {
  readonly rounds: number;
  readonly only?: readonly string[];
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly out?: string;
}

/** Adds the command. */
export function addEngines(bench: Command): void {
  bench
    .command("engines")
    .description("the same loops in V8, JavaScriptCore and SpiderMonkey, against peers in the same engine")
    .option("--rounds <number>", "how often each figure is measured, each time in a realm of its own", positive, 5)
    .option(
      "--only <name...>",
      "only these engines and loops: node, bun, firefox, js; pair, LIFO, churn, iterate, push, values",
    )
    .option("--quick", "a short run that shows it works; its figures mean nothing")
    .option("--json", "print the results as JSON")
    .option("--out <file>", "write the tables to this document")
    .action(reportEngines);
}

async function reportEngines({ rounds, only, quick, json, out }: EngineOptions): Promise<void> {
  // Before the seconds that dlmalloc takes.
  chosenNames(ENGINES, only);
  const times = quick
    ? { rounds: 1, warmUp: 1, sample: 1, samples: 1 }
    : { rounds, warmUp: 500, sample: 200, samples: 3 };
  const folder = await mkdtemp(join(tmpdir(), "alloc-engines-"));
  const bar = progressBar();
  let report: EngineReport;
  try {
    bar.show("reducing binaryen to its malloc", 0);
    const engines = await enginesIn(folder, await bundled(await dlmalloc()));
    report = await measureEngines(engines, { ...times, only }, bar.show);
  } finally {
    bar.stop();
    await rm(folder, { recursive: true, force: true });
  }
  if (json) console.log(JSON.stringify(report, null, 2));
  else
    console.log(
      [
        ...loopTables(report).map(([loop, rows]) => `${loop}\n\n${plainTables([rows])}`),
        plainTables([missingEngines(report)]),
      ]
        .filter((text) => text !== "")
        .join("\n\n"),
    );
  await writeDocument(out, documentText(report));
}

/** Returns the document. */
export function documentText(report: EngineReport): string {
  const missing = missingEngines(report);
  const sections = loopTables(report).map(
    ([loop, rows]) => `## ${loop}

${ABOUT[loop]} ${sentence(report.cells.filter((it) => it.loop === loop))}

${markdown(rows)}
`,
  );
  return `# The same loops in other engines

Written by \`npm run bench -- engines --out docs/engines.md\`, rounds: ${report.rounds}. The figures are of one machine on one day;
ratios within an engine say more than times, and times of two engines say little.

Every engine runs [the same script](../benchmarks/src/bench/engines/program.ts). Each contender has a realm of its own in each round:
a process, or a worker of a page. It warms up, and then runs for at least three times 200 ms, because browsers measure time in coarse
steps. Each pass of a loop returns a sum that shows whether bytes were lost. **ns** is the median of the rounds, with their minimum
and maximum; the loop is part of it. Other columns are the medians of the ratios within a round. An allocator gets a new Layout with
each call.

- chain: \`stats(fallback(segregate([64, freeList(64)], freeList(256)), nullAllocator()))\` in a realm that used ten other chains
  first; _shared_ is the default, _specialised_ is built in \`specialized(() => …)\`.
- @thi.ng/malloc: a MemPool over an ArrayBuffer. dlmalloc: that of Emscripten in WebAssembly, from binaryen.

${sections.join("\n")}${missing.length === 0 ? "" : `\n## Missing\n\nThese could not be measured on this machine.\n\n${markdown(missing)}\n`}`;
}
