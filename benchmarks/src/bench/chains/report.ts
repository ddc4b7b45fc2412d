/**
 * bench chains: measures, prints and writes the document.
 *
 * @module
 */
import { join } from "node:path";
import { markdown } from "../../../../checks/support/markdown.ts";
import { BENCHMARKS } from "../../paths.ts";
import { progressBar } from "../../progress.ts";
import { output } from "../contenders.ts";
import { plainTables } from "../table.ts";
import { writeDocument } from "../write.ts";
import { type Cell, chainTables, measureChains } from "./rows.ts";

export interface ChainOptions {
  readonly rounds: number;
  readonly node?: readonly string[];
  readonly only?: readonly string[];
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly out?: string;
}

export async function reportChains({ rounds, node, only, quick, json, out }: ChainOptions): Promise<void> {
  const nodes: string[] = [];
  for (const which of node ?? [process.execPath]) nodes.push(which.includes("/") ? which : await pathOf(which));
  const times = quick ? { rounds: 1, warmUp: 1, measured: 1 } : { rounds, warmUp: 300, measured: 300 };
  const bar = progressBar();
  let cells: Cell[];
  try {
    const settings = { ...times, nodes, only, worker: join(BENCHMARKS, "dist/bench/chains/worker.js") };
    cells = await measureChains(settings, (what, done) => bar.show(what, done));
  } finally {
    bar.stop();
  }
  const tables = [...new Set(cells.map((cell) => cell.node))].flatMap((version) => chainTables(cells, version));
  if (json) console.log(JSON.stringify(cells, null, 2));
  else console.log(tables.map(([title, rows]) => `${title}\n\n${plainTables([rows])}`).join("\n\n"));
  const sections = tables.map(([title, rows]) => `## ${title}\n\n${markdown(rows)}\n`);
  await writeDocument(out, `${PREFACE.replace("%", `${times.rounds}`)}\n${sections.join("\n")}`);
}

/** Returns the path of a version of Node, which npx fetches if it is missing. */
async function pathOf(version: string): Promise<string> {
  return (await output("npx", ["--yes", "-p", `node@${version}`, "-c", "node -p process.execPath"])).trim();
}

const PREFACE = `# What a chain costs

Written by \`npm run bench -- chains --node 20 22 24 --out docs/chains.md\`, rounds: %. The figures are of one machine on one
day; ratios within a run say more than times. Each figure is the median of the rounds, with their minimum and maximum. Each round is
a process of its own, and rounds are interleaved. A ratio compares minimums, because interference only makes a process slower.
Except in the last table, every process used ten other chains first.

_Shared_ is the default: one class for all fallbacks of the program. _Specialised_ is the same chain, built in
\`specialized(() => …)\`. _Fused by hand_ serves and counts the same in one class, without a call; no chain can be faster. The goals of
specialising are at least 1.8 in the last column and at most 1.5 in the one before.
`;
