/**
 * What may stand beside what in a combinator: every arrangement of two small allocators over one or two roots.
 */
import { Allocator, type Capability, Memory, type Ptr, pages } from "@alloc/core";
import { requireMembers, sourcesOf, togetherCan } from "@alloc/core/author";
import { describe, expect, test } from "vitest";
import { thrownBy } from "./support/thrown.ts";

const newRoot = () => pages(Memory.linear({ maximum: 2 ** 20 }));

/** An allocator that takes its chunks from a parent. */
class Leaf extends Allocator {
  override readonly memory: Memory;

  constructor(parent: Allocator) {
    super(parent);
    this.memory = parent.memory;
  }

  override allocate(): 0 {
    return 0;
  }
  override deallocate(): void {}
  owns(): boolean {
    return false;
  }
  reset(): void {}
}

/** Returns the code of the refusal; undefined if the members may stand side by side. */
function refusalOf(members: readonly Allocator[], routes?: "owns" | "size"): string | undefined {
  const how = routes === undefined ? undefined : { routes };
  return (thrownBy(() => requireMembers("ring", members, how)) as { code?: string } | undefined)?.code;
}

describe("requireMembers", () => {
  test("accepts two leaves of one root, and nothing at all", () => {
    const root = newRoot();
    expect(refusalOf([new Leaf(root), new Leaf(root)], "owns")).toBeUndefined();
    expect(refusalOf([])).toBeUndefined();
  });

  test("refuses leaves of two memories, in any place", () => {
    const root = newRoot();
    expect(refusalOf([new Leaf(root), new Leaf(root), new Leaf(newRoot())])).toBe("other-memory");
  });

  test("accepts two wrappers of one buffer as one memory", () => {
    const buffer = new ArrayBuffer(65536);
    const [one, other] = [pages(Memory.over(buffer, { to: 32768 })), pages(Memory.over(buffer, { from: 32768 }))];
    expect(refusalOf([new Leaf(one), new Leaf(other)])).toBeUndefined();
  });

  test("refuses one heap twice, itself or lent, in any place", () => {
    const root = newRoot();
    const [leaf, other] = [new Leaf(root), new Leaf(root)];
    expect(refusalOf([leaf, leaf])).toBe("misroute");
    expect(refusalOf([leaf.byRef(), other, leaf])).toBe("misroute");
  });

  test("refuses a heap beside an adapter that hands out its blocks", () => {
    const leaf = new Leaf(newRoot());
    const adapter = Allocator.from({ memory: leaf.memory, allocate: () => 0, deallocate() {}, parent: leaf });
    expect(refusalOf([leaf.byRef(), adapter])).toBe("misroute");
    const { allocate, deallocate, memory } = leaf;
    const apart = Allocator.from({ memory, allocate, deallocate });
    expect(refusalOf([leaf.byRef(), apart])).toBeUndefined();
  });

  test("refuses a tenant beside its parent if both can be reset, in either order", () => {
    const parent = new Leaf(newRoot());
    const tenant = new Leaf(parent);
    expect(refusalOf([tenant, parent])).toBe("shared-reset");
    expect(refusalOf([parent, tenant])).toBe("shared-reset");
  });

  test("accepts a tenant beside its lent parent", () => {
    const parent = new Leaf(newRoot());
    expect(refusalOf([new Leaf(parent), parent.byRef()])).toBeUndefined();
    expect(refusalOf([parent.byRef(), new Leaf(parent)])).toBeUndefined();
  });

  test("refuses a tenant behind its lent parent where the first that owns a block gets it, at any distance", () => {
    const parent = new Leaf(newRoot());
    const far = new Leaf(new Leaf(parent));
    const other = new Leaf(newRoot().byRef());
    expect(refusalOf([parent.byRef(), new Leaf(parent)], "owns")).toBe("misroute");
    expect(refusalOf([parent.byRef(), far], "owns")).toBe("misroute");
    expect(refusalOf([new Leaf(parent), parent.byRef()], "owns")).toBeUndefined();
    expect(refusalOf([new Leaf(parent), parent.byRef()], "size")).toBeUndefined();
    expect(other.children).toEqual([]);
  });

  test("names the combinator and the heap", () => {
    const leaf = new Leaf(newRoot());
    expect((thrownBy(() => requireMembers("ring", [leaf, leaf])) as Error).message).toMatch(
      /^two members of ring hand out blocks of the same custom: /,
    );
  });
});

describe("sourcesOf", () => {
  test("an adapter hands out blocks of its parent, and of the leaves of its parts", () => {
    const leaf = new Leaf(newRoot());
    const { memory } = leaf;
    const over = Allocator.from({ memory, allocate: () => 0, deallocate() {}, parent: leaf });
    expect([...sourcesOf(over)]).toEqual([over, leaf]);
    const around = Allocator.from(leaf.byRef());
    expect([...sourcesOf(around)]).toEqual([around, leaf]);
  });
});

describe("togetherCan", () => {
  const root = newRoot();
  const [all, some] = [
    Allocator.from({
      memory: root.memory,
      allocate: () => 0,
      deallocate() {},
      owns: () => false,
      reset() {},
      resizeInPlace: () => false,
      sizeAt: (ptr: Ptr) => ptr,
      check() {},
      trim() {},
      blocks() {},
    }),
    new Leaf(root),
  ];
  test.each([
    ["owns", true],
    ["reset", true],
    ["sizeAt", false],
    ["blocks", false],
    ["resizeInPlace", true],
    ["check", true],
    ["trim", true],
  ] satisfies [Capability, boolean][])(
    "%s of a full allocator and one with owns and reset: %s",
    (capability, together) => {
      expect(togetherCan([all, some], capability)).toBe(together);
      expect(togetherCan([some, all], capability)).toBe(together);
      expect(togetherCan([all, all], capability)).toBe(true);
    },
  );
});
