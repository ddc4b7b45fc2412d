// @module-tag alone
import * as user from "@alloc/core";
import { type Allocator, Layout, type Memory, NULL, type Null, type Ptr } from "@alloc/core";
import * as author from "@alloc/core/author";
import * as compat from "@alloc/core/compat";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { thrownBy } from "./support/thrown.ts";

type Core = typeof user & typeof author & typeof compat;
const core: Core = { ...user, ...author, ...compat };
const eight = Layout.of(8);
const PAGE = 65536;

/** Classes over one copy of the package: a leaf that can be reset and trimmed, and a combinator. */
function classesOf({ Allocator, Memory, resetAll }: Core) {
  const memory = Memory.over(new ArrayBuffer(4096));
  class Leaf extends Allocator {
    override readonly memory: Memory = memory;
    trims = 0;
    override allocate(layout: Layout): Ptr | Null {
      return layout.size === 0 ? layout.dangling : (64 as Ptr);
    }
    override deallocate(): void {}
    reset(): void {
      this.endTenants([]);
      this.epochChanged();
    }
    trim(): void {
      this.trims++;
    }
    override describeSelf() {
      return { kind: "leaf", options: {}, state: {} };
    }
  }
  class Pair extends Leaf {
    constructor(...children: Allocator[]) {
      super(undefined, children);
    }
    override reset(): void {
      resetAll(this);
    }
    override describeSelf() {
      return { kind: "pair", options: {}, state: {} };
    }
  }
  return { Leaf, Pair };
}

// Outside the tests: code that runs when a module is loaded would count as covered by one test alone (docs/mutation.md).
vi.resetModules();
const copy: Core = {
  ...(await import("@alloc/core")),
  ...(await import("@alloc/core/author")),
  ...(await import("@alloc/core/compat")),
};

test("two copies of this package are separate", () => {
  expect(copy.Allocator).not.toBe(core.Allocator);
  expect(copy.pages).not.toBe(core.pages);
});

