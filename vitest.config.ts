import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import type { Reporter, TestModule } from "vitest/node";

/** Packages see each other's source, so a test needs no build, unless its file has the tag `built`. */
const conditions = ["@alloc/source"];

/** What a test may take, in ms. No test is about time: this ends one that hangs, however busy the machine is. */
const PATIENCE = 600_000;

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const isBuilt = ["benchmarks", ...readdirSync(path("packages")).map((name) => `packages/${name}`)].every((folder) =>
  existsSync(path(`${folder}/dist`)),
);

/** Says at the end, in one line, which files were left out because nothing is built. */
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
    // What mutants are tried with: the packages have the same tests, of more programs.
    exclude: [...configDefaults.exclude, "checks/mutation/**"],
    reporters: ["default", ["json", { outputFile: "node_modules/.vitest/report.json" }], leftOut],
    tags: [
      { name: "built", description: "reads what `npm run build` writes, and is skipped without it", skip: !isBuilt },
    ],
    // All cores: nothing here measures time.
    maxWorkers: availableParallelism(),
    testTimeout: PATIENCE,
    hookTimeout: PATIENCE,
    teardownTimeout: PATIENCE,
    expect: { poll: { timeout: PATIENCE } },
  },
});
