import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import type { Reporter, TestModule } from "vitest/node";

/** Packages import each other's source, so a test needs no build, unless its file has the tag `built`. */
const conditions = ["@alloc/source"];

/** Time limit of a test, in ms. No test depends on time: this ends one that hangs, however busy the machine is. */
const PATIENCE = 600_000;

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const isBuilt = ["benchmarks", ...readdirSync(path("packages")).map((name) => `packages/${name}`)].every((folder) =>
  existsSync(path(`${folder}/dist`)),
);

/** Prints at the end, in one line, the files that were left out because nothing is built. */
const leftOut: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    const files = modules
      .filter(({ children }) => [...children.allTests()].some(({ options }) => options.tags?.includes("built")))
      .map(({ relativeModuleId }) => relativeModuleId);
    if (isBuilt || files.length === 0) return;
    console.log(`Not built: run \`npm run build\`, or these tests are skipped: ${files.sort().join(", ")}`);
  },
};

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "benchmarks/test/**/*.test.ts", "checks/**/*.test.ts"],
    // These tests are for mutants: the packages have the same ones, with more programs.
    exclude: [...configDefaults.exclude, "checks/mutation/**"],
    reporters: ["default", ["json", { outputFile: "node_modules/.vitest/report.json" }], leftOut],
    tags: [
      { name: "built", description: "reads the output of `npm run build`, and is skipped without it", skip: !isBuilt },
    ],
    // All cores, because no test measures time.
    maxWorkers: availableParallelism(),
    testTimeout: PATIENCE,
    hookTimeout: PATIENCE,
    teardownTimeout: PATIENCE,
    expect: { poll: { timeout: PATIENCE } },
  },
});
