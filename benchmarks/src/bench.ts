/**
 * npm run bench: measures our allocators and others side by side, and compares system() with its goals.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { reportChains } from "./bench/chains/report.ts";
import { checkedRows, measureChecked } from "./bench/checked.ts";
import { addEngines } from "./bench/engines/report.ts";
import {
  CONTENDERS,
  FRAGMENTATION,
  fragmentationRows,
  fragmentationText,
  measureFragmentation,
  withSection,
} from "./bench/fragmentation.ts";
import { goalRows } from "./bench/goals.ts";
import { measureGoals } from "./bench/heap.ts";
import { heapText } from "./bench/heap-document.ts";
import { addOwned } from "./bench/owned/report.ts";
import { countPaths, pathRows } from "./bench/paths.ts";
import type { Settings } from "./bench/rounds.ts";
import { measureStarts, STARTS, startsRows, startsText } from "./bench/starts.ts";
import { runSuite, withBench } from "./bench/suite.ts";
import { missingRows, plainTables, resultRows, tablesOf } from "./bench/table.ts";
import type { Scale } from "./bench/workloads.ts";
import { writeDocument, writeReport } from "./bench/write.ts";
import { align, positive, runCommand } from "./command.ts";
import { BENCHMARKS } from "./paths.ts";

const TRACES = join(BENCHMARKS, "traces");
/** Traces of programs that the heap was not tuned for. */
const UNSEEN = join(TRACES, "unseen");
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
  readonly measured: number;
  readonly unseen?: string;
}

const bench = new Command("bench")
  .description("Measures our allocators and others: one process each, in interleaved rounds, net of the empty loop.")
  .exitOverride();

measuring("all", "every contender on every workload; a complete run is written to docs/", {
  isDefault: true,
})
  .option("--only <contender...>", "only these contenders")
  .option("--workloads <name...>", "only these workloads, by name or by group: loops, traces, kit, sizes, live")
  .option("--out <folder>", "folder for the document, the plots and the results")
  .action((traces: string, options: Options) => compare(traces, options));

measuring("traces", "recorded programs, a row for each, and their mean")
  .option("--only <contender...>", "no other contenders")
  .action((traces: string, options: Options) => compare(traces, { ...options, workloads: ["traces"] }));

measuring("heap", "the goals of system(), and the figures of this run")
  .option("--instructions", "also count instructions per operation with callgrind; takes minutes")
  .option("--unseen <folder>", "traces that the heap was not tuned for", UNSEEN)
  .option("--out <file>", "write the tables to this document")
  .action(async (traces: string, { instructions = false, unseen = UNSEEN, json, out, ...options }: Options) => {
    const goals = { traces, unseen, settings: settingsOf(options), scale: scaleOf(options), count: instructions };
    const measured = await withBench(async (it) => ({
      ...(await measureGoals(it, goals)),
      checked: await measureChecked(it, goals),
      fragmentation: await measureFragmentation(it, { ...goals, less: goals.scale.less }),
      starts: await measureStarts(it, goals),
      paths: [...(await countPaths(traces)), ...(await countPaths(unseen))],
    }));
    const { checked } = measured;
    if (json) console.log(JSON.stringify(measured, null, 2));
    else
      console.log(
        plainTables([
          resultRows(measured.traces),
          resultRows(measured.unseen),
          goalRows(measured.goals),
          checkedRows(checked),
          fragmentationRows(measured.fragmentation),
          ...startsRows(measured.starts),
          pathRows(measured.paths),
          missingRows(measured),
        ]),
      );
    await writeDocument(out, heapText(goals.settings.rounds, measured));
  });

measuring("checked", "the cost of system({ checked: true }) compared with system()").action(
  async (traces: string, { json, ...options }: Options) => {
    const asked = { traces, settings: settingsOf(options), scale: scaleOf(options) };
    const results = await withBench((it) => measureChecked(it, asked));
    console.log(json ? JSON.stringify(results, null, 2) : plainTables([checkedRows(results)]));
  },
);

bench
  .command("paths")
  .description("which way the calls of each trace take through system(): counts, no times")
  .argument("[traces]", "a folder of traces, or a trace", TRACES)
  .option("--json", "print the results as JSON")
  .action(async (traces: string, { json }: Pick<Options, "json">) => {
    const paths = await countPaths(traces);
    console.log(json ? JSON.stringify(paths, null, 2) : plainTables([pathRows(paths)]));
  });

