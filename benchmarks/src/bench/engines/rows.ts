/**
 * The runs of `bench engines`, in interleaved rounds, and their tables.
 *
 *     round 1    pair: node, bun, firefox    LIFO: node, bun, firefox    …      each loop: all its contenders, one after the other
 *     round 2    pair: bun, firefox, node    …
 *
 * @module
 */
import type { Rows } from "../../../../checks/support/markdown.ts";
import { median, type Spread, spread } from "../statistics.ts";
import type { Engine } from "./engines.ts";
import { LOOPS } from "./loops.ts";
import type { EngineRequest } from "./sample.ts";

export interface EngineSettings extends Pick<EngineRequest, "warmUp" | "sample" | "samples"> {
  readonly rounds: number;
  /** Names of engines and of loops. Default: all. */
  readonly only?: readonly string[] | undefined;
}

/** ns per operation of one contender in one engine. */
export interface Cell extends Spread {
  readonly engine: string;
  readonly loop: string;
  readonly contender: string;
  /** One for each round. */
  readonly rounds: readonly number[];
}

export interface EngineReport {
  readonly rounds: number;
  readonly cells: readonly Cell[];
  /** Engines that could not run, and why. */
  readonly missing: readonly { readonly engine: string; readonly why: string }[];
}

/** The contenders in whose times the others are expressed, if a loop has them; and the first contender of each loop. */
const PEERS = ["@thi.ng/malloc", "dlmalloc"];

/**
 * Returns the names that are given, or all if none of their kind is.
 *
 * @throws `Error` that lists the known names if one is unknown
 */
export function chosenNames(
  engines: readonly string[],
  only: readonly string[] = [],
): { engines: readonly string[]; loops: readonly string[] } {
  const loops = Object.keys(LOOPS);
  const unknown = only.find((name) => !engines.includes(name) && !loops.includes(name));
  if (unknown !== undefined)
    throw new Error(
      `there is no engine or loop "${unknown}": expected some of ${[...engines, ...loops].map((it) => `"${it}"`).join(", ")}`,
    );
  const of = (all: readonly string[]) =>
    all.some((it) => only.includes(it)) ? all.filter((it) => only.includes(it)) : all;
  return { engines: of(engines), loops: of(loops) };
}

/** Measures all cells. Calls `onProgress` with the current step and the share done, from 0 to 1. */
export async function measureEngines(
  all: readonly Engine[],
  { rounds, only, ...times }: EngineSettings,
  onProgress: (what: string, done: number) => void,
): Promise<EngineReport> {
  const names = chosenNames(
    all.map(({ name }) => name),
    only,
  );
  const asked = all.filter(({ name }) => names.engines.includes(name));
  const engines = asked.filter(({ missing }) => missing === undefined);
  const cells = new Map<string, { engine: string; loop: string; contender: string; rounds: number[] }>();
  const steps = rounds * names.loops.length * engines.length;
  let step = 0;
  for (let round = 0; round < rounds; round++) {
    for (const loop of names.loops) {
      const contenders = rotated(Object.keys(LOOPS[loop]!), round);
      for (const { title: engine, play } of rotated(engines, round)) {
        onProgress(`${engine} · ${loop}`, step++ / steps);
        for (const { contender, times: samples } of await play(
          contenders.map((it) => ({ loop, contender: it, ...times })),
        )) {
          const key = `${engine}/${loop}/${contender}`;
          const cell = cells.get(key) ?? { engine, loop, contender, rounds: [] };
          cells.set(key, cell);
          cell.rounds.push(median(samples));
        }
      }
    }
  }
  const inOrder = names.loops.flatMap((loop) =>
    engines.flatMap(({ title }) => Object.keys(LOOPS[loop]!).map((it) => cells.get(`${title}/${loop}/${it}`)!)),
  );
  return {
    rounds,
    cells: inOrder.map((cell) => ({ ...cell, ...spread(cell.rounds) })),
    missing: asked.flatMap(({ title: engine, missing: why }) => (why === undefined ? [] : [{ engine, why }])),
  };
}

/** Each round starts with a different one. */
function rotated<T>(list: readonly T[], round: number): T[] {
  const at = round % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

/** Returns the table of each loop. */
export function loopTables({ cells }: Pick<EngineReport, "cells">): [loop: string, rows: Rows][] {
  return [...new Set(cells.map(({ loop }) => loop))].map((loop) => {
    const own = cells.filter((it) => it.loop === loop);
    const bases = basesOf(own);
    return [
      loop,
      [
        ["engine", "contender", "ns", "from", "to", ...bases.map((base) => `/ ${base}`)],
        ...own.map((cell) => [
          cell.engine,
          cell.contender,
          ...[cell.median, cell.least, cell.most].map(ns),
          ...bases.map((base) => ratio(ratioIn(own, cell, base))),
        ]),
      ],
    ];
  });
}

/** Returns a row for each missing engine, with the reason; none without. */
export function missingEngines({ missing }: Pick<EngineReport, "missing">): Rows {
  return missing.length === 0 ? [] : [["missing", "why"], ...missing.map(({ engine, why }) => [engine, why])];
}

/** Returns a sentence on the figures of a loop: the ratios of ours to the last base, in each engine. */
export function sentence(cells: readonly Cell[]): string {
  const bases = basesOf(cells);
  const contenders = [...new Set(cells.map(({ contender }) => contender))];
  const base = bases.at(-1)!;
  const parts = contenders
    .filter((it) => !bases.includes(it) && it !== "objects")
    .map((contender) => {
      const own = cells.filter((it) => it.contender === contender);
      return `${contender} ${own.map((cell) => ratio(ratioIn(cells, cell, base))).join(", ")}`;
    });
  const engines = [...new Set(cells.map(({ engine }) => engine))].join(", ");
  return `Time as a ratio to ${base} in ${engines}: ${parts.join("; ")}.`;
}

function basesOf(cells: readonly Cell[]): string[] {
  return [cells[0]!.contender, ...PEERS.filter((peer) => cells.some(({ contender }) => contender === peer))];
}

/** The median over the rounds of the ratio within a round. */
function ratioIn(cells: readonly Cell[], cell: Cell, base: string): number {
  const other = cells.find((it) => it.engine === cell.engine && it.contender === base)!;
  return median(cell.rounds.map((time, round) => time / other.rounds[round]!));
}

function ns(time: number): string {
  return time.toFixed(time < 100 ? 1 : 0);
}

function ratio(value: number): string {
  return value < 0.1 ? value.toPrecision(1) : value.toFixed(value < 10 ? 2 : 0);
}
