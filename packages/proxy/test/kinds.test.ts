/** Stats that are made again on the words of their descriptions. */
import { type Allocator, Layout, Memory, pages } from "@alloc/core";
import { attachDescription, fromParts, partsOf } from "@alloc/core/author";
import { type Stats, stats, statsKind } from "@alloc/proxy";
import { expect, test } from "vitest";
import { expectAttachable } from "../../../checks/support/attached.ts";
import { codeThrown } from "../../../checks/support/thrown.ts";

test("attached to copies of its words, a stats does what the first one does", () => {
  expectAttachable((parent) => stats(parent.byRef()), [statsKind]);
});

function counted() {
  const memory = Memory.over(new ArrayBuffer(2 ** 20));
  const heap = stats(pages(memory).byRef(), { name: "counted" });
  for (const size of [8, 500, 2 ** 21]) heap.allocate(Layout.of(size));
  return { memory, heap };
}

test("it has the counters that the first one had, and its name", () => {
  const { memory, heap } = counted();
  const copy = fromParts(structuredClone(partsOf(memory)));
  const again = attachDescription(copy, structuredClone(heap.describe()), [statsKind]) as Stats<Allocator>;
  expect({ ...again.counters }).toEqual({ ...heap.counters });
  expect(`${again}`).toBe(`${heap}`);
  again.allocate(Layout.of(8));
  expect(again.counters.numAllocate - heap.counters.numAllocate).toBe(1);
});

test.each([
  ["without a child", { children: [] }],
  ["with words that are too short", { state: { counters: new Float64Array(50) } }],
  ["with words of another type", { state: { counters: new Float32Array(51) } }],
])("a stats %s is refused", (_, change) => {
  const { memory, heap } = counted();
  const { nodes, root } = heap.describe();
  const description = { root, nodes: nodes.with(root, { ...nodes[root]!, ...change }) };
  expect(codeThrown(() => attachDescription(memory, description, [statsKind]))).toBe("argument");
});
