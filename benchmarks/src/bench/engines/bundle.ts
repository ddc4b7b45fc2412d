/**
 * The bundle that every engine runs: one script without imports.
 *
 *     program.ts + @alloc/* as built + @thi.ng/malloc + dlmalloc as numbers  ──▶  globalThis.play
 *
 * @module
 */
import { join } from "node:path";
import { build } from "esbuild";
import { BENCHMARKS } from "../../paths.ts";

/** Returns the script. */
export async function bundled(dlmalloc?: Uint8Array): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(BENCHMARKS, "src/bench/engines/program.ts")],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    logLevel: "error",
  });
  const numbers = dlmalloc === undefined ? "" : `globalThis.dlmalloc = [${dlmalloc.join()}];\n`;
  return `${numbers}${outputFiles[0]!.text}`;
}
