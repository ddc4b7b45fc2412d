/**
 * The tests that mutants are tried with. Stryker mutates a copy of the repository, whose node_modules lead back to the
 * original: the aliases make the tests see the copy.
 *
 * @module
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const name = process.env.ALLOC_MUTATE!;
/** Whose tests mutants of a package are tried with: its own, and of the core those of what stands on it, too. */
const tested = name === "core" || name === "combinators" ? "{core,combinators}" : name;
const packages = fileURLToPath(new URL("../../packages/", import.meta.url));

const costs = new Map<string, number>();

/** The quick files first, by what they took when they were first run: the first test that fails ends the run of a mutant. */
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
      // What stands below the handles is taken as it was built: as a few files and not as hundreds, for each mutant.
      { find: name === "owned" ? /^@alloc\/(owned)$/ : /^@alloc\/(\w+)$/, replacement: `${packages}$1/src/index.ts` },
    ],
  },
  test: {
    // Left out: the kit as it stands in the packages (see kit.test.ts), what the compiler says, docstrings, and a soak of minutes.
    include: [
      `packages/${tested}/test/**/!(*conformance|messages|trees|examples).test.ts`,
      // It has no tests of handles.
      ...(name === "owned" ? [] : ["checks/mutation/*.test.ts"]),
    ],
    testTimeout: 600_000,
    sequence: { sequencer: QuickFirst },
  },
});
