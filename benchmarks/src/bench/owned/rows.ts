/**
 * The tables of `bench owned`, and the runs that fill them: a process for each figure, in interleaved rounds.
 *
 * @module
 */

import type { Rows } from "../../../../checks/support/markdown.ts";
import { output } from "../contenders.ts";
import type { Goal } from "../goals.ts";
import { median, type Spread, spread } from "../statistics.ts";
import { HOLDERS, LOOPS } from "./loops.ts";

export interface OwnedRequest {
  readonly mode: "time" | "bytes";
  readonly workload: string;
  readonly contender: string;
  /** Values per pass. */
  readonly count: number;
  /** Whether the process used other structs before. */
  readonly others: boolean;
  /** In ms. */
  readonly warmUp: number;
  readonly measured: number;
}

export interface OwnedSettings extends Pick<OwnedRequest, "count" | "warmUp" | "measured"> {
  readonly rounds: number;
  /** The worker's file. */
  readonly worker: string;
}

/** The passes of a process, in ns per value: of a contender, and of the first contender of its workload in between. */
export interface Passes {
  readonly own: number[];
  readonly first: number[];
}

/** The results of a contender: ns per value, and the ratio to the first contender of its workload, over the rounds. */
export interface Timed {
  readonly workload: string;
  readonly contender: string;
  readonly ns: Spread;
  readonly ratio: Spread;
  /** The fastest pass of all divided by the fastest of the first contender, in the same processes. */
  readonly quickest: number;
}

export interface Held {
  readonly workload: string;
  readonly contender: string;
  /** Bytes per value. */
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
/** The most a loop over a Vec may take, as a ratio to a loop by hand. */
const GOAL = 1.15;
/** The most a loop over Columns may take, as a ratio to a loop by hand. */
const COLUMNS_GOAL = 1.1;
const BLOCK = "the block alone";
/** The most a Box, an Rc, a Weak or an Arc may take: as a ratio to its block, and in ns. */
const HANDLES = ["Box", "Rc", "Rc, cloned", "Weak", "Arc", "Arc, cloned"];
const BLOCKS_GOAL = 6;
const NS_GOAL = 40;

/**
 * Measures everything.
 *
 * @param onProgress - called with the current step and the share done, from 0 to 1
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
      // Each round starts with a different contender.
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

/** Returns the times as rows. */
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

/** Returns the bytes as rows. */
export function heldRows({ held }: Pick<OwnedReport, "held">): Rows {
  return [
    ["workload", "contender", "bytes"],
    ...held.map(({ workload, contender, bytes }) => [workload, contender, bytes.toFixed(1)]),
  ];
}

/** Returns the ratios of loops to those by hand, and of handles to their blocks. */
export function ownedGoals({ times }: Pick<OwnedReport, "times">): Goal[] {
  const block = times.find(({ contender }) => contender === BLOCK);
  const loops: Goal[] = times
    .filter(({ contender }) => contender === "Vec" || contender === AMONG_OTHERS)
    .map(({ workload, contender, ratio }) => ({
      what: `${workload}: ${contender} to ${HAND}`,
      figure: ratio.median,
      unit: "ratio",
      goal: GOAL,
    }));
  const columns = times
    .filter(({ contender }) => contender.startsWith("Columns, "))
    .map(({ workload, contender, ratio }): Goal => {
      return { what: `${workload}: ${contender}`, figure: ratio.median, unit: "ratio", goal: COLUMNS_GOAL };
    });
  const handles = times
    .filter(({ contender }) => HANDLES.includes(contender))
    .flatMap(({ contender, ns }): Goal[] => [
      { what: contender, figure: ns.median, unit: "ns", goal: NS_GOAL },
      { what: `${contender} to ${BLOCK}`, figure: ns.median / block!.ns.median, unit: "ratio", goal: BLOCKS_GOAL },
    ]);
  return [...loops, ...columns, ...handles];
}
