import { type Allocator, type Can, Layout, orThrow, type Ptr } from "@alloc/core";
import { resetAll } from "@alloc/core/author";
import { describe, expect, test } from "vitest";
import { plainHeap } from "./support/heaps.ts";
import { Leaf, Pair } from "./support/members.ts";

const eight = Layout.of(8);

/** A leaf whose blocks can be ended at once. */
class Scope extends Leaf {
  reset(): void {
    this.endTenants([]);
    this.epochChanged();
  }
}

/** Returns which of these have another epoch after a call. */
function changed(all: Record<string, Allocator>, call: () => void): string[] {
  const before = Object.values(all).map(({ epoch }) => epoch);
  call();
  return Object.keys(all).filter((_, index) => Object.values(all)[index]!.epoch !== before[index]);
}

describe("the epoch", () => {
  test("changes with a reset: of the allocator, of its owners, of its byRef and of its borrowers", () => {
    const scope = new Scope("scope");
    const lent = scope.byRef();
    const borrower = new Pair(lent, new Leaf("x"));
    const owner = new Pair(scope, new Leaf("y"));
    const outer = new Pair(owner);
    const outerLent = outer.byRef();
    const other = new Leaf("other");
    const all = { scope, lent, borrower, owner, outer, outerLent, other };
    expect(changed(all, () => scope.reset())).toEqual(["scope", "lent", "borrower", "owner", "outer", "outerLent"]);
  });

  test("changes with a dispose, also of a child", () => {
    const scope = new Scope("scope");
    const lent = scope.byRef();
    const borrower = new Pair(lent, new Leaf("x"));
    const sibling = new Leaf("sibling");
    expect(changed({ scope, lent, borrower, sibling }, () => scope.dispose())).toEqual(["scope", "lent", "borrower"]);
  });

  test("of a child is not changed by its siblings, nor that of a parent by a leaf above it", () => {
    const heap = new Leaf("heap");
    const [one, other] = [new Scope("one", heap), new Scope("other", heap)];
    const pair = new Pair(one, other);
    expect(changed({ heap, one, other, pair }, () => one.reset())).toEqual(["one", "pair"]);
  });

  test("changes once for each reset, even if a chain reaches a leaf in two ways", () => {
    const scope = new Scope("scope");
    let whole: Allocator = new Pair(new Pair(scope.byRef()), scope);
    // Two ways at each level: following all of them would take a million steps.
    for (let level = 0; level < 20; level++) whole = new Pair(new Pair(whole.byRef()), whole);
    const before = whole.epoch;
    scope.reset();
    expect(whole.epoch).toBe(before + 1);
  });

  test("changes with a resetAll once for the combinator itself, besides its children", () => {
    const [a, b] = [new Scope("a"), new Scope("b")];
    const pair = new Pair(a, b);
    expect(changed({ a, b, pair }, () => resetAll(pair))).toEqual(["a", "b", "pair"]);
  });

  test("does not change with a release, a resize, or a trim", () => {
    const heap: Can<"sizeAt"> = plainHeap().allocator;
    const lent = heap.byRef();
    const calls = () => {
      const ptr = orThrow(heap.allocate(eight), eight);
      const next = heap.grow(ptr, eight, Layout.of(100)) as Ptr;
      heap.deallocate(next, Layout.of(100));
    };
    expect(changed({ heap, lent }, calls)).toEqual([]);
  });

  test("of a tenant changes when it ends with its parent", () => {
    const heap = new Scope("heap");
    const tenant = new Leaf("tenant", heap);
    expect(changed({ heap, tenant }, () => heap.reset())).toEqual(["heap", "tenant"]);
  });

  test("is a number that can be read of an ended allocator", () => {
    const scope = new Scope("scope");
    const { epoch } = scope;
    scope.dispose();
    expect(scope.epoch).toBe(epoch + 1);
  });
});
