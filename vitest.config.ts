import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { ByPackage } from "./build/by-package.ts";

/** Packages import each other's source, so a test needs no build, unless its file has the tag `built`. */
const conditions = ["@alloc/source"];

/** Time limit of a test, in ms. No test depends on time: this ends one that hangs, however busy the machine is. */
const PATIENCE = 600_000;

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const isBuilt = [
  "benchmarks/dist",
  ...readdirSync(path("packages")).map((name) => `packages/${name}/dist/index.d.ts`),
].every((built) => existsSync(path(built)));
const isThorough = process.env.ALLOC_THOROUGH === "1";

const ROOTS = ["packages", "benchmarks/test", "checks"];
// These tests are for mutants: the packages have the same ones, with more programs.
const LEFT_OUT = /\/node_modules\/|^checks\/mutation\//;
const files = ROOTS.flatMap((root) =>
  readdirSync(path(root), { recursive: true, encoding: "utf8" }).map((file) => `${root}/${file}`),
).filter((file) => file.endsWith(".test.ts") && !LEFT_OUT.test(file));

/** Why tests with a tag are skipped in this run. */
const reasons = {
  ...(isBuilt ? {} : { built: "needs `npm run build`" }),
  ...(isThorough ? {} : { thorough: "only in `npm run test:full`" }),
};

/** The files that change the state of a JavaScript realm for good: the registered allocator, copies of modules, recorded leaks. */
const alone = files.filter((file) => /@module-tag alone$/m.test(readFileSync(path(file), "utf8")));

/**
 * A realm for each file costs a second of a core, so the other files share one per core. Those that need their own have a thread, which
 * starts sooner than a process.
 */
const projects = [
  { extends: true, test: { name: "together", isolate: false, include: files.filter((file) => !alone.includes(file)) } },
  { extends: true, test: { name: "alone", pool: "threads", include: alone } },
] as const;

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [...projects],
    reporters: [new ByPackage(reasons, files.length), ["json", { outputFile: "node_modules/.vitest/report.json" }]],
    tags: [
      { name: "built", description: "reads the output of `npm run build`, and is skipped without it", skip: !isBuilt },
      { name: "thorough", description: "is slow, and is skipped without ALLOC_THOROUGH=1", skip: !isThorough },
      { name: "alone", description: "changes the state of its realm for good, and has a thread of its own" },
    ],
    // All cores, because no test measures time.
    maxWorkers: availableParallelism(),
    setupFiles: [path("checks/support/fewer-runs.ts")],
    testTimeout: PATIENCE,
    hookTimeout: PATIENCE,
    teardownTimeout: PATIENCE,
    expect: { poll: { timeout: PATIENCE } },
  },
});
