import { type Allocator, type Footprint, Layout, Memory, type Outline, pages } from "@alloc/core";
import { ancestorsOf, leavesOf } from "@alloc/core/author";
import { describe, expect, test } from "vitest";
import { Leaf, Pair } from "./support/members.ts";

describe("describe", () => {
  test("names each member once: a shared parent, and a child lent twice", () => {
    const root = new Leaf("root");
    const heap = new Leaf("heap", root);
    const whole = new Pair(
      new Pair(new Leaf("list", root), heap.byRef()),
      new Pair(heap.byRef(), new Leaf("big", heap)),
    );
    const { nodes, root: id } = whole.describe();
    expect(id).toBe(0);
    expect(nodes.map(({ id }) => id)).toEqual(nodes.map((_, index) => index));
    const kinds = nodes.map(({ kind }) => kind);
    expect([...kinds].sort()).toEqual(["big", "byRef", "heap", "list", "pair", "pair", "pair", "root"]);

    const tree = (index: number): unknown => {
      const { kind, children, parent } = nodes[index]!;
      return { [kind]: children.map(tree), ...(parent === undefined ? {} : { parent: kinds[parent] }) };
    };
    const lent = { byRef: [{ heap: [], parent: "root" }] };
    expect(tree(id)).toEqual({
      pair: [{ pair: [{ list: [], parent: "root" }, lent] }, { pair: [lent, { big: [], parent: "heap" }] }],
    });
  });

  test("of a leaf starts with the leaf, and its parent follows", () => {
    const { nodes, root } = new Leaf("leaf", new Leaf("root")).describe();
    expect(root).toBe(0);
    expect(nodes).toMatchObject([
      { id: 0, kind: "leaf", children: [], parent: 1 },
      { id: 1, kind: "root", children: [] },
    ]);
    expect(nodes[1]).not.toHaveProperty("parent");
  });

  test("is plain data that can be posted", () => {
    const whole = new Pair(new Leaf("leaf", pages(Memory.linear({ maximum: 65536, shared: true }))));
    expect(structuredClone(whole.describe())).toEqual(whole.describe());
  });

  test("has live references for state", () => {
    const root = pages(Memory.over(new ArrayBuffer(4 * 65536)));
    const { counters } = root.describe().nodes[0]!.state;
    root.allocate(Layout.of(4096));
    expect(counters![0]).toBe(4096);
  });
});

describe("the JSON of a long chain", () => {
  const leaves = (count: number) => Array.from({ length: count }, (_, index) => new Leaf(`${index}`));
  const deep = (levels: number) => {
    let chain: Allocator = new Leaf("leaf");
    for (let level = 1; level < levels; level++) chain = new Pair(chain);
    return chain;
  };
  const chains: [string, (members: number) => Allocator][] = [
    ["of many children", (members) => new Pair(...leaves(members - 1))],
    ["of many levels", deep],
    [
      "with a shared parent at its end",
      (members) => new Pair(...leaves(members - 3), new Leaf("last", new Leaf("root"))),
    ],
  ];

  test.each(chains)("%s: has 1,000 members, linked among themselves, and tells how many more there are", (_, make) => {
    const { nodes, more } = JSON.parse(JSON.stringify(make(3000))) as Outline;
    expect([nodes.length, more]).toEqual([1000, 2000]);
    expect(nodes.map(({ id }) => id)).toEqual(nodes.map((_, index) => index));
    const links = nodes.flatMap(({ children, parent = 0 }) => [...children, parent]);
    expect(links.filter((id) => !Number.isInteger(id) || id >= 1000)).toEqual([]);
  });

  test.each(chains)("%s: is the whole chain if that has 1,000 members", (_, make) => {
    const chain = make(1000);
    const outline = JSON.parse(JSON.stringify(chain)) as Outline;
    const { nodes } = chain.describe();
    expect(outline).toEqual({ root: 0, nodes: nodes.map(({ state, ...member }) => member) });
  });
});

