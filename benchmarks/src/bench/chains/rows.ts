/**
 * The tables of `bench chains`, and the runs that fill them: a process for each cell, in interleaved rounds.
 *
 * @module
 */

import type { Rows } from "../../../../checks/support/markdown.ts";
import { output } from "../contenders.ts";
import { median, type Spread, spread } from "../statistics.ts";
import { BASES, CALLED, WAYS, WRAPPERS } from "./made.ts";

export interface ChainRequest {
  readonly table: "ways" | "callers" | "costs";
  readonly row: string;
  readonly column: string;
  /** In ms. */
  readonly warmUp: number;
  readonly measured: number;
}

export interface ChainSettings {
  readonly rounds: number;
  readonly warmUp: number;
  readonly measured: number;
  /** The worker's file. */
  readonly worker: string;
  /** The Node programs to run it with. */
  readonly nodes: readonly string[];
  /** The tables to fill. Default: all. */
  readonly only?: readonly string[] | undefined;
}

/** ns per block allocated and released: the medians of the processes. */
export interface Cell extends Spread {
  /** The version of Node. */
  readonly node: string;
  readonly table: ChainRequest["table"];
  readonly row: string;
  readonly column: string;
  /** One for each round. */
  readonly rounds: readonly number[];
}

export const SHAPES = ["1", "5", "10"];
const TABLES: Readonly<Record<ChainRequest["table"], { rows: readonly string[]; columns: readonly string[] }>> = {
  ways: { rows: Object.keys(WAYS), columns: ["LIFO", "pair"] },
  callers: { rows: Object.keys(CALLED), columns: SHAPES },
  costs: { rows: Object.keys(WRAPPERS), columns: Object.keys(BASES) },
};

/** Measures all cells. Calls `onProgress` with the current step and the share done, from 0 to 1. */
export async function measureChains(
  { rounds, warmUp, measured, worker, nodes, only = Object.keys(TABLES) }: ChainSettings,
  onProgress: (what: string, done: number) => void,
): Promise<Cell[]> {
  const unknown = only.find((name) => !(name in TABLES));
  if (unknown !== undefined)
    throw new Error(`there is no table "${unknown}": expected one of ${Object.keys(TABLES).join(", ")}`);
  const versions = await Promise.all(nodes.map(async (node) => (await output(node, ["--version"])).trim()));
  const cells = nodes.flatMap((program, which) =>
    Object.entries(TABLES)
      .filter(([table]) => only.includes(table))
      .flatMap(([table, { rows, columns }]) =>
        columns.flatMap((column) =>
          rows.map((row) => ({
            program,
            node: versions[which]!,
            table: table as ChainRequest["table"],
            row,
            column,
            rounds: [] as number[],
          })),
        ),
      ),
  );
  for (let round = 0; round < rounds; round++) {
    for (const [place, cell] of cells.entries()) {
      const { program, table, row, column, node } = cell;
      onProgress(`${node} · ${column} · ${row}`, (round + place / cells.length) / rounds);
      const request: ChainRequest = { table, row, column, warmUp, measured };
      const { times } = JSON.parse(await output(program, [worker, JSON.stringify(request)])) as { times: number[] };
      cell.rounds.push(median(times));
    }
  }
  return cells.map(({ program: _, ...cell }) => ({ ...cell, ...spread(cell.rounds) }));
}

/** Returns the tables for one version of Node, each with its title. */
export function chainTables(all: readonly Cell[], node: string): [title: string, rows: Rows][] {
  const of = (table: ChainRequest["table"], row: string, column: string) =>
    all.find((it) => it.node === node && it.table === table && it.row === row && it.column === column)!;
  const { ways, callers, costs } = TABLES;
  const tables: Record<ChainRequest["table"], () => [title: string, rows: Rows]> = {
    ways: () => [
      `${node}: stats over fallback over segregate over two free lists, in a process that used ten other chains before; ns per block allocated and released`,
      [
        ["workload", "way", "ns", "from", "to", "/ fused", "shared /"],
        ...ways.columns.flatMap((column) =>
          ways.rows.map((row) => {
            const cell = of("ways", row, column);
            const [fused, shared] = [of("ways", "fused by hand", column), of("ways", "shared", column)];
            return [column, row, ...numbers(cell), ratio(cell, fused), ratio(shared, cell)];
          }),
        ),
      ],
    ],
    callers: () => [
      `${node}: one caller of several shapes, in turn; ns per block allocated and released`,
      [
        ["shapes", "way", "ns", "from", "to"],
        ...callers.columns.flatMap((column) =>
          callers.rows.map((row) => [column, row, ...numbers(of("callers", row, column))]),
        ),
      ],
    ],
    costs: () => [
      `${node}: cost of each wrapper on churn of 1000 blocks of up to 56 bytes, in a process that used nothing else; ns per block allocated and released`,
      [
        ["over", "with", "ns", "from", "to", "/ bare"],
        ...costs.columns.flatMap((column) =>
          costs.rows.map((row) => {
            const cell = of("costs", row, column);
            return [column, row, ...numbers(cell), ratio(cell, of("costs", "bare", column))];
          }),
        ),
      ],
    ],
  };
  return Object.entries(tables)
    .filter(([name]) => all.some(({ table }) => table === name))
    .map(([, table]) => table());
}

function numbers({ median, least, most }: Spread): string[] {
  return [median, least, most].map((ns) => ns.toFixed(1));
}

/** The ratio of the minimums: interference only makes a process slower. */
function ratio(one: Cell, other: Cell): string {
  return (one.least / other.least).toFixed(2);
}
