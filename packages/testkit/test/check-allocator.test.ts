import { Memory, pages } from "@alloc/core";
import { checkAllocator } from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { MUTANTS } from "./mutants.ts";
import { Reference } from "./reference.ts";

const parent = pages(Memory.linear({ maximum: 8 * 2 ** 20 }));

test("an allocator that keeps every rule is not accused", async () => {
  const report = await checkAllocator(() => new Reference(parent), { programs: 300 });
  expect(report.violations).toEqual([]);
  expect(report.skipped).toEqual([]);
});

describe("a mutant is caught by the rule that it breaks", () => {
  test.each(Object.entries(MUTANTS).map(([rule, Mutant]) => ({ rule, name: Mutant.name, Mutant })))(
    "$rule $name",
    async ({ rule, Mutant }) => {
      // Of its own: some mutants lose their chunk.
      const own = pages(Memory.linear({ maximum: 64 * 2 ** 20 }));
      const report = await checkAllocator(() => new Mutant(own), {
        programs: 100,
        steps: 60,
        seed: 1,
      });
      expect(report.violations.map((violation) => violation.rule)).toContain(rule);
    },
  );
});
