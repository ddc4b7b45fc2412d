/**
 * The tests that mutants are tried with. Stryker mutates a copy of the repository, whose node_modules lead back to the
 * original: the aliases make the tests see the copy.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const packages = fileURLToPath(new URL("../../packages/", import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  resolve: {
    alias: [
      { find: /^@alloc\/testkit\/vitest$/, replacement: `${packages}testkit/src/vitest.ts` },
      { find: /^@alloc\/(\w+)$/, replacement: `${packages}$1/src/index.ts` },
    ],
  },
  test: {
    // Left out: the kit as it stands in the packages (see kit.test.ts), what the compiler says, and a soak of minutes.
    include: [
      "packages/{core,combinators}/test/**/!(*conformance|messages|trees).test.ts",
      "checks/mutation/*.test.ts",
    ],
    testTimeout: 60_000,
  },
});
