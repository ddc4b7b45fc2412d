/**
 * A chain as data: its members, who takes chunks from whom, and the state of each.
 *
 *     fallback ──children──▶ freeList ──parent──▶ pages
 *         └──────children──▶ system ────parent──────┘
 *
 * It is a graph and no tree: parents are shared, and `byRef` lends one allocator to several chains.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import { isRetired, kindOf } from "./kind.ts";
import type { ArrayView } from "./views.ts";

/** What one allocator says of itself. */
export interface SelfDescription {
  /** The name of its factory: `"freeList"`. */
  readonly kind: string;
  /** What the factory was told, as plain data. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Its words by name: live references, to be read again after the allocator has grown. */
  readonly state: Readonly<Record<string, ArrayView>>;
}

/** One member of a chain. */
export interface Member extends SelfDescription {
  readonly id: number;
  readonly children: readonly number[];
  readonly parent?: number;
}

/** A chain as data: plain objects, numbers and typed arrays, so it can be posted. */
export interface Description {
  readonly nodes: readonly Member[];
  /** The id of the allocator that was described. */
  readonly root: number;
}

/** What an allocator holds of its memory, in bytes. NaN where an allocator does not say. */
export interface Footprint {
  /** Bytes of the memory from the first to the last one in use, or the sum of the chunks. */
  readonly held: number;
  /** Bytes of its words in use, outside the memory. */
  readonly bookkeeping: number;
  /** The highest sum of both so far. */
  readonly peak: number;
}

/** A member of a chain without its words. */
export type OutlineMember = Omit<Member, "state">;

/** A chain without its words: plain data. */
export interface Outline {
  readonly nodes: readonly OutlineMember[];
  /** The id of the allocator that was described. */
  readonly root: number;
}

/** Characters of a chain in a line. */
const MOST_TEXT = 200;

/** Describes a chain. Without recursion: chains may be deeper than the stack. */
export function describe(root: Allocator): Description {
  const ids = new Map<Allocator, number>();
  const waiting = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (ids.has(next)) continue;
    ids.set(next, ids.size);
    if (next.parent !== undefined) waiting.push(next.parent);
    for (let index = next.children.length - 1; index >= 0; index--) waiting.push(next.children[index]!);
  }
  const idOf = (allocator: Allocator) => ids.get(allocator)!;
  const nodes = Array.from(ids, ([allocator, id]): Member => {
    const parent = allocator.parent && { parent: idOf(allocator.parent) };
    return { id, ...selfOf(allocator), children: allocator.children.map(idOf), ...parent };
  });
  return { root: 0, nodes };
}

/** Returns what an allocator says of itself. One that has ended refuses to, and no chain that it is in shall fail by that. */
function selfOf(allocator: Allocator): SelfDescription {
  return isRetired(allocator)
    ? { kind: `${kindOf(allocator)} (disposed)`, options: {}, state: {} }
    : allocator.describeSelf();
}

export function outlineOf(root: Allocator): Outline {
  const { nodes, root: id } = describe(root);
  return { root: id, nodes: nodes.map(({ state: _, ...member }) => member) };
}

/** Returns a chain in a line, cut where it would be long. */
export function textOf(root: Allocator): string {
  let left = MOST_TEXT;
  const visit = (allocator: Allocator): string => {
    const kind = isRetired(allocator) ? `${kindOf(allocator)} (disposed)` : kindOf(allocator);
    left -= kind.length + 2;
    const { children } = allocator;
    if (children.length === 0) return kind;
    const texts: string[] = [];
    for (const child of children) {
      if (left <= 0) {
        texts.push("…");
        break;
      }
      texts.push(visit(child));
    }
    return `${kind}(${texts.join(", ")})`;
  };
  return visit(root);
}

/**
 * Sums the footprints of allocators that stand side by side. What is held by a member whose chunks come from another one
 * is held by that one already, and counts once. The sum of peaks is an upper bound of the peak of sums; it is exact where
 * only one member grows and none lies in another.
 */
export function footprintOf(children: readonly Allocator[]): Footprint {
  const leaves = new Set<Allocator>();
  for (const child of children) collectLeaves(child, leaves);
  const sum = { held: 0, bookkeeping: 0, peak: 0 };
  const isInside = below(leaves);
  for (const leaf of leaves) {
    const { held, bookkeeping, peak } = leaf.footprint();
    sum.held += isInside(leaf) ? 0 : held;
    sum.bookkeeping += bookkeeping;
    sum.peak += peak;
  }
  return sum;
}

/** Returns the allocators of a chain that have no children, each once: itself, if it has none. For authors of combinators. */
export function leavesOf(allocator: Allocator): Allocator[] {
  const leaves = new Set<Allocator>();
  collectLeaves(allocator, leaves);
  return [...leaves];
}

/**
 * Returns whether all blocks of an allocator have ended once its epoch has changed: they are those of one leaf. Of several leaves one
 * may have been reset and the others not. Leaves that hand out nothing do not count. For authors of combinators that keep accounts:
 * what is lent is reset by its owner. O(members).
 */
export function endsAsOne(allocator: Allocator): boolean {
  const serving = leavesOf(allocator).filter((leaf) => (leaf as { servesNothing?: true }).servesNothing !== true);
  return serving.length <= 1;
}

/**
 * Returns the leaves that the chunks of an allocator come from, those that theirs come from, and so on down to the root, each once.
 * For authors of combinators. O(members).
 */
export function ancestorsOf(allocator: Allocator): Allocator[] {
  const ancestors = new Set<Allocator>();
  const seen = new Set<Allocator>();
  for (const leaf of leavesOf(allocator)) {
    if (leaf.parent !== undefined) collectLeaves(leaf.parent, ancestors, seen);
  }
  // A set may grow while it is walked: what is added is walked too.
  for (const { parent } of ancestors) if (parent !== undefined) collectLeaves(parent, ancestors, seen);
  return [...ancestors];
}

/** Adds the leaves of a chain, but for the members seen before. Without recursion, as in `describe`. */
function collectLeaves(allocator: Allocator, leaves: Set<Allocator>, seen: Set<Allocator> = new Set()): void {
  const waiting = [allocator];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const { children } = next;
    if (children.length === 0) leaves.add(next);
    for (let index = children.length - 1; index >= 0; index--) waiting.push(children[index]!);
  }
}

/** Returns whether a leaf takes its chunks, however indirectly, from one of these leaves; each member is looked at once. */
function below(leaves: ReadonlySet<Allocator>): (leaf: Allocator) => boolean {
  const known = new Map<Allocator, boolean>();
  const leads = (allocator: Allocator): boolean => {
    const told = known.get(allocator);
    if (told !== undefined) return told;
    known.set(allocator, false);
    const { children, parent } = allocator;
    const isBelow =
      children.length === 0
        ? leaves.has(allocator) || (parent !== undefined && leads(parent))
        : children.map(leads).includes(true);
    known.set(allocator, isBelow);
    return isBelow;
  };
  return ({ parent }) => parent !== undefined && leads(parent);
}
