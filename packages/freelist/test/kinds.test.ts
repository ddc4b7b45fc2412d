/** A free list made again on its words. */
import { type Allocator, ArgumentError, Memory, pages } from "@alloc/core";
import { attachDescription } from "@alloc/core/author";
import { freeList, freeListKind } from "@alloc/freelist";
import { expect, test } from "vitest";
import { expectAttachable } from "../../../checks/support/attached.ts";

test.each([
  ["a free list", (parent: Allocator) => freeList(64, { parent, blocks: 20 })],
  ["a free list with a name and an align", (parent: Allocator) => freeList(40, { parent, align: 64, name: "nodes" })],
])("%s made again does what the first one does", (_what, make) => expectAttachable(make, [freeListKind]));

/** Describes a list of 20 blocks, changed, and makes it again. */
function attachWith(options: object, state: object = {}): () => Allocator {
  const memory = Memory.linear({ maximum: 2 ** 20 });
  const { nodes, root } = freeList(64, { blocks: 20, parent: pages(memory) }).describe();
  const changed = nodes.map((node, id) =>
    id === root ? { ...node, options: { ...node.options, ...options }, state: { ...node.state, ...state } } : node,
  );
  return () => attachDescription(memory, { nodes: changed, root }, [freeListKind]);
}

test.each([
  ["blocks of another size", { blockSize: 60 }],
  ["no blocks", { blocks: 0 }],
  ["more blocks than links", { blocks: 21 }],
  ["an address that is not aligned", { base: 4097 }],
  ["an address of NULL", { base: 0 }],
  ["an address behind the memory", { base: 2 ** 20 }],
  ["an align that is no power of two", { align: 3 }],
])("a description with %s is refused", (_what, options) => {
  expect(attachWith(options)).toThrow();
});

test("a description with links of another type is refused", () => {
  expect(attachWith({}, { links: new Int32Array(21) })).toThrow(
    new ArgumentError("attach expects Int16Array(21) or longer as links, got Int32Array(21)"),
  );
});
