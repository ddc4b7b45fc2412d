/**
 * `npm run packages`: builds all packages in one process: one for each would load the tools ten times.
 *
 *     packages/core/package.json   "build": "tsup src/index.ts … --config ../../tsup.config.ts"   ──▶   packages/core/dist
 *
 * What is built stands in the `build` script of each package, which builds that package alone. No build needs another one: packages
 * import each other at run time.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "tsup";

const root = fileURLToPath(new URL("..", import.meta.url));
const packages = readdirSync(join(root, "packages")).map((name) => join(root, "packages", name));

for (const folder of [...packages, join(root, "benchmarks")]) {
  const { scripts } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  // For tsup, which finds what not to bundle there. esbuild keeps the first working directory, so it is told.
  process.chdir(folder);
  for (const command of scripts.build.split(" && ")) await run(command, folder);
}

async function run(command, folder) {
  const [, ...args] = command.split(" ");
  const options = { config: { type: "string" }, platform: { type: "string" }, "out-dir": { type: "string" } };
  const { positionals, values } = parseArgs({ args, allowPositionals: true, options });
  await build({
    entry: positionals,
    config: values.config,
    silent: true,
    esbuildOptions: (esbuild) => {
      esbuild.absWorkingDir = folder;
    },
    ...(values["out-dir"] && { outDir: values["out-dir"] }),
    ...(values.platform && { platform: values.platform }),
  });
}
