import { type Allocator, ArgumentError, type Description, find, Layout, Memory, pages } from "@alloc/core";
import {
  attachDescription,
  childrenIn,
  fromParts,
  type Kind,
  kindFor,
  partsOf,
  withName,
  wordsIn,
} from "@alloc/core/author";
import { describe, expect, test } from "vitest";
import { expectAttachable } from "../../../checks/support/attached.ts";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { Leaf, Pair } from "./support/members.ts";

const leafKind: Kind = { kind: "leaf", attach: ({ parent }) => new Leaf("leaf", parent) };
const pairKind: Kind = { kind: "pair", attach: ({ children }) => new Pair(...children) };
const KINDS = [leafKind, pairKind];
const MEMORY = new Leaf("leaf").memory;
const attach = (chain: Allocator, kinds: readonly Kind[] = KINDS) => attachDescription(MEMORY, chain.describe(), kinds);

/** A memory over a copy of a buffer, and a description whose words are copies. */
function copied(memory: Memory, chain: Allocator): [Memory, Description] {
  return [fromParts(structuredClone(partsOf(memory))), structuredClone(chain.describe())];
}

test("pages, attached to copies of its words, does what the first one does", () => {
  expectAttachable((parent) => parent.byRef(), []);
});

describe("an attached chain", () => {
  test("has the same members, also where one is the parent of several or lent twice", () => {
    const heap = new Leaf("leaf", new Leaf("leaf"));
    const chain = new Pair(new Leaf("leaf", heap), heap.byRef(), new Pair(heap.byRef()));
    const { nodes, root } = attach(chain).describe();
    const shape = ({ nodes, root }: Pick<Description, "nodes" | "root">) => [
      root,
      nodes.map(({ kind, children, parent }) => [kind, children, parent]),
    ];
    expect(shape({ nodes, root })).toEqual(shape(chain.describe()));
  });

  test("has the names of the first one", () => {
    const chain = new Pair(
      withName({ name: "nodes" }, () => new Leaf("leaf")),
      new Leaf("leaf"),
    );
    const again = attach(chain);
    expect(find(again, "nodes")).toBe(again.children[0]);
  });

  test("may be deeper than the stack", () => {
    let chain: Allocator = new Leaf("leaf");
    for (let level = 0; level < 20_000; level++) chain = new Pair(chain);
    expect(attach(chain).describe().nodes.length).toBe(20_001);
  });

  test("has the root that this realm has, if it has one", () => {
    const memory = Memory.over(new ArrayBuffer(65536));
    const root = pages(memory);
    expect(attachDescription(memory, root.describe(), [])).toBe(root);
  });

  test("has a root that becomes the one of its memory", () => {
    const memory = Memory.over(new ArrayBuffer(65536));
    const [copy, description] = copied(memory, pages(memory));
    expect(pages(copy)).not.toBe(undefined);
    const [other, again] = copied(memory, pages(memory));
    const root = attachDescription(other, again, []);
    expect(pages(other)).toBe(root);
    expect(attachDescription(copy, description, [])).toBe(pages(copy));
  });
});

describe("a kind", () => {
  const named = () => withName({ name: "nodes" }, () => new Leaf("leaf"));
  const made: string[] = [];
  const noting = (note: string, name?: string): Kind => ({
    kind: "leaf",
    ...(name !== undefined && { name }),
    attach() {
      made.push(note);
      return new Leaf("leaf");
    },
  });

  test("with the name of a member is taken before one without", () => {
    made.length = 0;
    attach(new Pair(named(), new Leaf("leaf")), [noting("any"), noting("nodes", "nodes"), pairKind]);
    expect(made).toEqual(["nodes", "any"]);
  });

  test("at the end of a list is taken before others like it", () => {
    made.length = 0;
    attach(new Pair(named(), new Leaf("leaf")), [
      ...[noting("first"), noting("named first", "nodes"), noting("last"), noting("named last", "nodes")],
      pairKind,
    ]);
    expect(made).toEqual(["named last", "last"]);
  });

  test("with another name is none for a member", () => {
    expect(kindFor({ kind: "leaf", options: {} }, [noting("", "nodes")])).toBe(undefined);
    expect(kindFor({ kind: "leaf", options: { name: "edges" } }, [noting("", "nodes")])).toBe(undefined);
  });

  test("of a member of the core may be given too", () => {
    let calls = 0;
    const mine: Kind = { kind: "byRef", attach: ({ children }) => children[calls++]!.byRef() };
    attach(new Pair(new Leaf("leaf").byRef()), [...KINDS, mine]);
    expect(calls).toBe(1);
  });
});

