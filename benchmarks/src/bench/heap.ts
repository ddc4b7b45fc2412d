/**
 * heap: measures the figures for the goals, all in one run.
 *
 * @module
 */
import { WORKLOADS } from "@alloc/testkit";
import { columnsOf } from "./columns.ts";
import { askWorker } from "./contenders.ts";
import { GOALS, type Goal } from "./goals.ts";
import { instructions } from "./instructions.ts";
import { BASELINE, meanOf, type Report, resultOf } from "./report.ts";
import type { Result, Settings } from "./rounds.ts";
import { type Source, stage, tracesIn } from "./stage.ts";
import { median } from "./statistics.ts";
import type { Bench } from "./suite.ts";
import { liveCounts, liveSources, loopSources, type Scale, tiny } from "./workloads.ts";

/** The contender with goals. */
const OURS = "system";
/** The contender that does the least: a heap cannot be expected to beat it. */
const FLOOR = "floor";
/** Contenders that a JavaScript program could call instead. */
const PEERS = [
  "emscripten",
  "assemblyscript",
  "thi-ng",
  "codemix",
  "typedarray-pool",
  "new Uint8Array",
  "Buffer.allocUnsafe",
];
/** With more live blocks than this, instructions are not counted: it would take hours. */
const MOST_COUNTED = 1e6;
/** Only the second half counts: in the first, code is still being compiled. */
const GARBAGE_REPEATS = 20;

export interface GoalOptions {
  /** The traces that the heap was tuned for, and others: each a folder, or a file. */
  readonly traces: string;
  readonly unseen: string;
  readonly settings: Settings;
  readonly scale: Scale;
  /** Whether to count instructions, which takes minutes. */
  readonly count: boolean;
}

/** Measures every figure. */
export async function measureGoals(
  bench: Bench,
  options: GoalOptions,
): Promise<
  Pick<Report, "contenders"> & {
    readonly traces: readonly Result[];
    readonly unseen: readonly Result[];
    readonly goals: readonly Goal[];
  }
> {
  const { settings, scale, count } = options;
  const sets = [];
  for (const path of [options.traces, options.unseen]) {
    const { results } = await bench.measure(await tracesIn(path), [OURS, FLOOR, BASELINE, "mimalloc"], settings);
    sets.push(results);
  }
  const [traces, unseen] = sets as [Result[], Result[]];
  const loops = await bench.measure(loopSources(scale), [OURS, ...PEERS, "glibc"], settings);
  const counts = liveCounts(scale.live);
  const live = await bench.measure(liveSources(scale), [OURS, BASELINE], settings);
  const shapes = await bench.measure(SHAPES, [OURS], { ...settings, rounds: 0 });
  const small = await bench.measure([TINY], [OURS], { ...settings, rounds: 0, align: 4 });
  const counted: Goal[] = [];
  if (count) {
    for (const blocks of counts.filter((live) => live <= MOST_COUNTED)) {
      bench.show(`instructions · ${blocks} live`, blocks / MOST_COUNTED);
      const figure = (await instructions(bench, OURS, blocks)) ?? Number.NaN;
      counted.push({ what: `instructions per operation, ${named(blocks)} live`, figure, unit: "instructions" });
    }
  }
  const goals = [
    ...traceGoals([...traces, ...unseen]),
    ...setFigures("the traces it was tuned for", traces),
    ...setFigures("unseen traces", unseen),
    ...[...shapes.results, ...small.results].filter(({ contender }) => contender === OURS).map(shapeGoal),
    ...loopGoals(loops.results),
    {
      what: "garbage per million operations",
      figure: await garbage(bench, settings.align),
      unit: "bytes",
      goal: GOALS.garbage,
    },
    ...growthGoals(live.results, counts),
    ...counted,
    ...(counted.length < 2 ? [] : [growthOf(counted)]),
  ] satisfies Goal[];
  return { contenders: bench.contenders.map(({ time, memory, ...about }) => about), traces, unseen, goals };
}

/** The goals measured on traces: time, utilisation, and bytes kept after all blocks are released. */
export function traceGoals(results: readonly Result[]): Goal[] {
  const kept = results.flatMap(({ contender, kept }) => (contender === OURS && kept ? [kept] : []));
  const most = (of: (kept: { asItIs: number; trimmed: number }) => number) =>
    kept.length === 0 ? Number.NaN : Math.max(...kept.map(of));
  const ratio = (to: string, name = OURS) => meanOf(results, name, to).ratio;
  const { utilisation } = meanOf(results, OURS, BASELINE);
  const ours = results.filter(({ contender }) => contender === OURS);
  const [least] = [...ours].sort((a, b) => shareOf(a) - shareOf(b));
  return [
    { what: `traces: time, to ${BASELINE}`, figure: ratio(BASELINE), unit: "ratio", goal: GOALS.timeToGlibc },
    { what: "traces: time, to mimalloc", figure: ratio("mimalloc"), unit: "ratio", goal: GOALS.timeToMimalloc },
    { what: `traces: time of the ${FLOOR}, to ${BASELINE}`, figure: ratio(BASELINE, FLOOR), unit: "ratio" },
    { what: `traces: time of the ${FLOOR}, to mimalloc`, figure: ratio("mimalloc", FLOOR), unit: "ratio" },
    { what: "traces: utilisation", figure: utilisation, unit: "share", goal: GOALS.utilisation },
    {
      what: `traces: lowest utilisation, ${least?.workload ?? "none"}`,
      figure: least === undefined ? Number.NaN : shareOf(least),
      unit: "share",
      goal: GOALS.leastUtilisation,
    },
    { what: "traces: bytes kept after all are released", figure: most((it) => it.asItIs), unit: "bytes" },
    { what: "traces: bytes kept after a trim", figure: most((it) => it.trimmed), unit: "bytes", goal: GOALS.kept },
  ];
}

