import { limit } from "@alloc/combinators";
import { Allocator, type Layout, type Memory, MisuseError, type Null, type Ptr } from "@alloc/core";
import { leavesOf } from "@alloc/core/author";
import { system } from "@alloc/global";
import { stats } from "@alloc/proxy";
import { checkCombinator } from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { Reference } from "./reference.ts";

/** The first member that has room serves; a block goes back to the member that owns it. */
class Either extends Allocator {
  override readonly memory: Memory;

  constructor(first: Allocator, second: Allocator) {
    super(undefined, [first, second]);
    this.memory = first.memory;
  }

  override allocate(layout: Layout): Ptr | Null {
    return this.children[0]!.allocate(layout) || this.children[1]!.allocate(layout);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    const owns = (this.children[0] as unknown as Reference).owns(ptr);
    this.children[owns ? 0 : 1]!.deallocate(ptr, layout);
  }
}

const heap = (parent: Allocator) => new Reference(parent);

function refuse(first: Allocator, second: Allocator): void {
  if (first.memory.beneath !== second.memory.beneath) throw new MisuseError("other-memory", "two memories");
  const leaves = new Set(leavesOf(first));
  if (leavesOf(second).some((leaf) => leaves.has(leaf))) throw new MisuseError("misroute", "one heap twice");
}

function careful(first: Allocator, second: Allocator): Allocator {
  refuse(first, second);
  return new Either(first, second);
}

test("a combinator that checks its members before taking them passes", () => {
  expect(checkCombinator(careful, heap)).toEqual({ ok: true, violations: [] });
});

describe("a combinator fails that", () => {
  test.each<[string, (first: Allocator, second: Allocator) => Allocator, string[]]>([
    ["takes everything", (first, second) => new Either(first, second), ["7.1", "7.2"]],
    [
      "compares members but not their parts",
      (first, second) => {
        if (first === second) throw new MisuseError("misroute", "one heap twice");
        if (first.memory.beneath !== second.memory.beneath) throw new MisuseError("other-memory", "two memories");
        return new Either(first, second);
      },
      ["7.1"],
    ],
    [
      "throws another error for two memories",
      (first, second) => {
        if (first.memory !== second.memory) throw new Error("no");
        return careful(first, second);
      },
      ["7.2"],
    ],
    [
      "looks at its members after taking them",
      (first, second) => {
        const made = new Either(first, second);
        refuse(first, second);
        return made;
      },
      ["9.8"],
    ],
    [
      "ends the members it refuses",
      (first, second) => {
        try {
          return careful(first, second);
        } catch (error) {
          first.dispose();
          throw error;
        }
      },
      ["9.8"],
    ],
  ])("%s", (_what, combine, rules) => {
    expect(checkCombinator(combine, heap).violations.map(({ rule }) => rule)).toEqual(rules);
  });
});

test("an error with separate members is the caller's", () => {
  const combine = () => {
    throw new Error("not these");
  };
  expect(() => checkCombinator(combine, heap)).toThrow("not these");
});

describe("a wrapper of one allocator", () => {
  const make = (parent: Allocator) => system({ parent });

  test("keeps every rule if it owns what it wraps", () => {
    expect(checkCombinator((inner) => limit(inner, 2 ** 20), make).violations).toEqual([]);
    expect(checkCombinator(stats as (inner: Allocator) => Allocator, make).violations).toEqual([]);
  });

  test("is accused if it takes an allocator that another one owns", () => {
    const report = checkCombinator((inner) => limit(inner.byRef(), 2 ** 20), make);
    expect(report.violations.map(({ rule }) => rule)).toEqual(["7.1"]);
  });
});