// Each thing is tried from one copy to the other, and back.
describe.each([
  ["one copy", core, copy],
  ["the other", copy, core],
])("an object made by %s", (_, mine, theirs) => {
  const my = classesOf(mine);
  const their = classesOf(theirs);

  test("has one default memory, its root, and one root of any other memory, over any wrapper", () => {
    const memory = mine.Memory.linear({ maximum: 2 ** 20 });
    const root = mine.pages(memory);
    expect(theirs.pages()).toBe(mine.pages());
    expect(theirs.defaultMemory()).toBe(mine.pages().memory);
    expect(theirs.pages(memory)).toBe(root);
    expect(theirs.pages(theirs.Memory.over(memory.beneath as WebAssembly.Memory))).toBe(root);
  });

  test("accepts the other's layouts, and recognises its errors by name and code", () => {
    const root = mine.pages(theirs.Memory.over(new ArrayBuffer(PAGE)));
    const layout = theirs.Layout.of(64);
    const ptr = root.allocate(layout) as Ptr;
    root.deallocate(ptr, layout);
    const error = expect.objectContaining({ name: "MisuseError", code: "double-free" });
    expect(() => root.deallocate(ptr, layout)).toThrow(error);
    mine.requireLayout(layout, "allocate");
  });

  test("is owned by one combinator, of either copy", () => {
    const child = new my.Leaf();
    new their.Pair(child);
    for (const Pair of [my.Pair, their.Pair]) {
      expect(() => new Pair(child)).toThrow(expect.objectContaining({ name: "MisuseError", code: "owned" }));
    }
    expect(child.isOwned).toBe(true);
  });

  test("is lent as the same object, to combinators of both", () => {
    const child = new my.Leaf();
    const lent = child.byRef();
    new their.Pair(lent);
    expect(() => new my.Pair(lent)).not.toThrow();
    expect(child.isOwned).toBe(false);
  });

  test("ends before the other's parent, and names that parent", () => {
    const parent = new their.Leaf();
    const tenant = new my.Leaf(parent);
    const owner = new my.Pair(parent);
    const onOwner = new their.Leaf(owner);
    parent.dispose();
    for (const each of [tenant, onOwner])
      expect(() => each.allocate(eight)).toThrow(/ended when its parent, a leaf, was disposed/);
    expect(`${owner}`).toBe("pair(leaf (disposed))");
    expect(owner.describe().nodes[1]!.kind).toBe("leaf (disposed)");
  });

  test("ends with the other's combinator, once, and its drop may dispose that combinator safely", () => {
    const child = new my.Leaf();
    const owner = new their.Pair(child);
    const close = vi.spyOn(child, "close").mockImplementation(() => owner.dispose());
    owner.dispose();
    expect(close).toHaveBeenCalledTimes(1);
    expect(() => child.allocate(eight)).toThrow(/was disposed with the pair that owns it/);
  });

  test("has an epoch that the other's reset changes, detected by handles of both", () => {
    const child = new my.Leaf();
    const chain = [new their.Pair(child.byRef()), child.byRef(), new their.Pair(child)];
    const before = chain.map(({ epoch }) => epoch);
    child.reset();
    expect(chain.map(({ epoch }, index) => epoch - before[index]!)).toEqual([1, 1, 1]);
  });

  test("is asked to trim by the other's root, but not while it waits", () => {
    const root = mine.pages(theirs.Memory.virtual(16, { base: PAGE }));
    const [idle, busy] = [new their.Leaf(root), new my.Leaf(root)];
    busy.isBusy = true;
    root.allocate(Layout.of(16));
    expect(root.allocate(Layout.of(16))).toBe(NULL);
    expect([idle.trims, busy.trims]).toEqual([1, 0]);
  });

  test("shares the hook of failed allocations, which orThrow runs, never recursively", () => {
    const seen: number[] = [];
    const hook = ({ size }: Layout) => {
      seen.push(size);
      mine.handleAllocError(Layout.of(1));
    };
    theirs.setAllocErrorHook(hook);
    expect(thrownBy(() => mine.orThrow(NULL, Layout.of(24)))).toMatchObject({
      name: "AllocError",
      layout: { size: 1 },
    });
    expect(seen).toEqual([24]);
    expect(mine.takeAllocErrorHook()).toBe(hook);
    expect(thrownBy(() => theirs.orThrow(NULL, Layout.of(24)))).toMatchObject({
      name: "AllocError",
      layout: { size: 24 },
    });
    expect(seen).toEqual([24]);
  });

  test("lists the other's errors in one AggregateError", () => {
    const errors: unknown[] = [];
    mine.attempt(errors, () => theirs.rethrow(["a", "b"]));
    errors.push("c");
    expect(thrownBy(() => mine.rethrow(errors))).toMatchObject({ errors: ["a", "b", "c"] });
  });

  test("refuses to be cloned with the same message", () => {
    expect(mine.Memory.virtual(64).uncloneable).toBe(theirs.Memory.virtual(64).uncloneable);
  });
});

test("they find the realm under one name", async () => {
  const { realm } = await import("../src/chain/realm.ts");
  expect(realm().roots.get(core.pages().memory.beneath)).toBe(core.pages());
  expect(Reflect.has(globalThis, Symbol.for("@alloc/core:2"))).toBe(true);
});

describe("the hook of failed allocations", () => {
  const { handleAllocError, orThrow, setAllocErrorHook, takeAllocErrorHook } = core;
  const layout = Layout.of(64, 16);

  beforeEach(() => {
    takeAllocErrorHook();
  });

  test("runs if orThrow gets NULL, with the layout, and not if it gets an address", () => {
    const seen: Layout[] = [];
    setAllocErrorHook((layout) => seen.push(layout));
    expect(orThrow(64 as Ptr, layout)).toBe(64);
    expect(seen).toEqual([]);
    expect(thrownBy(() => orThrow(NULL, layout))).toMatchObject({ name: "AllocError", layout });
    expect(seen[0]).toBe(layout);
  });

  test("may throw an error of its own, also from orThrow", () => {
    const own = new Error("restart the program");
    setAllocErrorHook(() => {
      throw own;
    });
    for (const call of [() => orThrow(NULL, layout), () => handleAllocError(layout)]) expect(thrownBy(call)).toBe(own);
  });

  test("runs again after it threw", () => {
    let runs = 0;
    setAllocErrorHook(() => {
      runs++;
      throw new Error("no");
    });
    for (let count = 0; count < 2; count++) thrownBy(() => handleAllocError(layout));
    expect(runs).toBe(2);
  });

  test("must be a function", () => {
    expect(() => setAllocErrorHook(null as never)).toThrow(
      expect.objectContaining({ code: "argument", message: expect.stringContaining("got null") }),
    );
  });
});
