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

export function describe(root: Allocator): Description {
  const ids = new Map<Allocator, number>();
  const nodes: Member[] = [];
  const visit = (allocator: Allocator): number => {
    const known = ids.get(allocator);
    if (known !== undefined) return known;
    const id = ids.size;
    ids.set(allocator, id);
    const children = allocator.children.map(visit);
    const parent = allocator.parent && { parent: visit(allocator.parent) };
    nodes[id] = { id, ...allocator.describeSelf(), children, ...parent };
    return id;
  };
  return { root: visit(root), nodes };
}

/**
 * Sums the footprints of allocators that stand side by side. What is held by a member whose chunks come from another one
 * is held by that one already, and counts once. The sum of peaks is an upper bound of the peak of sums; it is exact where
 * only one member grows and none lies in another.
 */
export function footprintOf(children: readonly Allocator[]): Footprint {
  const leaves = new Set(children.flatMap(leavesOf));
  const sum = { held: 0, bookkeeping: 0, peak: 0 };
  for (const leaf of leaves) {
    const { held, bookkeeping, peak } = leaf.footprint();
    const inside = ancestorsOf(leaf).some((ancestor) => leaves.has(ancestor));
    sum.held += inside ? 0 : held;
    sum.bookkeeping += bookkeeping;
    sum.peak += peak;
  }
  return sum;
}

/** Answers the allocators of a chain that have no children: itself, if it has none. For those who write a combinator. */
export function leavesOf(allocator: Allocator): Allocator[] {
  return allocator.children.length === 0 ? [allocator] : allocator.children.flatMap(leavesOf);
}

/**
 * Answers the leaves that the chunks of an allocator come from, those that theirs come from, and so on down to the root.
 * For those who write a combinator.
 */
export function ancestorsOf(allocator: Allocator): Allocator[] {
  return leavesOf(allocator).flatMap(({ parent }) =>
    parent === undefined ? [] : [...leavesOf(parent), ...ancestorsOf(parent)],
  );
}