measuring("starts", "small heaps in the steady state, and the first calls of each trace from a cold start")
  .option("--only <contender...>", "no other contenders")
  .option("--out <file>", "write the tables to their section of this document")
  .action(async (traces: string, { json, out, only, ...options }: Options) => {
    const asked = { traces, settings: settingsOf(options), scale: scaleOf(options), only };
    const { contenders, starts } = await withBench(async (it) => ({
      contenders: it.contenders,
      starts: await measureStarts(it, asked),
    }));
    console.log(
      json ? JSON.stringify(starts, null, 2) : plainTables([...startsRows(starts), missingRows({ contenders })]),
    );
    if (out !== undefined)
      await writeDocument(out, withSection(await readFile(out, "utf8"), STARTS, startsText(starts)));
  });

bench
  .command("fragmentation")
  .description(
    "the bytes that system(), glibc and mimalloc hold for each live byte, on patterns that are hard for heaps",
  )
  .option("--quick", "a short run that shows it works; its figures mean nothing")
  .option("--json", "print the results as JSON")
  .option("--out <file>", "write the table to its section of this document")
  .action(async ({ quick = false, json, out }: Pick<Options, "quick" | "json" | "out">) => {
    const settings = settingsOf({ rounds: 1, align: 8, live: LEAST_LIVE, measured: 1, quick });
    const { contenders, fragmentation } = await withBench(async (it) => ({
      contenders: it.contenders.filter(({ name }) => CONTENDERS.includes(name)),
      fragmentation: await measureFragmentation(it, { settings, less: quick ? 100 : 1 }),
    }));
    if (json) console.log(JSON.stringify(fragmentation, null, 2));
    else console.log(plainTables([fragmentationRows(fragmentation), missingRows({ contenders })]));
    if (out === undefined) return;
    await writeDocument(out, withSection(await readFile(out, "utf8"), FRAGMENTATION, fragmentationText(fragmentation)));
  });

bench
  .command("chains")
  .description(
    "the cost of a chain: written by hand, shared and specialised; for callers of many shapes; and of each wrapper alone",
  )
  .option("--rounds <number>", "processes for each figure", positive, 5)
  .option("--only <table...>", "only these tables: ways, callers, costs")
  .option("--node <version...>", "versions of Node, which npx fetches, or paths of programs; default: the running one")
  .option("--quick", "a short run that shows it works; its figures mean nothing")
  .option("--json", "print the results as JSON")
  .option("--out <file>", "write the tables to this document")
  .action(reportChains);

addOwned(bench);
addEngines(bench);

await runCommand(bench, process.argv.slice(2));

/** Runs the suite, prints the results, and writes them to files if asked for. */
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

/** Adds a command with the options that all of them share. */
function measuring(name: string, description: string, options?: { isDefault: true }): Command {
  return bench
    .command(name, options ?? {})
    .description(description)
    .argument("[traces]", "a folder of traces, or a trace", TRACES)
    .option("--rounds <number>", "how often each is timed, each time in its own process", positive, 5)
    .option("--measured <ms>", "how long each process measures", positive, 300)
    .option("--align <bytes>", "the smallest alignment of our blocks; C's malloc uses 16", align, 8)
    .option("--live <number>", "most blocks live at once, at least 1000", live, 1e7)
    .option("--quick", "a short run that shows it works; its figures mean nothing")
    .option("--json", "print the results as JSON");
}

function settingsOf({ rounds, align, quick, measured }: Options): Settings {
  return quick ? { rounds: 1, align, warmUp: 1, measured: 1 } : { rounds, align, warmUp: 200, measured };
}

function scaleOf({ live, quick }: Options): Scale {
  return quick ? { live: LEAST_LIVE, less: 100 } : { live, less: 1 };
}

/** Parses the number of live blocks given on the command line. */
function live(text: string): number {
  const count = positive(text);
  if (count < LEAST_LIVE) throw new InvalidArgumentError(`Expected an integer of at least ${LEAST_LIVE}.`);
  return count;
}
