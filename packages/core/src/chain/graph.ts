/**
 * A chain as data: its members, their parents and children, and the state of each.
 *
 *     fallback ──children──▶ freeList ──parent──▶ pages
 *         └──────children──▶ system ────parent──────┘
 *
 * A chain is a graph, not a tree: parents are shared, and `byRef` lends one allocator to several chains.
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import type { ArrayView } from "../memory/views.ts";
import { membersOf } from "./kin.ts";
import { isRetired, kindOf, nameOf, titleOf } from "./kind.ts";

/** The description of a single allocator. */
export interface SelfDescription {
  /** The name of its factory: `"freeList"`. */
  readonly kind: string;
  /** The options of the factory, as plain data. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Its typed arrays by name: live references; read them again after the allocator has grown. */
  readonly state: Readonly<Record<string, ArrayView>>;
  /** Elements in use, from the first on, by the name of the array. Left out: all of them. */
  readonly used?: Readonly<Record<string, number>>;
  /** How many of its children stand in a description, from the first on: it makes the others of its words. Left out: all of them. */
  readonly listed?: number;
}

/** A member of a chain. */
export interface Member extends SelfDescription {
  /** Its index in `nodes`. */
  readonly id: number;
  /** The ids of its children. */
  readonly children: readonly number[];
  /** The id of its parent, if any. */
  readonly parent?: number;
}

/** A chain as plain objects, numbers and typed arrays; can be posted to another thread. */
export interface Description {
  /** The members; `id` is the index. */
  readonly nodes: readonly Member[];
  /** The id of the described allocator. */
  readonly root: number;
}

/** The memory use of an allocator, in bytes. NaN if unknown. */
export interface Footprint {
  /** Bytes of the memory from the first to the last one in use, or the sum of the chunks. */
  readonly held: number;
  /** Bytes of its typed arrays in use, outside the memory. */
  readonly bookkeeping: number;
  /** The highest sum of both so far. */
  readonly peak: number;
}

/** A member of a chain without its state. */
export type OutlineMember = Omit<Member, "state" | "used" | "listed">;

/** A chain without its state: plain data. */
export interface Outline {
  /** The members, at most 1,000; `id` is the index. Their `children` and `parent` are among them. */
  readonly nodes: readonly OutlineMember[];
  /** The id of the described allocator. */
  readonly root: number;
  /** The number of members left out, if any. */
  readonly more?: number;
}

/** The most members of an outline. */
const MOST_NODES = 1000;

/** The longest text of a chain. */
const MOST_TEXT = 200;

/** Returns all members of a chain, each once: children, parents, and so on. Not recursive: chains may be deeper than the stack. */
export function graphOf(
  root: Allocator,
  listedIn = ({ children }: Allocator): readonly Allocator[] => children,
): Set<Allocator> {
  const members = new Set<Allocator>();
  const waiting = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (members.has(next)) continue;
    members.add(next);
    if (next.parent !== undefined) waiting.push(next.parent);
    const children = listedIn(next);
    for (let index = children.length - 1; index >= 0; index--) waiting.push(children[index]!);
  }
  return members;
}

/** Describes a chain. */
export function describe(root: Allocator): Description {
  const selves = new Map<Allocator, SelfDescription>();
  graphOf(root, (it) => {
    const self = selfOf(it);
    selves.set(it, self);
    return it.children.slice(0, self.listed);
  });
  return { root: 0, nodes: nodesOf(selves) };
}

/** Describes members of a chain, of the description of each. Links to others are left out. */
function nodesOf(selves: ReadonlyMap<Allocator, SelfDescription>): Member[] {
  const ids = new Map([...selves.keys()].map((allocator, id) => [allocator, id]));
  return [...selves].map(([allocator, self], id): Member => {
    const children = allocator.children.flatMap((child) => ids.get(child) ?? []);
    const parent = allocator.parent && ids.get(allocator.parent);
    return { id, ...self, children, ...(parent !== undefined && { parent }) };
  });
}

/**
 * Returns the description of an allocator, with its name as an option. A disposed one would throw, which must not break the
 * description of its chain.
 */
function selfOf(allocator: Allocator): SelfDescription {
  const name = nameOf(allocator);
  const self = isRetired(allocator)
    ? { kind: `${kindOf(allocator)} (disposed)`, options: {}, state: {} }
    : allocator.describeSelf();
  return name === undefined ? self : { ...self, options: { name, ...self.options } };
}

/** Describes the first members of a chain without their state: what is printed must be bounded. */
export function outlineOf(root: Allocator): Outline {
  const members = [...graphOf(root)];
  const selves = new Map(members.slice(0, MOST_NODES).map((it) => [it, selfOf(it)]));
  const nodes = nodesOf(selves).map(({ state: _, used: __, listed: ___, ...member }) => member);
  const more = members.length - nodes.length;
  return { root: 0, nodes, ...(more > 0 && { more }) };
}

/** Returns a chain in one line, shortened if long. */
export function textOf(root: Allocator): string {
  let left = MOST_TEXT;
  const visit = (allocator: Allocator): string => {
    const kind = isRetired(allocator) ? `${titleOf(allocator)} (disposed)` : titleOf(allocator);
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
 * Sums the footprints of the leaves of a chain, and the words of its combinators. The chunks of a member that come from another
 * member count once. The sum of peaks is an upper bound of the peak of the sum; it is exact if only one member grows and none lies
 * in another.
 */
export function footprintOf(combinator: Allocator): Footprint {
  const members = [...membersOf(combinator)];
  const isInside = below(new Set(members.filter(({ children }) => children.length === 0)));
  const sum = { held: 0, bookkeeping: 0, peak: 0 };
  for (const member of members) {
    const { held, bookkeeping, peak } = member.children.length === 0 ? member.footprint() : member.ownFootprint();
    sum.held += isInside(member) ? 0 : held;
    sum.bookkeeping += bookkeeping;
    sum.peak += peak;
  }
  return sum;
}

/** Returns the leaves of a chain, each once; an allocator without children is its own leaf. For authors of combinators. */
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
  return leavesOf(allocator).filter((leaf) => !servesNothing(leaf)).length <= 1;
}

/** Returns whether a leaf never hands out a block, and so may stand anywhere, also twice. */
export function servesNothing(leaf: Allocator): boolean {
  return (leaf as { servesNothing?: true }).servesNothing === true;
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
  // A set may grow during iteration: added items are visited too.
  for (const { parent } of ancestors) if (parent !== undefined) collectLeaves(parent, ancestors, seen);
  return [...ancestors];
}

/** Adds the leaves of a chain, skipping combinators seen before. Not recursive, like `describe`. */
function collectLeaves(allocator: Allocator, leaves: Set<Allocator>, seen: Set<Allocator> = new Set()): void {
  const waiting = [allocator];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { children } = next;
    if (children.length === 0) leaves.add(next);
    if (children.length === 0 || seen.has(next)) continue;
    seen.add(next);
    for (let index = children.length - 1; index >= 0; index--) waiting.push(children[index]!);
  }
}

/**
 * Returns a predicate: whether a leaf takes its chunks, directly or indirectly, from one of these leaves. Visits a member once.
 */
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
