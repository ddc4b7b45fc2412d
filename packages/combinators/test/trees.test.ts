/** Combinators nest freely: random trees of all combinators and leaves, run against the kit. */
import { specialized } from "@alloc/combinators/specialize";
import { type Allocator, Memory, pages } from "@alloc/core";
import { checkAllocator } from "@alloc/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../checks/support/runs.ts";
import { treesOf } from "../../../checks/support/trees.ts";

const parent = pages(Memory.linear({ maximum: 16 * 2 ** 20 }));

const builds: readonly (readonly [name: string, seed: number, build: (make: () => Allocator) => Allocator])[] = [
  ["shared", 1, (make) => make()],
  ["specialised", 2, (make) => specialized(make)],
];

test.each(builds)("random trees of all combinators, %s, up to 5 deep, keep every rule", async (_, seed, build) => {
  await fc.assert(
    fc.asyncProperty(treesOf(parent, 5), async ({ make, text }) => {
      const report = await checkAllocator(() => build(make), {
        programs: 4,
        seed,
        skip: { "1.8": "a plain object in a tree may stand for a region, which takes back little" },
      });
      expect(report.ok, `${text}\n${report}`).toBe(true);
    }),
    { numRuns: runs(40), seed },
  );
});
