import { Allocator, Layout, Memory, type MisuseError, pages } from "@alloc/core";
import { describe, expect, test } from "vitest";
import { plainHeap } from "./support/heaps.ts";
import { Leaf, Pair } from "./support/members.ts";
import { thrownBy } from "./support/thrown.ts";

const OWNED = expect.objectContaining({ name: "MisuseError", code: "owned" });
const eight = Layout.of(8);

describe("a combinator", () => {
  test("owns its children: a second owner is refused, and the error names the first owner and the fix", () => {
    const child = new Leaf("child");
    const first = new Pair(child);
    const error = thrownBy(() => new Pair(new Leaf("other"), child)) as MisuseError;
    expect(error).toEqual(OWNED);
    expect(error.message).toBe("this child belongs to a pair: pass its byRef() wherever it must not be owned");
    expect([child.isOwned, first.isOwned]).toEqual([true, false]);
  });

  test("given the same child twice is refused", () => {
    const child = new Leaf("child");
    const error = thrownBy(() => new Pair(child, child)) as MisuseError;
    expect(error).toEqual(OWNED);
    expect(error.message).toContain("belongs to the same combinator already");
    expect(child.isOwned).toBe(false);
  });

  test("that was refused any child has taken none", () => {
    const taken = new Leaf("taken");
    new Pair(taken);
    for (const place of [0, 1, 2]) {
      const free = [new Leaf("a"), new Leaf("b")];
      expect(() => new Pair(...free.toSpliced(place, 0, taken))).toThrow(OWNED);
      expect(free.map((leaf) => leaf.isOwned)).toEqual([false, false]);
      expect(() => new Pair(...free)).not.toThrow();
    }
  });

  test("does not own lent allocators, however often they are lent, and a lent allocator does not own its lender", () => {
    const shared = new Leaf("shared");
    const lent = shared.byRef();
    for (let count = 0; count < 3; count++) new Pair(lent, shared.byRef());
    expect([shared.isOwned, lent.isOwned]).toEqual([false, false]);
    expect(() => new Pair(shared)).not.toThrow();
    expect(shared.isOwned).toBe(true);
  });

  test("does not own allocators that never end: the root of a memory may be in several chains", () => {
    const root = pages(Memory.over(new ArrayBuffer(64)));
    expect(() => [new Pair(root), new Pair(root, root)]).not.toThrow();
    expect([root.isOwned, root.isLent]).toEqual([false, true]);
  });

  test("that has ended owns nothing: a child lent to it lives on, and can be owned", () => {
    const disposed: string[] = [];
    const kept = new Leaf("kept", undefined, disposed);
    const combinator = new Pair(new Leaf("own", undefined, disposed), kept.byRef());
    combinator.dispose();
    expect(disposed).toEqual(["own"]);
    new Pair(kept).dispose();
    expect(disposed).toEqual(["own", "kept"]);
  });

  test("that has ended frees a child that refused to end", () => {
    class Stubborn extends Leaf {
      override dispose(): void {
        throw new Error("not now");
      }
    }
    const child = new Stubborn("child");
    const owner = new Pair(child);
    expect(() => owner.dispose()).toThrow("not now");
    expect(child.isOwned).toBe(false);
    expect(new Pair(child).allocate(eight)).toBe(64);
  });

  test("that took its child's place can be owned by others, but its child cannot", () => {
    const child = new Leaf("child");
    const inner = new Pair(child);
    const outer = new Pair(inner);
    expect([child, inner, outer].map((each) => each.isOwned)).toEqual([true, true, false]);
    expect(() => new Pair(child)).toThrow(OWNED);
    expect(() => new Pair(inner)).toThrow(OWNED);
  });
});

describe("adopt and abandon", () => {
  test("give a combinator a child later, and take it away again", () => {
    const [one, other] = [new Pair(), new Pair()];
    const child = new Leaf("child");
    one.adopt(child);
    expect(() => other.adopt(child)).toThrow(OWNED);
    one.abandon(child);
    expect(child.isOwned).toBe(false);
    other.adopt(child);
    expect(() => one.adopt(child)).toThrow(OWNED);
  });

  test("of its own child, or of another's, change nothing", () => {
    const [one, other] = [new Pair(), new Pair()];
    const child = new Leaf("child");
    one.adopt(child);
    one.adopt(child);
    other.abandon(child);
    expect(child.isOwned).toBe(true);
    expect(() => other.adopt(child)).toThrow(OWNED);
  });
});

test("byRef returns the same object each time, also of a lent allocator, and another one for another allocator", () => {
  const [one, other] = [plainHeap().allocator, plainHeap().allocator];
  expect(one.byRef()).toBe(one.byRef());
  expect(one.byRef().byRef()).toBe(one.byRef().byRef());
  expect(one.byRef()).not.toBe(other.byRef());
  expect(one.byRef().isLent).toBe(true);
});

test("a leaf takes chunks from an owned allocator, and may stand beside it", () => {
  const heap = new Leaf("heap");
  const owner = new Pair(heap);
  expect(() => [new Leaf("a", heap), new Leaf("b", owner)]).not.toThrow();
  const parts = { memory: owner.memory, allocate: () => 0 as const, deallocate() {} };
  expect(() => Allocator.from({ ...parts, parent: heap })).not.toThrow();
});
