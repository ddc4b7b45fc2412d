import { Allocator, alignUp, Memory, type Ptr, pages } from "@alloc/core";
import { checkAllocator } from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { MORE_MUTANTS, MUTANTS } from "./mutants.ts";
import { Reference } from "./reference.ts";

const parent = pages(Memory.linear({ maximum: 8 * 2 ** 20 }));

test("an allocator that keeps every rule is not accused", async () => {
  const report = await checkAllocator(() => new Reference(parent), { programs: 300 });
  expect(report.violations).toEqual([]);
  expect(report.skipped).toEqual([]);
});

test("an arena, whose releases give nothing back, is not accused", async () => {
  const end = 4 * 65536;
  const arena = () => {
    let top = 65536;
    return Allocator.from({
      memory: Memory.over(new ArrayBuffer(end)),
      allocate({ size, align }) {
        const start = alignUp(top, align);
        if (start + size > end) return 0;
        top = start + size;
        return start as Ptr;
      },
      deallocate() {},
      usableSize: ({ size, align }) => (alignUp(65536, align) + size > end ? 0 : size),
      reset() {
        top = 65536;
      },
    });
  };
  const report = await checkAllocator(arena, { programs: 100 });
  expect(report.violations).toEqual([]);
});

test("a factory that throws in the middle of a check is reported, and the check ends", async () => {
  let calls = 0;
  const make = () => {
    if (++calls > 60) throw new Error("no more of these");
    return new Reference(parent);
  };
  const { ok, violations } = await checkAllocator(make, { programs: 100 });
  expect(ok).toBe(false);
  expect(violations).toMatchObject([
    { rule: "1.6", message: "it threw Error: no more of these", program: "const a = make();" },
  ]);
});

describe("a mutant is caught by the rule that it breaks", () => {
  test.each(
    [...Object.entries(MUTANTS), ...MORE_MUTANTS].map(([rule, Mutant]) => ({ rule, name: Mutant.name, Mutant })),
  )("$rule $name", async ({ rule, Mutant }) => {
    // Of its own: some mutants lose their chunk.
    const own = pages(Memory.linear({ maximum: 64 * 2 ** 20 }));
    const report = await checkAllocator(() => new Mutant(own), {
      programs: 100,
      steps: 60,
      seed: 1,
    });
    expect(report.violations.map((violation) => violation.rule)).toContain(rule);
  });
});
