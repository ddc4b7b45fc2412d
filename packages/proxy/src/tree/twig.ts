/**
 * Node: a member of a chain as the tree draws it, from a live chain or from its description.
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

export interface Twig {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Bytes of its state. */
  readonly state: number;
  children: readonly Twig[];
  parent: Twig | undefined;
  /** Undefined if there is only a description. */
  readonly allocator: Allocator | undefined;
}

/** Returns the root of a chain. A member that occurs twice is one node. */
export function twigOf(chain: Allocator | Description): Twig {
  return "nodes" in chain ? fromDescription(chain) : fromAllocator(chain);
}

function fromAllocator(root: Allocator): Twig {
  return grow(root, (allocator) => ({
    twig: twigWith(() => allocator.describeSelf(), allocator),
    children: allocator.children,
    parent: allocator.parent,
  }));
}

function fromDescription({ nodes, root }: Description): Twig {
  return grow(root, (id) => {
    const member = nodes[id];
    return {
      twig: twigWith(() => member ?? { kind: "missing", options: {}, state: {} }),
      children: member?.children ?? [],
      parent: member?.parent,
    };
  });
}

/** Creates the nodes of a chain. Not recursive: a chain may be deep. */
function grow<K>(root: K, look: (key: K) => { twig: Twig; children: readonly K[]; parent: K | undefined }): Twig {
  const known = new Map<K, Twig>();
  const links: (() => void)[] = [];
  const twigAt = (key: K): Twig => {
    const met = known.get(key);
    if (met !== undefined) return met;
    const { twig, children, parent } = look(key);
    known.set(key, twig);
    links.push(() => {
      twig.children = children.map(twigAt);
      twig.parent = parent === undefined ? undefined : twigAt(parent);
    });
    return twig;
  };
  const first = twigAt(root);
  for (let link = links.pop(); link !== undefined; link = links.pop()) link();
  return first;
}

function twigWith(describe: () => Omit<Member, "id" | "children">, allocator?: Allocator): Twig {
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
