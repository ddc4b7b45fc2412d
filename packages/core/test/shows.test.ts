import { deepEqual, deepStrictEqual, notDeepStrictEqual } from "node:assert";
import { inspect } from "node:util";
import { type Allocator, fromMalloc, Layout, Memory, pages } from "@alloc/core";
import { hide } from "@alloc/core/author";
import { describe, expect, test } from "vitest";
import { plainHeap } from "./support/heaps.ts";
import { Leaf, Pair } from "./support/members.ts";
import { thrownBy } from "./support/thrown.ts";

const MiB = 2 ** 20;
const MEMORIES: [string, () => Memory, string][] = [
  ["a linear memory of 64 MiB", () => Memory.linear(), "Memory(67108864 of at most 4294967296 bytes)"],
  [
    "a shared one",
    () => Memory.linear({ maximum: MiB, shared: true }),
    "Memory(shared, 1048576 of at most 1048576 bytes)",
  ],
  [
    "one over a buffer of 64 MiB",
    () => Memory.over(new ArrayBuffer(64 * MiB)),
    "Memory(67108864 of at most 67108864 bytes)",
  ],
  ["a virtual one", () => Memory.virtual(4096, { base: 65536 }), "Memory(virtual, 69632 of at most 69632 bytes)"],
  [
    "a virtual one with hooks",
    () => Memory.virtual(4096, { copy() {}, fill() {} }),
    "Memory(virtual, 4096 of at most 4096 bytes)",
  ],
];
const MEMORY_KEYS = ["base", "maximum", "shared", "hasBytes", "canCopy", "uncloneable", "from", "to"];

const mallocs = () => ({ memory: Memory.over(new ArrayBuffer(64 * MiB)), malloc: () => 0, free() {} });
const ALLOCATORS: [string, () => Allocator, string][] = [
  ["a root", () => pages(Memory.over(new ArrayBuffer(64 * MiB))), "pages"],
  ["Allocator.from parts", () => plainHeap().allocator, "custom"],
  ["a lent allocator", () => pages(Memory.linear()).byRef(), "byRef(pages)"],
  ["fromMalloc", () => fromMalloc(mallocs()), "fromMalloc"],
  ["a combinator", () => new Pair(new Leaf("a", pages(Memory.linear())), new Leaf("b")), "pair(a, b)"],
];
const ALLOCATOR_KEYS = ["detects", "isExact", "parent", "children", "epoch", "isBusy", "memory"];

describe.each(MEMORIES)("%s", (_, make, text) => {
  test("is a short line as text and in a console, also deep inside another value", () => {
    const memory = make();
    expect([`${memory}`, inspect(memory), inspect({ a: { b: { memory } } }, { depth: 9, breakLength: 200 })]).toEqual([
      text,
      text,
      `{ a: { b: { memory: ${text} } } }`,
    ]);
  });

  test("is its numbers in JSON, without its bytes", () => {
    const { byteLength, maximum, shared, hasBytes, base } = make();
    const json = JSON.stringify(make());
    expect(JSON.parse(json)).toEqual({ ...(base !== 0 && { base }), byteLength, maximum, shared, hasBytes });
  });

  test("has the documented keys, and spreads into these", () => {
    const memory = make();
    expect(Object.keys(memory)).toEqual(MEMORY_KEYS);
    expect(Object.keys({ ...memory })).toEqual(MEMORY_KEYS);
    expect(JSON.stringify({ ...memory }).length).toBeLessThan(200);
  });

  test("is compared by its numbers, by assert and by toEqual, and no byte is read", () => {
    const [one, other] = [make(), make()];
    if (one.hasBytes) one.u8[100] = 1;
    deepEqual(one, other);
    deepStrictEqual(one, other);
    expect(one).toEqual(other);
    expect([one]).toStrictEqual([other]);
    const different = Memory.virtual(12345);
    notDeepStrictEqual(one, different);
    const error = thrownBy(() => expect(one).toEqual(different)) as Error;
    expect(error.message.length).toBeLessThan(2000);
  });

  test("is refused by structuredClone, with the fix", () => {
    for (const value of [make(), { inside: [make()] }, { ...make() }]) {
      const error = thrownBy(() => structuredClone(value)) as Error;
      expect([error.name, error.message]).toEqual(["DataCloneError", expect.stringContaining("post its buffer")]);
    }
  });
});

