/**
 * npm run demo: a recorded program through a composed chain, with a report.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { CHAINS } from "./chains.ts";
import { align, command, runCommand } from "./command.ts";
import { measure } from "./measure.ts";
import { progressBar } from "./progress.ts";
import { reportText } from "./text.ts";

const TRACE = fileURLToPath(new URL("../traces/git.trace.gz", import.meta.url));

const NEXT = `
Next:
  npm run demo -- --help                replay a trace of your own, with another alignment, or as JSON
  npm run replay -- benchmarks/traces   the same trace through other allocators, in a table
  docs/examples                         ten jobs, a page each: a pool, an arena, a guest's malloc, a leak, …
  README.md                             install one package, and compose a chain of your own`;

const demo = command(
  "demo",
  "Replays a recorded program through fallback(freeList(64), system()) and verifies every block.",
)
  .argument("[trace]", "a trace, plain or gzip", TRACE)
  .option("--align <bytes>", "the smallest alignment of every block", align, 8)
  .action(async (trace: string, options: { align: number; rounds: number; json?: boolean }) => {
    const bar = progressBar();
    try {
      const measured = await measure(trace, CHAINS.chain, { ...options, onProgress: bar.show });
      bar.stop();
      if (options.json === true) console.log(JSON.stringify(measured, null, 2));
      else
        console.log(
          `${measured.trace}: ${measured.program}\nthrough ${measured.through}\n\n${reportText(measured)}\n${NEXT}`,
        );
      if (measured.leaks !== 0 || measured.bytesKept !== 0) process.exitCode = 1;
    } finally {
      bar.stop();
    }
  });

await runCommand(demo, process.argv.slice(2));