/** The figures of one set of traces. */
function setFigures(set: string, results: readonly Result[]): Goal[] {
  return [
    ...[BASELINE, "mimalloc"].map(
      (to): Goal => ({ what: `${set}: time, to ${to}`, figure: meanOf(results, OURS, to).ratio, unit: "ratio" }),
    ),
    { what: `${set}: utilisation`, figure: meanOf(results, OURS, BASELINE).utilisation, unit: "share" },
  ];
}

function shareOf({ utilisation = Number.NaN }: Result): number {
  return utilisation;
}

function loopGoals(results: readonly Result[]): Goal[] {
  const time = (loop: string, name: string) => resultOf(results, loop, name)?.net?.median ?? Number.NaN;
  const peers = PEERS.map((name) => [name, time("churn", name)] as const).filter(([, ns]) => !Number.isNaN(ns));
  const [best, ns] = peers.sort(([, a], [, b]) => a - b)[0] ?? ["no peer", Number.NaN];
  const churn = time("churn", OURS) / ns;
  const lifo = time("lifo", OURS) / time("lifo", "glibc");
  return [
    { what: `churn: time, to the best peer, ${best}`, figure: churn, unit: "ratio", goal: GOALS.churnToPeer },
    { what: "lifo: time, to glibc", figure: lifo, unit: "ratio", goal: GOALS.lifoToGlibc },
  ];
}

function growthGoals(results: readonly Result[], counts: readonly number[]): Goal[] {
  const time = (live: number, name: string) => resultOf(results, `${live} live`, name)?.net?.median ?? Number.NaN;
  const [first, last] = [counts[0]!, counts.at(-1)!];
  return [
    ...counts.map(
      (live): Goal => ({ what: `time per operation, ${named(live)} live`, figure: time(live, OURS), unit: "ns" }),
    ),
    ...[OURS, BASELINE].map((name): Goal => {
      const what = `growth of time from ${named(first)} to ${named(last)} live, ${name}`;
      return { what, figure: time(last, name) / time(first, name), unit: "ratio" };
    }),
  ];
}

function growthOf(counted: readonly Goal[]): Goal {
  const figure = counted.at(-1)!.figure / counted[0]!.figure;
  return {
    what: "growth of instructions, first to last",
    figure,
    unit: "ratio",
    goal: GOALS.instructionGrowth,
  };
}

function shapeGoal({ workload, utilisation = Number.NaN }: Result): Goal {
  const goal = workload === TINY.name ? GOALS.tiny : GOALS.binary;
  return { what: `${workload}: utilisation`, figure: utilisation, unit: "share", goal };
}

/** Returns the bytes of garbage per million operations of churn in the steady state, below 2 GiB, with layouts made before. */
async function garbage({ folder, worker }: Bench, align: number): Promise<number> {
  const { file } = await stage(loopSources({ live: 0, less: 1 }).find(({ name }) => name === "churn")!, folder);
  const request = { mode: "garbage", contender: OURS, file, align, repeats: GARBAGE_REPEATS } as const;
  // The young generation is larger than a run fills, so nothing is collected during it.
  const room = ["--min-semi-space-size=128", "--max-semi-space-size=128"];
  const bytes = await askWorker<number[]>(worker, request, room);
  const steady = bytes.slice(GARBAGE_REPEATS >> 1);
  if (steady.some((run) => run < 0)) return Number.NaN;
  return 1e6 * median(steady);
}

/** The lengths of the malloc lab: 2000 and 4000 pairs. */
const SHAPES: readonly Source[] = (["binary", "binary2"] as const).map((name, index) => ({
  name,
  about: WORKLOADS[name].stresses,
  make: () => columnsOf(WORKLOADS[name].make({ live: 4000 * (index + 1), operations: 12_000 * (index + 1) })),
}));

const TINY: Source = {
  name: "a million blocks of 8 to 12 bytes, align 4",
  about: "tiny blocks",
  make: () => tiny(),
};

function named(count: number): string {
  return `1e${Math.log10(count)}`;
}
