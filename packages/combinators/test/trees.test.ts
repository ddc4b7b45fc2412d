/** Any mixture nests: random trees of all combinators and leaves, against the kit. */
import { Memory, pages } from "@alloc/core";
import { checkAllocator, reportText } from "@alloc/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { treesOf } from "../../../checks/support/trees.ts";

const parent = pages(Memory.linear({ maximum: 16 * 2 ** 20 }));

test("random trees of all combinators, up to 5 deep, keep every rule", { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(treesOf(parent, 5), async ({ make, text }) => {
      const report = await checkAllocator(make, { programs: 4, seed: 1 });
      expect(report.ok, `${text}\n${reportText(report)}`).toBe(true);
    }),
    { numRuns: 40, seed: 1 },
  );
});
