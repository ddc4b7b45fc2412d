/**
 * npm run replay: replays traces through each allocator of chains.ts, at several alignments, and prints a table.
 *
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CHAINS } from "./chains.ts";
import { align, command, runCommand } from "./command.ts";
import { type Measurement, measure } from "./measure.ts";
import { progressBar } from "./progress.ts";
import { tableHead, tableRow } from "./text.ts";

const TRACES = fileURLToPath(new URL("../traces", import.meta.url));

const replay = command("replay", "Replays traces through each allocator, verifies every block and prints a table.")
  .argument("[path...]", "traces, or folders of traces", [TRACES])
  .option(
    "--align <bytes...>",
    "the smallest alignments of every block",
    (text, aligns: number[]) => [...aligns, align(text)],
    [],
  )
  .action(async (paths: string[], options: { align: number[]; rounds: number; json?: boolean }) => {
    const bar = progressBar();
    const all: Measurement[] = [];
    try {
      const traces = (await Promise.all(paths.map(tracesIn))).flat();
      if (options.json !== true) console.log(tableHead());
      for (const path of traces) {
        for (const align of options.align.length > 0 ? options.align : [8, 16]) {
          for (const chain of Object.values(CHAINS)) {
            const onProgress = (what: string, done: number) => bar.show(`${what} ${path}`, done);
            const measured = await measure(path, chain, { align, rounds: options.rounds, onProgress });
            bar.stop();
            all.push(measured);
            if (options.json !== true) console.log(tableRow(measured));
          }
        }
      }
    } finally {
      bar.stop();
    }
    if (options.json === true) console.log(JSON.stringify(all, null, 2));
    if (all.some(({ leaks, bytesKept }) => leaks !== 0 || bytesKept !== 0)) process.exitCode = 1;
  });

await runCommand(replay, process.argv.slice(2));

/** Returns the traces of a folder by name; a path of a file stands for that file. */
async function tracesIn(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /\.trace(\.gz)?$/.test(name));
  if (names.length === 0) throw new Error(`no trace in ${path}: expected files ending in .trace or .trace.gz`);
  return names.sort().map((name) => join(path, name));
}
