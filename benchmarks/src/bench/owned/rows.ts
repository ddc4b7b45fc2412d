/**
 * The tables of `bench owned`, and how they are filled: a process for each figure, in interleaved rounds.
 *
 * @module
 */
import { output } from "../contenders.ts";
import type { Goal } from "../goals.ts";
import { median, type Spread, spread } from "../statistics.ts";
import type { Rows } from "../table.ts";
import { HOLDERS, LOOPS } from "./loops.ts";

export interface OwnedRequest {
  readonly mode: "time" | "bytes";
  readonly workload: string;
  readonly contender: string;
  /** Values of a pass. */
  readonly count: number;
  /** Whether other structs were used before, in the same process. */
  readonly others: boolean;
  /** In ms. */
  readonly warmUp: number;
  readonly measured: number;
}

export interface OwnedSettings extends Pick<OwnedRequest, "count" | "warmUp" | "measured"> {
  readonly rounds: number;
  /** The file of the worker. */
  readonly worker: string;
}

/** Passes of a process, in ns for a value: of a contender, and of the first contender of its workload in between. */
export interface Passes {
  readonly own: number[];
  readonly first: number[];
}

/** What is known of a contender: ns for a value, and what that is to the first contender of its workload, over the rounds. */
export interface Timed {
  readonly workload: string;
  readonly contender: string;
  readonly ns: Spread;
  readonly ratio: Spread;
  /** The quickest pass of all to the quickest of the first contender, in the same processes. */
  readonly quickest: number;
}

export interface Held {
  readonly workload: string;
  readonly contender: string;
  /** For a value. */
  readonly bytes: number;
}

export interface OwnedReport {
  readonly node: string;
  readonly rounds: number;
  readonly count: number;
  readonly times: readonly Timed[];
  readonly held: readonly Held[];
}

const HAND = "typed array by hand";
const AMONG_OTHERS = "Vec, after other structs";
/** What a loop over a Vec may take, to one by hand. */
const GOAL = 1.15;

/**
 * Measures all there is.
 *
 * @param onProgress - told what goes on, and how much of it is done, from 0 to 1
 */
export async function measureOwned(
  { rounds, worker, ...common }: OwnedSettings,
  onProgress: (what: string, done: number) => void,
): Promise<OwnedReport> {
  const ask = async (request: Omit<OwnedRequest, keyof typeof common>, flags: readonly string[] = []) =>
    JSON.parse(await output(process.execPath, [...flags, worker, JSON.stringify({ ...common, ...request })]));
  const timed = Object.entries(LOOPS).flatMap(([workload, contenders]) => {
    const names = Object.keys(contenders);
    const more = names.includes("Vec") ? [{ workload, contender: "Vec", others: true }] : [];
    return [...names.map((contender) => ({ workload, contender, others: false })), ...more];
  });
  const held = Object.entries(HOLDERS).flatMap(([workload, contenders]) =>
    Object.keys(contenders)
      .filter((contender) => contender !== "Vec, by index")
      .map((contender) => ({ workload, contender, bytes: 0 })),
  );
  const rounded = timed.map((): Passes[] => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < timed.length; turn++) {
      // Who comes first is somebody else in each round.
      const at = (turn + round) % timed.length;
      const { workload, contender } = timed[at]!;
      onProgress(`${workload} · ${contender}`, (round + turn / timed.length) / (rounds + 1));
      rounded[at]!.push(await ask({ mode: "time", ...timed[at]! }));
    }
  }
  for (const [at, { workload, contender }] of held.entries()) {
    onProgress(`${workload} · ${contender}`, (rounds + at / held.length) / (rounds + 1));
    const { bytes } = await ask({ mode: "bytes", workload, contender, others: false }, ["--expose-gc"]);
    held[at] = { workload, contender, bytes };
  }
  return {
    node: process.versions.node,
    rounds,
    count: common.count,
    times: timed.map(({ workload, contender, others }, at) => ({
      workload,
      contender: others ? AMONG_OTHERS : contender,
      ...summed(rounded[at]!),
    })),
    held,
  };
}

function summed(rounds: readonly Passes[]): Pick<Timed, "ns" | "ratio" | "quickest"> {
  const least = (passes: (round: Passes) => number[]) => Math.min(...rounds.flatMap(passes));
  return {
    ns: spread(rounds.map(({ own }) => median(own))),
    ratio: spread(rounds.map(({ own, first }) => median(own.map((time, pass) => time / first[pass]!)))),
    quickest: least(({ own }) => own) / least(({ first }) => first),
  };
}

/** The times as rows. */
export function timeRows({ times }: Pick<OwnedReport, "times">): Rows {
  const text = ({ median: middle, least, most }: Spread) => [middle, least, most].map((it) => it.toFixed(2));
  return [
    ["workload", "contender", "ns", "from", "to", "ratio", "from", "to", "quickest"],
    ...times.map(({ workload, contender, ns, ratio, quickest }) => [
      workload,
      contender,
      ...text(ns),
      ...text(ratio),
      quickest.toFixed(2),
    ]),
  ];
}

/** The bytes as rows. */
export function heldRows({ held }: Pick<OwnedReport, "held">): Rows {
  return [
    ["workload", "contender", "bytes"],
    ...held.map(({ workload, contender, bytes }) => [workload, contender, bytes.toFixed(1)]),
  ];
}

/** What a loop over a Vec takes to one by hand. */
export function ownedGoals({ times }: Pick<OwnedReport, "times">): Goal[] {
  return times
    .filter(({ contender }) => contender === "Vec" || contender === AMONG_OTHERS)
    .map(({ workload, contender, ratio }) => ({
      what: `${workload}: ${contender} to ${HAND}`,
      figure: ratio.median,
      unit: "ratio",
      goal: GOAL,
    }));
}