describe("leavesOf and ancestorsOf", () => {
  const root = new Leaf("root");
  const middle = new Leaf("middle", root);
  const whole = new Pair(new Pair(new Leaf("a", middle), new Leaf("b", root)), new Leaf("c").byRef());
  const namesOf = (leaves: readonly object[]) => leaves.map((leaf) => (leaf as Leaf).name);

  test("return the members without children, in order, also through byRef", () => {
    expect(namesOf(leavesOf(whole))).toEqual(["a", "b", "c"]);
    expect(namesOf(leavesOf(root))).toEqual(["root"]);
  });

  test("return the leaves that chunks come from, down to the root", () => {
    expect(new Set(namesOf(ancestorsOf(whole)))).toEqual(new Set(["middle", "root"]));
    expect(namesOf(ancestorsOf(middle))).toEqual(["root"]);
    expect(ancestorsOf(root)).toEqual([]);
  });

  test("see through a parent that is a combinator, or a lent one", () => {
    expect(namesOf(ancestorsOf(new Leaf("x", new Pair(middle.byRef(), root.byRef()))))).toEqual(["middle", "root"]);
    expect(namesOf(ancestorsOf(new Leaf("x", middle.byRef())))).toEqual(["middle", "root"]);
  });
});

describe("the footprint of a combinator", () => {
  test("is the sum of its members, at every depth", () => {
    const whole = new Pair(
      new Leaf("a").says(1, 10, 100),
      new Pair(new Leaf("b").says(2, 20, 200), new Leaf("c").says(4, 40, 400)),
    );
    expect(whole.footprint()).toEqual({ held: 7, bookkeeping: 70, peak: 700 });
  });

  test("includes the words of each combinator once, at every depth", () => {
    class Keeper extends Pair {
      override ownFootprint() {
        return { held: 0, bookkeeping: 5, peak: 7 };
      }
    }
    const inner = new Keeper(new Leaf("a").says(1, 10, 100));
    const whole = new Keeper(inner.byRef(), new Pair(inner.byRef(), new Leaf("b").says(2, 20, 200)));
    expect(whole.footprint()).toEqual({ held: 3, bookkeeping: 40, peak: 314 });
  });

  test("counts bytes once that a member took from another: for the inner one only the bookkeeping", () => {
    const outer = new Leaf("outer").says(65536, 100, 65636);
    const inner = new Leaf("inner", outer).says(4096, 50, 4146);
    const [lent, own] = [inner.byRef(), outer.byRef()];
    for (const whole of [new Pair(own, lent), new Pair(lent, own), new Pair(lent, outer)]) {
      const { held, bookkeeping, peak } = whole.footprint();
      expect([held, bookkeeping]).toEqual([65536, 150]);
      expect(peak).toBeGreaterThanOrEqual(65686);
    }
  });

  test("counts bytes once that a member took from another through a third that is not a child", () => {
    const outer = new Leaf("outer").says(65536, 100);
    const between = new Leaf("between", outer).says(8192, 7);
    const inner = new Leaf("inner", between).says(4096, 50);
    expect(new Pair(outer, inner).footprint()).toMatchObject({ held: 65536, bookkeeping: 150 });
  });

  test("counts both if they took from one parent that is not a member", () => {
    const root = new Leaf("root").says(2 ** 20, 1000);
    const whole = new Pair(new Leaf("a", root).says(1, 10), new Leaf("b", root).says(2, 20));
    expect(whole.footprint()).toEqual({ held: 3, bookkeeping: 30, peak: 33 });
  });

  test("counts a member once that is lent to it twice", () => {
    const heap = new Leaf("heap").says(100, 10);
    expect(new Pair(new Pair(heap.byRef()), heap.byRef()).footprint()).toEqual({
      held: 100,
      bookkeeping: 10,
      peak: 110,
    });
  });

  test("is NaN in each figure that a member does not know", () => {
    const partly = new Leaf("partly").says(5, NaN);
    expect(new Pair(new Leaf("a").says(1, 10), partly).footprint()).toEqual({
      held: 6,
      bookkeeping: NaN,
      peak: NaN,
    } satisfies Footprint);
    expect(new Pair(new Leaf("unknown")).footprint()).toEqual({ held: NaN, bookkeeping: NaN, peak: NaN });
  });

  test("has a peak that does not fall when an inner member spends less on bookkeeping than before", () => {
    const outer = new Leaf("outer").says(65536, 100, 65636);
    const inner = new Leaf("inner", outer).says(4096, 50, 4146);
    const whole = new Pair(outer, inner);
    const before = whole.footprint().peak;
    inner.says(4096, 20, 4146);
    expect(whole.footprint().peak).toBeGreaterThanOrEqual(before);
  });
});
