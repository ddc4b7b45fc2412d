/**
 * The tests that mutants are tried with. Stryker mutates a copy of the repository, whose node_modules lead back to the
 * original; the aliases make the tests import the copy.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const name = process.env.ALLOC_MUTATE!;
const root = fileURLToPath(new URL("../../", import.meta.url));
const packages = `${root}packages/`;

const costs = new Map<string, number>();

/** Quick files first, by their time when they were first run: the first failing test ends the run of a mutant. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { cache, config } = this.ctx;
    for (const { project, moduleId } of files) {
      const took = cache.getFileTestResults(`${project.name}:${relative(config.root, moduleId)}`)?.duration;
      if (took !== undefined && !costs.has(moduleId)) costs.set(moduleId, took);
    }
    return files.toSorted((a, b) => (costs.get(a.moduleId) ?? 0) - (costs.get(b.moduleId) ?? 0));
  }
}

/** Whether other packages are tested with the mutants of this one. */
const isLow = name === "core" || name === "combinators";
/** The tests for the mutants of a package: its own, and for the core also those of the packages built on it. */
const folders = [
  ...(isLow ? ["core", "combinators"] : [name]).map((name) => `packages/${name}/test`),
  // It has no tests of handles.
  ...(name === "owned" ? [] : ["checks/mutation"]),
];
/** Left out: the kit as the packages run it (see kit.test.ts), compiler messages, docstrings, and a soak of minutes. */
const LEFT_OUT = /conformance\.test\.ts$|\/(messages|trees|examples)\.test\.ts$/;
const files = folders
  .flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`),
  )
  .filter((file) => file.endsWith(".test.ts") && !LEFT_OUT.test(file));
/** The files that change the state of a JavaScript realm for good. The others share one: a thread for each file takes longer than its tests. */
const alone = files.filter((file) => /@module-tag alone$/m.test(readFileSync(`${root}${file}`, "utf8")));

export default defineConfig({
  root,
  resolve: {
    alias: isLow
      ? [
          { find: /^@alloc\/testkit\/vitest$/, replacement: `${packages}testkit/src/vitest.ts` },
          { find: /^@alloc\/(\w+)\/(author|compat)$/, replacement: `${packages}$1/src/$2.ts` },
          { find: /^@alloc\/(\w+)$/, replacement: `${packages}$1/src/index.ts` },
        ]
      : // The other packages are taken as built: a few files instead of hundreds for each mutant.
        [{ find: new RegExp(`^@alloc/${name}$`), replacement: `${packages}${name}/src/index.ts` }],
  },
  test: {
    projects: [
      {
        extends: true,
        test: { name: "together", isolate: false, include: files.filter((file) => !alone.includes(file)) },
      },
      { extends: true, test: { name: "alone", include: alone } },
    ],
    tags: [
      { name: "built", description: "reads the output of `npm run build`", skip: true },
      { name: "thorough", description: "is slow", skip: true },
      { name: "alone", description: "changes the state of its realm for good, and has a thread of its own" },
    ],
    // Stryker's own file begins the coverage of each test file: imported by Node, it would run once.
    server: { deps: { inline: [/stryker-setup/] } },
    testTimeout: 600_000,
    setupFiles: [`${root}checks/mutation/registries.setup.ts`],
    sequence: { sequencer: QuickFirst },
  },
});