describe("nothing is attached", () => {
  test("if a kind is missing: it is named, and no other kind was asked", () => {
    let calls = 0;
    const counting: Kind = { kind: "leaf", attach: () => new Leaf(`leaf ${calls++}`) };
    const chain = withName({ name: "all" }, () => new Pair(new Leaf("leaf")));
    expect(() => attach(chain, [counting])).toThrow(
      'attachDescription needs a kind for pair "all" (member 0): pass it in kinds; nothing was attached',
    );
    expect(calls).toBe(0);
  });

  test.each([
    ["a member is missing", [{ children: [7] }], "expects members 0 to 0, got a link to 7"],
    ["a parent is missing", [{ children: [], parent: -1 }], "expects members 0 to 0, got a link to -1"],
    ["a member is its own child", [{ children: [0] }], "without circles, got one through member 0"],
    ["two are the parents of each other", [{ parent: 1 }, { parent: 0 }], "without circles, got one through member 0"],
  ])("if %s", (_, links, message) => {
    const nodes = links.map((link, id) => ({ id, kind: "pair", options: {}, state: {}, children: [], ...link }));
    expect(() => attachDescription(MEMORY, { nodes, root: 0 }, KINDS)).toThrow(message);
  });

  test("if a kind refuses its member: what was made has ended, and there is no root", () => {
    const memory = Memory.over(new ArrayBuffer(65536));
    const root = pages(memory);
    const chain = new Pair(new Leaf("leaf", root), new Leaf("leaf", root));
    const [copy, description] = copied(memory, chain);
    const made: Leaf[] = [];
    const refusing: Kind = {
      kind: "leaf",
      attach({ parent }) {
        if (made.length === 1) throw new RangeError("no");
        made.push(new Leaf("leaf", parent));
        return made[0]!;
      },
    };
    expect(() => attachDescription(copy, description, [refusing, pairKind])).toThrow(new RangeError("no"));
    expect(() => made[0]!.allocate(Layout.of(8))).toThrow("this leaf was not attached");
    expect(made[0]!.disposed).toEqual([]);
    expect(made[0]!.parent).not.toBe(pages(copy));
  });

  test("if a name is none", () => {
    const { nodes, root } = new Leaf("leaf").describe();
    const description = { root, nodes: nodes.map((node) => ({ ...node, options: { name: 7 } })) };
    expect(codeThrown(() => attachDescription(MEMORY, description, KINDS))).toBe("argument");
  });

  test("over anything but a memory", () => {
    expect(codeThrown(() => attachDescription({} as never, new Leaf("leaf").describe(), KINDS))).toBe("argument");
  });

  const described = () => pages(Memory.over(new ArrayBuffer(65536))).describe().nodes[0]!;
  test.each([
    [
      "words of another type",
      { free: new Uint32Array(8) },
      "expects Int32Array(5) or longer as free, got Uint32Array(8)",
    ],
    [
      "words that are too short",
      { admitted: new Int32Array(1) },
      "Int32Array(5) or longer as admitted, got Int32Array(1)",
    ],
    ["a number for words", { counters: 7 }, "or longer as counters, got 7"],
    ["words that are missing", { counters: undefined }, "or longer as counters, got undefined"],
  ])("a root with %s", (_, wrong, message) => {
    const node = described();
    const nodes = [{ ...node, state: { ...node.state, ...wrong } as never }];
    expect(() => attachDescription(Memory.over(new ArrayBuffer(65536)), { nodes, root: 0 }, [])).toThrow(message);
  });

  test("a root with another granule", () => {
    const nodes = [{ ...described(), options: { granule: 32 } }];
    expect(() => attachDescription(Memory.over(new ArrayBuffer(65536)), { nodes, root: 0 }, [])).toThrow(
      "attach expects a root with granules of 16 bytes, got 32",
    );
  });

  test("byRef without a child", () => {
    const nodes = [{ id: 0, kind: "byRef", options: {}, state: {}, children: [] }];
    expect(() => attachDescription(MEMORY, { nodes, root: 0 }, [])).toThrow(
      "attach expects a child of byRef, got none",
    );
  });
});

test("the words of a member may be of one of several types", () => {
  const words = new Int16Array(3);
  expect(wordsIn({ state: { links: words } }, "links", [Int32Array, Int16Array], 3)).toBe(words);
  expect(() => wordsIn({ state: { links: words } }, "links", [Int32Array, Int8Array])).toThrow(
    "expects Int32Array or Int8Array(0) or longer as links, got Int16Array(3)",
  );
});

test("the children of a member are as many as its factory takes", () => {
  const children = [new Leaf("leaf"), new Leaf("leaf")];
  expect(childrenIn({ children }, 2)).toBe(children);
  for (const count of [1, 3]) {
    expect(() => childrenIn({ children }, count)).toThrow(
      new ArgumentError(`attach expects a member with ${count} children, got 2`),
    );
  }
});

test("a description says how much of the words of a root is in use", () => {
  const root = pages(Memory.over(new ArrayBuffer(65536)));
  root.allocate(Layout.of(16));
  const last = root.allocate(Layout.of(16));
  const { used, state } = root.describeSelf();
  expect(last).not.toBe(0);
  expect(used).toEqual({ admitted: 9, free: 9 });
  expect(state.counters!.length).toBeGreaterThan(1);
});
