/**
 * The kind of cascades: a cascade is made again of its members, or of the first one and what words say of the others.
 *
 * @module
 */
import { type Allocator, ArgumentError, pages } from "@alloc/core";
import { type Kind, LateMembers, leavesOf, requireFunction, wordsIn } from "@alloc/core/author";
import { cascadeOf } from "./cascade.ts";
import { enterAll } from "./members.ts";
import { type CascadeOptions, requireMost } from "./options.ts";
import { FIRST, NOTES } from "./seats.ts";

/**
 * Returns the kind of `cascade`. For one of several cascades of a chain, add its name: `{ ...cascadeKind(make), name: "nodes" }`.
 *
 * @param make - as that of the first cascade. It also gets the allocator that the members take their chunks from
 * @example
 * ```ts
 * import { cascade, cascadeKind } from "@alloc/combinators";
 * import { type Allocator, Layout, Memory, pages } from "@alloc/core";
 * import { attachDescription, fromParts, partsOf } from "@alloc/core/author";
 * import { freeList, freeListKind } from "@alloc/freelist";
 *
 * const make = (_: number, parent: Allocator) => freeList(64, { blocks: 10, parent });
 * const memory = Memory.over(new ArrayBuffer(65536));
 * const heap = cascade((index) => make(index, pages(memory)));
 * heap.allocate(Layout.of(64));
 * // The same chain once more, over copies of the bytes and of the words.
 * const copy = fromParts(structuredClone(partsOf(memory)));
 * const again = attachDescription(copy, structuredClone(heap.describe()), [freeListKind, cascadeKind(make)]);
 * again.allocate(Layout.of(64)) === heap.allocate(Layout.of(64)); // => true
 * ```
 */
export function cascadeKind(make: (index: number, parent: Allocator) => Allocator | undefined): Kind {
  requireFunction("cascadeKind((index, parent) => freeList(64, { parent }))", make);
  return {
    kind: "cascade",
    attach(node) {
      const [first, ...others] = node.children;
      if (first === undefined) throw new ArgumentError("attach expects a first member of cascade, got none");
      const isShared = node.state.members !== undefined;
      const options = { ...(node.options as CascadeOptions), ...(isShared && { kinds: node.kinds }) };
      requireMost(options);
      const { most = node.children.length } = options;
      if (node.children.length > most)
        throw new ArgumentError(`attach expects up to ${most} members of cascade, got ${node.children.length}`);
      const state = {
        live: wordsIn(node, "live", Int32Array, FIRST + (isShared ? most : node.children.length)),
        notes: wordsIn(node, "notes", Float64Array, NOTES),
        members: isShared ? wordsIn(node, "members", Int32Array, LateMembers.wordsFor(most)) : undefined,
      };
      const parentNow = () => leavesOf(first)[0]!.parent ?? pages(node.memory);
      const made = cascadeOf(first, (index) => make(index, parentNow()), { ...options, state });
      enterAll(made, others);
      return made;
    },
  };
}