describe.each(ALLOCATORS)("%s", (_, make, text) => {
  test("is its chain as text and in a console", () => {
    const allocator = make();
    expect([`${allocator}`, inspect(allocator), inspect([{ allocator }])]).toEqual([
      text,
      text,
      `[ { allocator: ${text} } ]`,
    ]);
  });

  test("is its outline in JSON: parents and children, without words", () => {
    const json = JSON.stringify(make());
    expect(json.length).toBeLessThan(500);
    const { nodes, root } = JSON.parse(json);
    expect([root, nodes[0].state]).toEqual([0, undefined]);
    expect(nodes.map(({ kind }: { kind: string }) => kind).join()).toBe(
      make()
        .describe()
        .nodes.map(({ kind }) => kind)
        .join(),
    );
  });

  test("has the documented keys as its own", () => {
    const allocator = make();
    for (const key of Object.keys(allocator)) {
      if (!["name", "disposed", "said"].includes(key)) expect(ALLOCATOR_KEYS).toContain(key);
    }
    expect(JSON.stringify({ ...allocator }).length).toBeLessThan(1500);
  });

  test("is compared without its words, and a difference is short", () => {
    const one = make();
    expect(one).toEqual(one);
    deepEqual(one, one);
    const error = thrownBy(() => expect(one).toEqual({ other: true })) as Error;
    expect(error.message.length).toBeLessThan(5000);
  });

  test("is refused by structuredClone, with a message", () => {
    const error = thrownBy(() => structuredClone(make())) as Error;
    expect([error.name, error.message]).toEqual(["DataCloneError", expect.stringContaining("an object that uses one")]);
  });
});

describe("a layout", () => {
  test("is data: in JSON, in a clone, in a comparison", () => {
    const layout = Layout.of(24, 16);
    expect(JSON.stringify(layout)).toBe('{"size":24,"align":16}');
    expect(structuredClone(layout)).toEqual({ size: 24, align: 16 });
    expect(layout).toEqual(Layout.of(24, 16));
    deepStrictEqual(layout, Layout.of(24, 16));
    expect([Object.keys(layout), `${layout}`]).toEqual([["size", "align"], "Layout(24, align 16)"]);
  });

  test("of a struct shows the offsets of its fields", () => {
    const pair = Layout.struct({ tag: Layout.of(1, 1), value: Layout.of(8) });
    expect(JSON.stringify(pair)).toBe('{"size":16,"align":8,"offsets":{"tag":0,"value":8}}');
  });
});

describe("a large chain", () => {
  const deep = (depth: number) => {
    let chain: Allocator = new Leaf("leaf");
    for (let level = 0; level < depth; level++) chain = new Pair(chain);
    return chain;
  };

  test("is a line of bounded length: deep, wide, cyclic, or with long names", () => {
    const wide = new Pair(...Array.from({ length: 5000 }, (_, index) => new Leaf(`leaf ${index}`)));
    const named = new Pair(...Array.from({ length: 10 }, () => new Leaf("x".repeat(1e6))));
    const circle = new Pair();
    Object.assign(circle, { children: [circle, circle] });
    for (const chain of [deep(5000), wide, named, circle]) expect(`${chain}`.length).toBeLessThan(500);
    expect(circle.describe().nodes.length).toBe(1);
  });

  test("is described and counted at a depth that exceeds the stack", () => {
    const chain = deep(20_000);
    expect(chain.describe().nodes.length).toBe(20_001);
    expect(chain.footprint().held).toBeNaN();
  });

  test("is described with work that does not double at each level with two ways", () => {
    let chain: Allocator = new Leaf("leaf");
    for (let level = 0; level < 40; level++) chain = new Pair(new Pair(chain.byRef()), chain);
    expect(chain.describe().nodes.length).toBe(1 + 3 * 40);
    expect(`${chain}`.length).toBeLessThan(500);
  });
});

describe("hide", () => {
  test("defines fields that can be read and set by name, but never show", () => {
    const object: Record<string, unknown> = { shown: 1 };
    hide(object, { words: new Int32Array(3), heap: undefined });
    expect([object.words, "heap" in object]).toEqual([new Int32Array(3), true]);
    object.words = 7;
    expect([object.words, Object.keys(object), JSON.stringify({ ...object })]).toEqual([7, ["shown"], '{"shown":1}']);
    expect(object).toEqual({ shown: 1 });
  });

  test("hides an existing field of the object", () => {
    const object = { field: 1 };
    hide(object, { field: 2 });
    expect([object.field, Object.keys(object)]).toEqual([2, []]);
  });
});
