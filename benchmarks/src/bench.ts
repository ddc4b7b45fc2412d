/**
 * npm run bench: ours and the others, side by side; and whether the heap is as good as it is to be.
 *
 * @module
 */
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { reportChains } from "./bench/chains/report.ts";
import { checkedRows, measureChecked } from "./bench/checked.ts";
import { goalRows } from "./bench/goals.ts";
import { measureGoals } from "./bench/heap.ts";
import { heapText } from "./bench/heap-document.ts";
import { addOwned } from "./bench/owned/report.ts";
import type { Settings } from "./bench/rounds.ts";
import { runSuite, withBench } from "./bench/suite.ts";
import { missingRows, plainTables, resultRows, tablesOf } from "./bench/table.ts";
import type { Scale } from "./bench/workloads.ts";
import { writeDocument, writeReport } from "./bench/write.ts";
import { align, positive, runCommand } from "./command.ts";
import { BENCHMARKS } from "./paths.ts";

const TRACES = join(BENCHMARKS, "traces");
const DOCS = join(BENCHMARKS, "../docs");
const LEAST_LIVE = 1000;

interface Options {
  readonly rounds: number;
  readonly align: number;
  readonly live: number;
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly only?: readonly string[];
  readonly workloads?: readonly string[];
  readonly out?: string;
  readonly instructions?: boolean;
}

const bench = new Command("bench")
  .description(
    "Measures ours and the allocators of others: a process for each, in interleaved rounds, net of the empty loop.",
  )
  .exitOverride();

measuring("all", "every contender on every workload, written to docs/ unless something is left out", {
  isDefault: true,
})
  .option("--only <contender...>", "no other contenders")
  .option("--workloads <name...>", "no other workloads: names of them, or loops, traces, kit, sizes, live")
  .option("--out <folder>", "where the document, the plots and the results are written")
  .action((traces: string, options: Options) => compare(traces, options));

measuring("traces", "recorded programs, each with its row, and the mean of them")
  .option("--only <contender...>", "no other contenders")
  .action((traces: string, options: Options) => compare(traces, { ...options, workloads: ["traces"] }));

measuring("heap", "how good system() is to be, and whether it is: a figure of this run for each goal")
  .option("--instructions", "count the instructions of an operation too, by callgrind: minutes")
  .option("--out <file>", "where the tables are written, as a document")
  .action(async (traces: string, { instructions = false, json, out, ...options }: Options) => {
    const goals = { traces, settings: settingsOf(options), scale: scaleOf(options), count: instructions };
    const measured = await withBench(async (it) => ({
      ...(await measureGoals(it, goals)),
      checked: await measureChecked(it, goals),
    }));
    const { traces: results, checked } = measured;
    if (json) console.log(JSON.stringify(measured, null, 2));
    else
      console.log(
        plainTables([resultRows(results), goalRows(measured.goals), checkedRows(checked), missingRows(measured)]),
      );
    await writeDocument(out, heapText(goals.settings.rounds, measured));
  });

measuring("checked", "what it costs that system({ checked: true }) detects each misuse, beside system()").action(
  async (traces: string, { json, ...options }: Options) => {
    const asked = { traces, settings: settingsOf(options), scale: scaleOf(options) };
    const results = await withBench((it) => measureChecked(it, asked));
    console.log(json ? JSON.stringify(results, null, 2) : plainTables([checkedRows(results)]));
  },
);

bench
  .command("chains")
  .description(
    "what a chain costs: written by hand, shared and specialised; to callers of many; and each wrapper alone",
  )
  .option("--rounds <number>", "how many processes for each figure", positive, 5)
  .option("--only <table...>", "no other tables: ways, callers, costs")
  .option(
    "--node <version...>",
    "under these versions of Node, which npx fetches, or programs; the present one unless said",
  )
  .option("--quick", "as little as shows that it works: the figures mean nothing")
  .option("--json", "print the results as JSON")
  .option("--out <file>", "where the tables are written, as a document")
  .action(reportChains);

addOwned(bench);

await runCommand(bench, process.argv.slice(2));

/** Runs the suite, prints what came of it, and writes it down where that was asked for. */
async function compare(traces: string, options: Options): Promise<void> {
  const { only, workloads, quick, json } = options;
  const out = options.out ?? (only || workloads || quick ? undefined : DOCS);
  const suite = { settings: settingsOf(options), traces, scale: scaleOf(options), only, workloads };
  const report = await withBench((it) => runSuite(it, suite));
  if (json) console.log(JSON.stringify(report, null, 2));
  else console.log(plainTables([...tablesOf(report).map(([, rows]) => rows), missingRows(report)]));
  if (out === undefined) return;
  await writeReport(report, out);
  process.stderr.write(`written to ${out}\n`);
}

/** Adds a command, with the options that all of them have. */
function measuring(name: string, description: string, options?: { isDefault: true }): Command {
  return bench
    .command(name, options ?? {})
    .description(description)
    .argument("[traces]", "a folder of traces, or a trace", TRACES)
    .option("--rounds <number>", "how often each is timed, in a process of its own", positive, 5)
    .option("--align <bytes>", "the least alignment of every block of ours; C's malloc has 16", align, 8)
    .option("--live <number>", "the most blocks live at once, from 1000", live, 1e7)
    .option("--quick", "as little as shows that it works: the figures mean nothing")
    .option("--json", "print the results as JSON");
}

function settingsOf({ rounds, align, quick }: Options): Settings {
  return quick ? { rounds: 1, align, warmUp: 1, measured: 1 } : { rounds, align, warmUp: 200, measured: 300 };
}

function scaleOf({ live, quick }: Options): Scale {
  return quick ? { live: LEAST_LIVE, less: 100 } : { live, less: 1 };
}

/** Reads how many blocks are live, given on the command line. */
function live(text: string): number {
  const count = positive(text);
  if (count < LEAST_LIVE) throw new InvalidArgumentError(`Expected an integer from ${LEAST_LIVE}.`);
  return count;
}
