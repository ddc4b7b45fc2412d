/**
 * The tests that mutants are tried with. Stryker mutates a copy of the repository, whose node_modules lead back to the
 * original; the aliases make the tests import the copy.
 *
 * @module
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const name = process.env.ALLOC_MUTATE!;
/** The tests for the mutants of a package: its own, and for the core also those of the packages built on it. */
const tested = name === "core" || name === "combinators" ? "{core,combinators}" : name;
const packages = fileURLToPath(new URL("../../packages/", import.meta.url));

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

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  resolve: {
    alias: [
      { find: /^@alloc\/testkit\/vitest$/, replacement: `${packages}testkit/src/vitest.ts` },
      ...(name === "owned"
        ? []
        : [{ find: /^@alloc\/(\w+)\/(author|compat)$/, replacement: `${packages}$1/src/$2.ts` }]),
      // Packages below the handles are taken as built: a few files instead of hundreds for each mutant.
      { find: name === "owned" ? /^@alloc\/(owned)$/ : /^@alloc\/(\w+)$/, replacement: `${packages}$1/src/index.ts` },
    ],
  },
  test: {
    // Left out: the kit as the packages run it (see kit.test.ts), compiler messages, docstrings, and a soak of minutes.
    include: [
      `packages/${tested}/test/**/!(*conformance|messages|trees|examples).test.ts`,
      // It has no tests of handles.
      ...(name === "owned" ? [] : ["checks/mutation/*.test.ts"]),
    ],
    testTimeout: 600_000,
    sequence: { sequencer: QuickFirst },
  },
});
