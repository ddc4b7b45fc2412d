import { Memory, pages } from "@alloc/core";
import { checkAllocator } from "@alloc/testkit";
import { describeAllocator } from "@alloc/testkit/vitest";
import { expect, test } from "vitest";
import { MUTANTS } from "./mutants.ts";
import { Reference } from "./reference.ts";

const parent = pages(Memory.linear({ maximum: 2 ** 23 }));

describeAllocator("the reference allocator", (over) => new Reference(over), { parent, programs: 20 });

test("a report prints rule, message and the shortest program that shows the fault", async () => {
  const report = await checkAllocator(() => new MUTANTS["5.2"](parent), { programs: 100, seed: 1 });
  const text = `${report}`;
  expect(text).toContain("rule 5.2: growZeroed clears the bytes from the old size on\n");
  const program = report.violations.find(({ rule }) => rule === "5.2")!.program.split("\n");
  expect(program[0]).toBe("const a = make();");
  expect(program.length).toBeLessThanOrEqual(5);
});

test("the same seed gives the same report", async () => {
  const check = () => checkAllocator(() => new MUTANTS["4.1"](pages(Memory.linear())), { programs: 20, seed: 7 });
  expect(await check()).toEqual(await check());
});

test("a skipped rule is not reported, but its reason is", async () => {
  const skip = { "11.1": "a test of the kit" };
  const report = await checkAllocator(() => new MUTANTS["11.1"](parent), { programs: 5, skip });
  expect(report.violations).toEqual([]);
  expect(report.skipped).toContainEqual({ rule: "11.1", reason: "a test of the kit" });
});

test("a report without faults says how much was tested", async () => {
  const report = await checkAllocator((over) => new Reference(over), { parent, programs: 50, seed: 3 });
  expect(`${report}`).toMatch(
    /^kept every rule tested: \d+ operations, \d+ requests served, \d+ returned NULL; seed 3$/,
  );
  expect(report.served).toBeGreaterThan(500);
  expect(report.refused).toBeGreaterThan(20);
});

test("an allocator that throws when it is made is an error of the caller, not a report", async () => {
  await expect(checkAllocator(() => new Reference(pages(Memory.virtual(65536))))).rejects.toThrow(
    "memory allocation of 131072 bytes failed",
  );
});
