/**
 * suite: the workloads, the contenders of each, and a run of all of them.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BENCHMARKS } from "../paths.ts";
import { progressBar } from "../progress.ts";
import { type Contender, chosen, contenders } from "./contenders.ts";
import { compileNative } from "./native.ts";
import type { Report, ReportedWorkload } from "./report.ts";
import { measure, type Result, type Settings } from "./rounds.ts";
import { type Source, stage, tracesIn } from "./stage.ts";
import { kitSources, liveSources, loopSources, type Scale, sizeSources } from "./workloads.ts";

/** Contenders whose time does not grow with the number of live blocks; the others would take hours on large ones. */
const FLAT = ["system", "chain", "emscripten", "assemblyscript", "glibc", "glibc never trimming", "mimalloc"];

export interface SuiteOptions {
  readonly settings: Settings;
  /** Names of contenders. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** Names of groups or of workloads. Default: all. */
  readonly workloads?: readonly string[] | undefined;
  /** The traces: a folder, or a file. */
  readonly traces: string;
  readonly scale: Scale;
}

interface Group {
  readonly name: string;
  readonly sources: readonly Source[];
  /** Contenders that play it. Default: all. */
  readonly players?: readonly string[];
}

/** The resources of a run: the contenders found, a folder to write to, and a progress bar. */
export interface Bench {
  readonly folder: string;
  readonly contenders: readonly Contender[];
  /** The worker's file. */
  readonly worker: string;
  measure(sources: readonly Source[], who: readonly string[] | undefined, settings: Settings): Promise<Measured>;
  show(what: string, done: number): void;
}

export interface Measured {
  readonly workloads: readonly Omit<ReportedWorkload, "group">[];
  readonly results: readonly Result[];
}

/** Calls a function with a bench, and cleans up after it. */
export async function withBench<T>(run: (bench: Bench) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "alloc-bench-"));
  const bar = progressBar();
  const worker = join(BENCHMARKS, "dist/bench/worker.js");
  try {
    const all = await contenders(worker, await compileNative(join(BENCHMARKS, "native/replay.c"), folder));
    return await run({
      folder,
      contenders: all,
      worker,
      show: bar.show,
      async measure(sources, who, settings) {
        const present = chosen(all, who);
        const workloads: Omit<ReportedWorkload, "group">[] = [];
        const results: Result[] = [];
        for (const [index, source] of sources.entries()) {
          const { file, ...staged } = await stage(source, folder);
          workloads.push({ ...staged, about: source.about });
          const show = (what: string, done: number) => bar.show(what, (index + done) / sources.length);
          results.push(...(await measure(present, { file, ...staged }, settings, show)));
        }
        return { workloads, results };
      },
    });
  } finally {
    bar.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Runs the suite.
 *
 * @throws `Error` that lists the known names if one is unknown
 */
export async function runSuite(bench: Bench, options: SuiteOptions): Promise<Report> {
  const { settings, only, traces, scale } = options;
  const groups: Group[] = [
    { name: "loops", sources: loopSources(scale) },
    { name: "traces", sources: await tracesIn(traces) },
    { name: "kit", sources: kitSources(scale) },
    { name: "sizes", sources: sizeSources(scale), players: FLAT },
    { name: "live", sources: liveSources(scale), players: FLAT },
  ];
  const workloads: ReportedWorkload[] = [];
  const results: Result[] = [];
  for (const { name: group, sources, players } of wanted(groups, options.workloads)) {
    const who = players === undefined ? only : players.filter((name) => only === undefined || only.includes(name));
    if (who?.length === 0) continue;
    const measured = await bench.measure(sources, who, settings);
    workloads.push(...measured.workloads.map((it) => ({ ...it, group })));
    results.push(...measured.results);
  }
  return {
    node: process.versions.node,
    align: settings.align,
    rounds: settings.rounds,
    contenders: chosen(bench.contenders, only).map(({ name, about, missing }) => ({
      name,
      about,
      ...(missing !== undefined && { missing }),
    })),
    workloads,
    results,
  };
}

/** Returns the requested groups, each with its requested workloads. */
function wanted(groups: readonly Group[], names: readonly string[] | undefined): readonly Group[] {
  if (names === undefined) return groups;
  const known = groups.flatMap(({ name, sources }) => [name, ...sources.map((source) => source.name)]);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `there is no workload "${unknown}": expected one of ${known.map((name) => `"${name}"`).join(", ")}`,
    );
  }
  return groups
    .map((group) => {
      const sources = group.sources.filter(({ name }) => names.includes(group.name) || names.includes(name));
      return { ...group, sources };
    })
    .filter(({ sources }) => sources.length > 0);
}
