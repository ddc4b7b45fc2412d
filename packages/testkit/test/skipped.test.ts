import { type Allocator, type Layout, Memory, type MisuseCode, NULL, type Null, type Ptr, pages } from "@alloc/core";
import { type CheckReport, checkAllocator } from "@alloc/testkit";
import { expect, test } from "vitest";
import { Reference } from "./reference.ts";

const parent = pages(Memory.linear({ maximum: 8 * 2 ** 20 }));
const MISUSE = ["6.1", "6.2", "6.3", "6.4"];

const untried = ({ skipped }: CheckReport) => skipped.map(({ rule }) => rule);

class Seeing extends Reference {
  constructor(detects: readonly MisuseCode[], over: Allocator = parent) {
    super(over);
    Object.defineProperty(this, "detects", { value: detects });
  }
}

test("no misuse rule counts as tested on an allocator that detects none", async () => {
  expect(untried(await checkAllocator((over) => new Seeing([], over), { parent, programs: 5, seed: 1 }))).toEqual([
    ...MISUSE,
    "6.5",
  ]);
});

test("each detected misuse tests that it changes nothing", async () => {
  const report = await checkAllocator((over) => new Seeing(["foreign-pointer"], over), {
    parent,
    programs: 5,
    seed: 1,
  });
  expect(untried(report)).toEqual(MISUSE.filter((rule) => rule !== "6.3"));
});

test("a rule tested by one of its laws is not listed as untested", async () => {
  let alive = 0;
  // The law that fills an allocator first requests from one beside it, which is served nothing; the law of growth from size 0 has only one.
  class AloneOnly extends Reference {
    readonly alone = ++alive === 1;
    override allocate(layout: Layout): Ptr | Null {
      return this.alone ? super.allocate(layout) : NULL;
    }
    override dispose(): void {
      super.dispose();
      alive--;
    }
  }
  const report = await checkAllocator(() => new AloneOnly(parent), { programs: 1, seed: 1 });
  expect(untried(report)).not.toContain("3.3");
  expect(untried(report)).toContain("4.3");
});

test("a misuse too large for all served blocks does not count as tested", async () => {
  class SingleBytes extends Reference {
    override allocate(layout: Layout): Ptr | Null {
      return layout.size > 1 ? NULL : super.allocate(layout);
    }
    override usableSize({ size }: Layout): number {
      return size === 1 ? 1 : 0;
    }
  }
  const report = await checkAllocator(() => new SingleBytes(parent), { programs: 1, seed: 1 });
  expect(untried(report)).toContain("6.2");
});

test("a make that does not use its parent passes", async () => {
  const report = await checkAllocator(() => new Reference(parent), { parent, programs: 1, seed: 1 });
  expect(report.violations).toEqual([]);
  expect(report.skipped).toContainEqual({ rule: "1.7", reason: "make does not use the parent passed to it" });
});
