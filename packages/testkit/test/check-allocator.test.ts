import { Allocator, alignUp, Layout, Memory, NULL, type Null, type Ptr, pages } from "@alloc/core";
import { checkAllocator, type RuleId } from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { MORE_MUTANTS, MUTANTS, type Mutant } from "./mutants.ts";
import { Reference } from "./reference.ts";

const parent = pages(Memory.linear({ maximum: 8 * 2 ** 20 }));

test("an allocator that keeps every rule passes", async () => {
  const report = await checkAllocator((parent) => new Reference(parent), { parent, programs: 300 });
  expect(report.violations).toEqual([]);
  expect(report.skipped).toEqual([]);
});

test.each([
  ["a number", () => 5, "5"],
  ["a promise", async () => new Reference(parent), "an object of Promise"],
  ["a plain object", () => ({ memory: parent.memory, allocate: () => 0, deallocate() {} }), "an object"],
])("a function that returns %s is refused", async (_, make, got) => {
  await expect(async () => checkAllocator(make as never)).rejects.toThrow(
    `checkAllocator expects make() to return an allocator, got ${got}: return one, as system() or Allocator.from({ memory, allocate, deallocate }) do`,
  );
});

test("an arena, whose releases free nothing, passes", async () => {
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

test("a failing factory does not replace the fault found before", async () => {
  let thrown = 0;
  class Throws extends Reference {
    override allocate(layout: Layout): Ptr | Null {
      if (layout.size > 900) throw new Error(`fault ${++thrown}`);
      return super.allocate(layout);
    }
  }
  const make = () => {
    if (thrown > 2) throw new Error("no more of these");
    return new Throws(parent);
  };
  const { violations } = await checkAllocator(make, { seed: 1 });
  expect(violations.map(({ rule }) => rule)).toEqual(["1.6"]);
  expect(violations[0]!.message).toMatch(/threw Error: fault \d$/);
  expect(violations[0]!.program).toMatch(/\n.*a\.allocate\(Layout\.of\(1000, 8\)\);$/);
});

describe("a mutant is caught by the rule that it breaks", () => {
  const cases = (mutants: readonly (readonly [string, Mutant])[]) =>
    mutants.map(([rule, Mutant]) => ({ rule, name: Mutant.name, Mutant }));
  test.each(cases(Object.entries(MUTANTS)))("$rule $name", expectCaught);
  test.each(cases(MORE_MUTANTS))("$rule $name", { tags: ["thorough"] }, expectCaught);

  async function expectCaught({ rule, Mutant }: { rule: string; Mutant: Mutant }): Promise<void> {
    // New each time: some mutants lose their chunk.
    const own = pages(Memory.linear({ maximum: 64 * 2 ** 20 }));
    const report = await checkAllocator((parent) => new Mutant(parent), {
      parent: own,
      programs: 100,
      steps: 60,
      seed: 1,
    });
    expect(report.violations.map((violation) => violation.rule)).toContain(rule);
  }
});

describe("a size that is never handed out again is found within 50,000 operations, by a program that shows it", () => {
  const mutants = [["1.8", MUTANTS["1.8"]] as const, ...MORE_MUTANTS.filter(([rule]) => rule === "1.8")];
  test.each(mutants.map(([, Mutant]) => [Mutant.name, Mutant] as const))("%s", async (_, Mutant) => {
    const own = pages(Memory.linear({ maximum: 64 * 2 ** 20 }));
    const report = await checkAllocator((parent) => new Mutant(parent), { parent: own, seed: 1 });
    expect(report.operations).toBeLessThanOrEqual(50_000);
    const { program } = report.violations.find(({ rule }) => rule === "1.8")!;
    const calls = program.split("\n");
    const [release, ...requests] = calls.splice(-3);
    const code = `${calls.join("\n")}\n${release}\nreturn [${requests.join("").replaceAll(";", ",")}];`;
    const run = new Function("make", "Layout", code);
    expect(run(() => new Mutant(pages(Memory.over(new ArrayBuffer(2 ** 21)))), Layout)).toEqual([NULL, NULL]);
  });
});

/** Checks the mutant of a name, by default with its own options, with one seed after the other. */
async function checkMutant(name: string, seed: number, operations = 0) {
  const [rule, Mutant] = MORE_MUTANTS.find(([, { name: its }]) => its === name)!;
  const own = pages(Memory.linear({ maximum: 64 * 2 ** 20 }));
  let done = 0;
  for (let round = 0; ; round++) {
    const report = await checkAllocator((parent) => new Mutant(parent), { parent: own, seed: seed + 1000 * round });
    done += report.operations;
    const found = report.violations.find((violation) => violation.rule === rule);
    if (found !== undefined || done >= operations) return found?.program.split("\n") ?? [];
  }
}

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

describe("a fault that shows only after shrinking by a few bytes is found within 200,000 operations, with a short program", () => {
  test.each(SEEDS.slice(0, 2))("seed %i", expectFound);
  test.each(SEEDS.slice(2))("seed %i", { tags: ["thorough"] }, expectFound);

  async function expectFound(seed: number): Promise<void> {
    const program = await checkMutant("KeepsTheSizeOfTheShrunkTop", seed, 200_000);
    expect(program.length).toBeGreaterThan(3);
    expect(program.length).toBeLessThanOrEqual(12);
  }
});

describe("a fault that needs a growing memory is reduced to the few calls it needs", () => {
  test.each(SEEDS.slice(0, 2))("seed %i", expectReduced);
  test.each(SEEDS.slice(2))("seed %i", { tags: ["thorough"] }, expectReduced);

  async function expectReduced(seed: number): Promise<void> {
    const program = await checkMutant("WritesAfterTheMemoryGrew", seed);
    expect(program).toHaveLength(4);
    expect(program).toContain("a.memory.grow(65536);");
    expect(program.at(-1)).toMatch(/^const b2 = a\.shrink\(b1, /);
  }
});

test("shortening a fault uses at most half of the remaining memory growth", async () => {
  const memory = Memory.linear({ maximum: 2 ** 22 });
  const own = pages(memory);
  const [, Mutant] = MORE_MUTANTS.find(([, { name }]) => name === "WritesAfterTheMemoryGrew")!;
  const { violations } = await checkAllocator(() => new Mutant(own), { seed: 1 });
  expect(violations.length).toBeGreaterThan(0);
  expect(memory.byteLength).toBeLessThan(2 ** 21 + 24 * 65536);
});

describe("the program of a law", () => {
  const lawProgram = async (rule: RuleId): Promise<string[]> => {
    const own = pages(Memory.linear({ maximum: 64 * 2 ** 20 }));
    const report = await checkAllocator((parent) => new MUTANTS[rule](parent), {
      parent: own,
      seed: 1,
      programs: 1,
      steps: 1,
    });
    return report.violations.find((violation) => violation.rule === rule)!.program.split("\n");
  };

  test.each<[RuleId, number]>([
    ["3.3", 5],
    ["6.2", 3],
    ["8.1", 7],
  ])("of %s is printed with the requests it needs", async (rule, lines) => {
    expect(await lawProgram(rule)).toHaveLength(lines);
  });

  test("that fails in a second allocator has the calls of that allocator", async () => {
    let alive = 0;
    class ThrowsBeside extends Reference {
      readonly isFirst = alive++ === 0;
      override allocate(layout: Layout): Ptr | Null {
        if (!this.isFirst && layout.size > 4000) throw new Error("not beside another one");
        return super.allocate(layout);
      }
      override dispose(): void {
        super.dispose();
        alive--;
      }
    }
    const { violations } = await checkAllocator(() => new ThrowsBeside(parent), { seed: 1, programs: 1, steps: 1 });
    const thrown = violations.find(({ rule }) => rule === "1.6")!;
    expect(thrown.program.split("\n").at(-1)).toBe("const b1 = a.allocate(Layout.of(5000, 8));");
  });

  test("of dispose shows the allocator that did not return its chunk", async () => {
    expect((await lawProgram("9.1")).at(-1)).toBe("a.dispose();");
  });
});
