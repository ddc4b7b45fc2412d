/** Parents that throw at the n-th call and drops that throw, in random chains: no block is lost. `npm run prove` runs more. */
import { expect, test } from "vitest";
import { proveThrows } from "../../../benchmarks/src/prove-throws.ts";
import { runs } from "../../../checks/support/runs.ts";

test.each([1, 2, 3])("random chains keep every live block, and release everything at the end (seed %i)", (seed) => {
  const { text } = proveThrows({ operations: runs(30_000), seed: 1000 * seed });
  expect(text).toBe("");
});
