/**
 * Tree node: a member of a chain as the tree draws it, from a live chain or from its description.
 *
 *     allocator ──children──▶ …  ──parent──▶ …          can also report the bytes it holds
 *     { nodes, root }   ──ids──▶ …                      cannot: it may come from another thread, or from a file
 *
 * A description may be malformed: read from a file, or truncated. Missing members, and members that throw when described, are
 * drawn with a placeholder name.
 *
 * @module
 */
import type { Allocator, Description, Member } from "@alloc/core";
import { nameOf, requireAllocator } from "@alloc/core/author";

export interface TreeNode {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Bytes of its state. */
  readonly state: number;
  children: readonly TreeNode[];
  parent: TreeNode | undefined;
  /** Undefined if there is only a description. */
  readonly allocator: Allocator | undefined;
}

/** Returns the root of a chain. A member that occurs twice is one node. */
export function nodeOf(chain: Allocator | Description): TreeNode {
  if (Object(chain) !== chain || !("nodes" in chain)) requireAllocator("tree", chain, "tree(allocator)");
  return "nodes" in chain ? fromDescription(chain) : fromAllocator(chain);
}

function fromAllocator(root: Allocator): TreeNode {
  return grow(root, (allocator) => ({
    node: nodeWith(() => {
      const { options, ...self } = allocator.describeSelf();
      const name = nameOf(allocator);
      return { ...self, options: name === undefined ? options : { name, ...options } };
    }, allocator),
    children: allocator.children,
    parent: allocator.parent,
  }));
}

function fromDescription({ nodes, root }: Description): TreeNode {
  return grow(root, (id) => {
    const member = nodes[id];
    return {
      node: nodeWith(() => member ?? { kind: "missing", options: {}, state: {} }),
      children: member?.children ?? [],
      parent: member?.parent,
    };
  });
}

/** Creates the nodes of a chain. Not recursive: a chain may be deep. */
function grow<K>(
  root: K,
  look: (key: K) => { node: TreeNode; children: readonly K[]; parent: K | undefined },
): TreeNode {
  const known = new Map<K, TreeNode>();
  const links: (() => void)[] = [];
  const nodeAt = (key: K): TreeNode => {
    const met = known.get(key);
    if (met !== undefined) return met;
    const { node, children, parent } = look(key);
    known.set(key, node);
    links.push(() => {
      node.children = children.map(nodeAt);
      node.parent = parent === undefined ? undefined : nodeAt(parent);
    });
    return node;
  };
  const first = nodeAt(root);
  for (let link = links.pop(); link !== undefined; link = links.pop()) link();
  return first;
}

function nodeWith(describe: () => Omit<Member, "id" | "children">, allocator?: Allocator): TreeNode {
  const around = { children: [], parent: undefined, allocator };
  try {
    const { kind, options, state } = describe();
    const bytes = Object.values(state ?? {}).reduce((sum, words) => sum + (words?.byteLength ?? 0), 0);
    return { kind: String(kind), options: Object(options), state: bytes, ...around };
  } catch {
    // A disposed allocator says so in its name.
    return { kind: String(allocator), options: {}, state: 0, ...around };
  }
}
