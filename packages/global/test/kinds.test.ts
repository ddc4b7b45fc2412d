/** Heaps made again on their words. */
import { type Allocator, ArgumentError, type Description, Memory, pages } from "@alloc/core";
import { attachDescription, type Kind } from "@alloc/core/author";
import { system, systemKind, tinyHeap, tinyHeapKind } from "@alloc/global";
import { describe, expect, test } from "vitest";
import { expectAttachable } from "../../../checks/support/attached.ts";
import { codeThrown } from "../../../checks/support/thrown.ts";

const HEAPS: [string, (parent: Allocator) => Allocator, Kind][] = [
  ["system()", (parent) => system({ parent }), systemKind],
  ["system({ checked: true })", (parent) => system({ parent, checked: true, name: "main" }), systemKind],
  ["tinyHeap()", (parent) => tinyHeap({ parent }), tinyHeapKind],
];

test.each(HEAPS)("%s made again does what the first one does", (_what, make, kind) => expectAttachable(make, [kind]));

describe.each(HEAPS)("%s", (_what, make, kind) => {
  const memory = Memory.linear({ maximum: 2 ** 22 });
  const described = make(pages(memory)).describe();
  const words = Object.entries(described.nodes[described.root]!.state).map(([name]) => name);

  test.each(words)("is not made again with %s of another type, too short, or missing", (name) => {
    // The directory of an empty heap is empty.
    const short = name === "directory" ? [] : [new Int32Array(0), new Uint32Array(0)];
    for (const wrong of [undefined, new Float32Array(1000), ...short]) {
      const nodes = described.nodes.map((node) =>
        node.id === described.root ? { ...node, state: { ...node.state, [name]: wrong } } : node,
      );
      const attach = () => attachDescription(memory, { ...described, nodes } as Description, [kind]);
      // A heap without places is one that is not checked.
      if (name !== "places" || wrong !== undefined) expect(codeThrown(attach)).toBe("argument");
    }
  });

  test("is not made again without a parent", () => {
    const nodes = described.nodes.map(({ parent: _, ...node }) => node);
    expect(() => attachDescription(memory, { ...described, nodes }, [kind])).toThrow(
      new ArgumentError("attach expects a member with a parent, got none"),
    );
  });
});
