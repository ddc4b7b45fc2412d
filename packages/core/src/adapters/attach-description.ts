/**
 * Attaching: a chain that was described is made again, in this realm, on the words of its description.
 *
 *     { nodes, root } ──▶ a kind for each ──▶ parents and children first ──▶ the allocator
 *                           └ one is missing: nothing is made
 *
 * Words are not copied. Over words that threads share, the result is the same chain in another thread; over copies of the words
 * and of the bytes, it is a second chain that goes on where the first one stood.
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import { requireMemory } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { type Kind, kindFor } from "../chain/attach-kind.ts";
import type { Description, Member } from "../chain/graph.ts";
import { titleFor } from "../chain/kind.ts";
import { letGo } from "../chain/let-go.ts";
import { withName } from "../chain/names.ts";
import { realm } from "../chain/realm.ts";
import type { Memory } from "../memory/memory.ts";
import { pagesKind } from "../pages/pages.ts";

/** A chain that was lent. Its description has no state. */
const byRefKind: Kind = {
  kind: "byRef",
  attach({ children: [inner] }) {
    if (inner === undefined) throw new ArgumentError("attach expects a child of byRef, got none");
    return inner.byRef();
  },
};

/** The kinds that every chain may have, of this package. */
export const CORE_KINDS: readonly Kind[] = [byRefKind, pagesKind];

/**
 * Makes a described chain again on the words of its description. The root of a memory is made once per realm, also if several
 * chains over it are attached.
 *
 * Cost: O(members).
 *
 * @param memory - the memory of all members
 * @param description - from `describe()`, with words that this realm may use
 * @param kinds - for all members but `pages` and `byRef`
 * @param there - members that exist, by id: nothing is made for them
 * @throws {@link ArgumentError} if a member has no kind, a link leads nowhere or in a circle, or a kind refuses its member;
 *   nothing has changed then
 * @example
 * ```ts
 * import { Layout, Memory, pages } from "@alloc/core";
 * import { attachDescription, fromParts, partsOf } from "@alloc/core/author";
 *
 * const memory = Memory.over(new ArrayBuffer(65536));
 * const root = pages(memory);
 * root.allocate(Layout.of(1000));
 * // The same chain once more, over copies of the bytes and of the words.
 * const copy = fromParts(structuredClone(partsOf(memory)));
 * const again = attachDescription(copy, structuredClone(root.describe()), []);
 * again.allocate(Layout.of(64)) === root.allocate(Layout.of(64)); // => true
 * ```
 */
export function attachDescription(
  memory: Memory,
  description: Description,
  kinds: readonly Kind[],
  there: ReadonlyMap<number, Allocator> = new Map(),
): Allocator {
  requireMemory("attachDescription(memory, description, kinds)", memory);
  const { nodes, root } = description;
  const members = inOrder(nodes, root, there).map((id) => ({
    id,
    member: nodes[id]!,
    kind: requireKind(nodes, id, kinds),
  }));
  const { roots } = realm();
  const hadRoot = roots.has(memory.beneath);
  const made = new Map<number, Allocator>();
  const known = (id: number) => there.get(id) ?? made.get(id);
  try {
    for (const { id, member, kind } of members) {
      const { options, state } = member;
      const parent = member.parent === undefined ? undefined : known(member.parent);
      const children = member.children.map((child) => known(child)!);
      const attach = () => kind.attach({ memory, options, state, parent, children, kinds });
      made.set(id, withName(options as { name?: string }, attach));
    }
  } catch (error) {
    for (const allocator of [...made.values()].reverse()) if (!allocator.isLent) letGo(allocator, "was not attached");
    if (!hadRoot) roots.delete(memory.beneath);
    throw error;
  }
  return known(root)!;
}

function requireKind(nodes: readonly Member[], id: number, kinds: readonly Kind[]): Kind {
  const member = nodes[id]!;
  const found = kindFor(member, kinds) ?? kindFor(member, CORE_KINDS);
  if (found !== undefined) return found;
  const title = titleFor(member.kind, member.options.name as string | undefined);
  throw new ArgumentError(
    `attachDescription needs a kind for ${title} (member ${id}): pass it in kinds; nothing was attached`,
  );
}

/** Returns the ids of all members, each behind its parent and its children. Not recursive: chains may be deeper than the stack. */
function inOrder(nodes: readonly Member[], root: number, there: ReadonlyMap<number, Allocator>): number[] {
  const order = new Set<number>();
  const open = new Set<number>();
  const waiting = [root];
  for (let id = waiting.at(-1); id !== undefined; id = waiting.at(-1)) {
    if (there.has(id)) {
      waiting.pop();
      continue;
    }
    const member = nodes[id];
    if (member === undefined)
      throw new ArgumentError(`attachDescription expects members 0 to ${nodes.length - 1}, got a link to ${id}`);
    if (open.has(id) || order.has(id)) {
      order.add(id);
      waiting.pop();
      continue;
    }
    open.add(id);
    const { parent, children } = member;
    for (const below of [...children, ...(parent === undefined ? [] : [parent])].reverse()) {
      if (open.has(below) && !order.has(below)) {
        throw new ArgumentError(`attachDescription expects a chain without circles, got one through member ${below}`);
      }
      waiting.push(below);
    }
  }
  return [...order];
}
