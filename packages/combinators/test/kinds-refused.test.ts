/** What the kinds of combinators refuse: descriptions that no factory could have made. */
import { bucketize, cascadeKind, fallback, limit, nullAllocator, quantizeKind, segregate } from "@alloc/combinators";
import type { Allocator } from "@alloc/core";
import { attachDescription } from "@alloc/core/author";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { CHAINS, KINDS, pool, root } from "./support/chains.ts";

describe("refused is", () => {
  const small = (parent: Allocator) => pool(64, 8, parent);
  type Node = ReturnType<Allocator["describe"]>["nodes"][number];
  /** Attaches a chain whose root has been changed. */
  const attach = (make: (parent: Allocator) => Allocator, change: object | ((node: Node) => object)) => {
    const chain = make(root());
    const { nodes, root: at } = chain.describe();
    const node = nodes[at]!;
    const damaged = { ...node, ...(typeof change === "function" ? change(node) : change) };
    return attachDescription(chain.memory, { root: at, nodes: nodes.with(at, damaged as Node) }, KINDS);
  };
  const words = (state: object) => (node: Node) => ({ state: { ...node.state, ...state } });
  const options = (given: object) => (node: Node) => ({ options: { ...node.options, ...given } });

  const CASCADE = CHAINS["cascade(make)"]!;
  const ONE: Record<string, (parent: Allocator) => Allocator> = {
    limit: CHAINS["limit(…, { budget })"]!,
    quantize: CHAINS["quantize(…, step)"]!,
    "quantize with a function": CHAINS["quantize(…, round)"]!,
    aligned: CHAINS["aligned(…, 64)"]!,
    affix: CHAINS["affix(…, {})"]!,
    freeTree: CHAINS["freeTree(…)"]!,
  };
  const TWO: Record<string, (parent: Allocator) => Allocator> = {
    fallback: CHAINS["fallback(primary, secondary)"]!,
    segregate: (parent) => segregate([64, small(parent)], parent.byRef()),
    bucketize: (parent) => bucketize(() => small(parent), { from: 32, to: 64, step: 32 }),
  };

  test.each(Object.entries({ ...ONE, ...TWO }))("%s without children", (_, make) => {
    expect(codeThrown(() => attach(make, { children: [] }))).toBe("argument");
  });

  test.each(Object.entries(ONE))("%s with two children", (_, make) => {
    const twice = ({ children: [one] }: Node) => ({ children: [one, one] });
    expect(codeThrown(() => attach(make, twice))).toBe("argument");
  });

  test.each(Object.entries(TWO))("%s with one child, or three", (_, make) => {
    const some = (count: number) => (node: Node) => ({
      children: [...node.children, ...node.children].slice(0, count),
    });
    expect([1, 3].map((count) => codeThrown(() => attach(make, some(count))))).toEqual(["argument", "argument"]);
  });

  test("nullAllocator with a child, and a cascade without members", () => {
    expect(
      codeThrown(() =>
        attach((parent) => fallback(nullAllocator(parent.memory), small(parent)), { kind: "nullAllocator" }),
      ),
    ).toBe("argument");
    expect(codeThrown(() => attach(CASCADE, { children: [] }))).toBe("argument");
  });

  const given: [string, (parent: Allocator) => Allocator, object | ((node: Node) => object), string][] = [
    ["a pair that shares a heap", TWO.fallback!, ({ children: [one] }: Node) => ({ children: [one, one] }), "misroute"],
    ["a threshold of 0", TWO.segregate!, options({ threshold: 0 }), "size"],
    ["a threshold that is missing", TWO.segregate!, { options: {} }, "size"],
    ["bytes below 0", ONE.limit!, options({ bytes: -1 }), "size"],
    ["a count of null", ONE.limit!, options({ count: null }), "count"],
    ["a budget without words", ONE.limit!, ({ state: { live } }: Node) => ({ state: { live } }), "argument"],
    ["the words of a budget without its bounds", ONE.limit!, { options: {} }, "argument"],
    ["a budget of null", ONE.limit!, options({ budget: null }), "argument"],
    ["a bound of a budget below 0", ONE.limit!, options({ budget: { count: -1 } }), "count"],
    ["the words of a budget that are too short", ONE.limit!, words({ budget: new Float64Array(1) }), "argument"],
    ["the words of a limit that are too short", ONE.limit!, words({ live: new Float64Array(1) }), "argument"],
    ["the words of a limit of another type", ONE.limit!, words({ live: new Int32Array(2) }), "argument"],
    ["sizes that are missing", TWO.bucketize!, { options: {} }, "argument"],
    ["no sizes", TWO.bucketize!, options({ sizes: [] }), "argument"],
    ["sizes that fall", TWO.bucketize!, options({ sizes: [64, 32] }), "size"],
    ["a size of 0", TWO.bucketize!, options({ sizes: [0, 64] }), "size"],
    ["a size that is a text", TWO.bucketize!, options({ sizes: [32, "64"] }), "size"],
    ["too many sizes", TWO.bucketize!, options({ sizes: [32, 64, 96] }), "argument"],
    ["a size that the bucket never serves", TWO.bucketize!, options({ sizes: [32, 65] }), "argument"],
    ["a table that is too long", TWO.bucketize!, options({ sizes: [1, 65_536] }), "count"],
    ["a step of 0", ONE.quantize!, options({ step: 0 }), "size"],
    ["a step that is missing", ONE.quantize!, { options: {} }, "argument"],
    ["an align of 3", ONE.aligned!, options({ align: 3 }), "align"],
    ["an align that is missing", ONE.aligned!, { options: {} }, "align"],
    ["a prefix that is missing", ONE.affix!, { options: { suffix: { size: 0, align: 1 } } }, "align"],
    ["a suffix without an align", ONE.affix!, options({ suffix: { size: 8 } }), "align"],
    ["a prefix of half a byte", ONE.affix!, options({ prefix: { size: 0.5, align: 1 } }), "size"],
    [
      "an offset outside the prefix",
      ONE.affix!,
      options({ prefix: { size: 4, align: 4, offsets: { a: 5 } } }),
      "argument",
    ],
    ["an offset below 0", ONE.affix!, options({ prefix: { size: 4, align: 4, offsets: { a: -1 } } }), "argument"],
    [
      "an offset that is no integer",
      ONE.affix!,
      options({ prefix: { size: 4, align: 4, offsets: { a: 0.5 } } }),
      "argument",
    ],
    ["words of ranges that are too short", ONE.freeTree!, words({ ranges: new Int32Array(47) }), "argument"],
    ["words of segments that are too short", ONE.freeTree!, words({ segments: new Int32Array(4) }), "argument"],
    ["words of a tree that are missing", ONE.freeTree!, words({ most: undefined }), "argument"],
    ["words of members that are too short", CASCADE, words({ live: new Int32Array(1) }), "argument"],
    ["a hint that is no member", CASCADE, words({ live: new Int32Array([2, 0]) }), "argument"],
    ["a hint below 0", CASCADE, words({ live: new Int32Array([-1, 0]) }), "argument"],
    ["more members than the most", CASCADE, options({ most: 0 }), "argument"],
    ["a most that is a text", CASCADE, options({ most: "4" }), "argument"],
    ["words of late members without a most", CASCADE, words({ members: new Int32Array(99) }), "argument"],
    [
      "words of late members that are too short",
      CASCADE,
      (node: Node) => ({
        ...options({ most: 4 })(node),
        ...words({ live: new Int32Array([1, 0, 0, 0, 0]), members: new Int32Array(12) })(node),
      }),
      "argument",
    ],
    ["notes that are too short", CASCADE, words({ notes: new Float64Array(2) }), "argument"],
  ];
  test.each(given)("%s", (_, make, change, code) => {
    expect(codeThrown(() => attach(make, change))).toBe(code);
  });

  test("a cascade of members that lie in each other, or lack a capability", () => {
    const chain = (parent: Allocator) => fallback(small(parent), limit(small(parent), 1000));
    const cascaded = (how: (node: Node) => object) =>
      codeThrown(() =>
        attach(chain, (node) => ({
          kind: "cascade",
          state: { live: new Int32Array([1, 0, 0, 0]), notes: new Float64Array(3) },
          ...how(node),
        })),
      );
    expect(cascaded(() => ({}))).toBe("nothing was thrown");
    expect(cascaded(() => ({ options: { most: 1 } }))).toBe("argument");
    expect(cascaded(({ children: [one] }) => ({ children: [one, one] }))).toBe("misroute");
    expect(cascaded(({ children: [, other] }) => ({ children: [other, 99] }))).toBe("argument");
  });

  test.each([
    ["quantizeKind", () => quantizeKind(7 as never)],
    ["cascadeKind", () => cascadeKind(undefined as never)],
  ])("a wrong argument of %s", (_, call) => {
    expect(codeThrown(call)).toBe("argument");
  });
});
