import { Layout, Memory, pages } from "@alloc/core";
import { fromParts, type MemoryParts, partsOf } from "@alloc/core/author";
import { system } from "@alloc/global";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { resizable } from "./support/resizable.ts";

const MEMORIES: [string, () => Memory][] = [
  ["linear", () => Memory.linear({ initial: 65536, maximum: 2 ** 20 })],
  ["linear and shared", () => Memory.linear({ initial: 65536, maximum: 2 ** 20, shared: true })],
  ["over a part of a buffer", () => Memory.over(new ArrayBuffer(600_001), { from: 70_001, to: 86_000 })],
  ["over a growable buffer", () => Memory.over(resizable(ArrayBuffer, 70_000, 2 ** 20))],
  // By its present length it chooses another granule than a memory of its maximum.
  ["over a guest that may grow", () => Memory.over(new WebAssembly.Memory({ initial: 17 }), { from: 2 ** 20 })],
];
const LAYOUTS = [1, 16, 100, 4096, 5000, 65536, 300_000, 2 ** 20].flatMap((size) => [
  Layout.of(size, 1),
  Layout.of(size, 4096),
]);

describe.each(MEMORIES)("a memory made again of the parts of one that is %s", (_, make) => {
  test("has the same properties", () => {
    const memory = make();
    const again = fromParts(partsOf(memory));
    // Of what threads share there is one memory per realm.
    expect(again === memory).toBe(memory.shared);
    const { base, from, to, maximum, extent, shared, hasBytes, beneath, byteLength } = memory;
    expect(again).toMatchObject({ base, from, to, maximum, extent, shared, hasBytes, byteLength });
    expect(again.beneath).toBe(beneath);
  });

  test("has a root with the same granule and usable sizes", () => {
    const first = pages(make());
    const second = pages(fromParts(partsOf(make())));
    expect(second.describeSelf().options).toEqual(first.describeSelf().options);
    const sizes = LAYOUTS.map((layout) => first.usableSize(layout));
    expect(LAYOUTS.map((layout) => second.usableSize(layout))).toEqual(sizes);
    expect(new Set(sizes).size).toBeGreaterThan(3);
  });

  test("has a heap with as many words of each kind", () => {
    const lengthsIn = (memory: Memory) => {
      const { state } = system({ parent: pages(memory) }).describeSelf();
      return Object.entries(state).map(([name, words]) => [name, words.length]);
    };
    expect(lengthsIn(fromParts(partsOf(make())))).toEqual(lengthsIn(make()));
  });
});

test("the parts of a shared memory that are posted back lead to the same memory", () => {
  const memory = Memory.linear({ maximum: 2 ** 20, shared: true });
  expect(fromParts(structuredClone(partsOf(memory)))).toBe(memory);
  expect(fromParts(structuredClone(partsOf(Memory.linear({ maximum: 2 ** 20, shared: true }))))).not.toBe(memory);
});

test("shared bytes in which another thread may allocate have no parts to post", () => {
  expect(codeThrown(() => partsOf(Memory.over(new SharedArrayBuffer(4096))))).toBe("unattached");
});

test("a virtual memory has no parts", () => {
  expect(() => partsOf(Memory.virtual(2 ** 20))).toThrow("partsOf expects a memory with bytes, got a virtual one");
});

test.each([
  ["a source that is none", { source: {} }],
  ["a start behind the end", { from: 300 }],
  ["an end behind the maximum", { to: 2000 }],
  ["a maximum above 4 GiB", { maximum: 2 ** 33 }],
  ["a fraction", { from: 0.5 }],
  ["a text", { to: "200" }],
  ["a negative start", { from: -16 }],
  ["words that are none", { book: {} }],
  ["an extent above the maximum", { extent: 2000 }],
  ["no extent", { extent: undefined }],
])("%s is refused", (_, wrong) => {
  const right = { source: new ArrayBuffer(1000), from: 100, to: 200, maximum: 1000, extent: 1000 };
  expect(fromParts(right).from).toBe(100);
  expect(codeThrown(() => fromParts({ ...right, ...wrong } as unknown as MemoryParts))).toBe("argument");
});
