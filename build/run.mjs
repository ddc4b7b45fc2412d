/**
 * Runs a TypeScript file of this repository from source: `node build/run.mjs benchmarks/src/demo.ts [arguments]`.
 *
 *     benchmarks/src/demo.ts ──▶ benchmarks/.run/demo.js     its own files and @alloc/* from source, other packages unchanged
 *
 * Bundling takes a fraction of a second; building all packages takes a minute.
 */
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const [entry, ...args] = process.argv.slice(2);
const outfile = join(root, dirname(dirname(entry)), ".run", basename(entry).replace(/\.ts$/, ".js"));

/** Leaves imports other than our files and packages to Node. */
const othersAreExternal = {
  name: "others-are-external",
  setup: ({ onResolve }) => {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === "entry-point" || path.startsWith("@alloc/") ? undefined : { path, external: true },
    );
  },
};

await build({
  absWorkingDir: root,
  entryPoints: [entry],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  conditions: ["@alloc/source"],
  sourcemap: "inline",
  logLevel: "warning",
  plugins: [othersAreExternal],
});
process.argv = [process.argv[0], outfile, ...args];
await import(pathToFileURL(outfile).href);
