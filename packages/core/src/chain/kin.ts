/**
 * Kin: which allocator owns which, and which takes chunks from which.
 *
 *     limit ──owns──▶ system ──parent──▶ pages          kin of system:  owner      limit
 *                       ▲                                               above      limit, byRef, …, freeList
 *     freeList ──parent─┘                                               tenants    freeList
 *
 * An allocator knows its children and its parent; the reverse links are stored only here, weakly. They are stored per realm, so
 * allocators of two copies of this package know each other. The tenants of an allocator are those that take chunks from it.
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import { MisuseError } from "../base/errors.ts";
import { isRetired, titleOf } from "./kind.ts";
import { realm } from "./realm.ts";
import type { Reason } from "./retire.ts";
import { Token, WeakList } from "./weak-list.ts";

/** The reverse links of an allocator. */
interface Kin {
  /** Represents it in the lists of others, if it is in one. */
  token?: Token<Allocator>;
  /** The combinator that owns it. */
  owner?: Allocator | undefined;
  name?: string;
  /** Its `byRef()`. */
  lent?: Allocator;
  /** What else is built on it: combinators that borrow it, and leaves that take chunks from it. */
  above?: WeakList<Allocator>;
}

/** An allocator that is ending, and the cause; its kind is filled in on first use. */
export interface Ending {
  readonly allocator: Allocator;
  readonly by: "dispose" | "reset";
  kind: string | undefined;
}

const NOBODY: readonly never[] = [];

/** The links of all allocators in a realm. */
export interface Ends {
  readonly kin: WeakMap<Allocator, Kin>;
  readonly reasons: WeakMap<Allocator, Reason>;
  /** The prototypes of retired allocators, each with the original one. */
  readonly retired: WeakMap<object, object>;
  /** The allocators that are ending now, outermost first. */
  readonly ending: Ending[];
}

export function kinOf(allocator: Allocator): Kin {
  const { kin } = realm().ends;
  const known = kin.get(allocator);
  if (known !== undefined) return known;
  const made: Kin = {};
  kin.set(allocator, made);
  return made;
}

/** Returns the allocators that are built on one, newest first. */
export function above(allocator: Allocator): readonly Allocator[] {
  const kin = realm().ends.kin.get(allocator);
  if (kin === undefined) return NOBODY;
  const others = kin.above?.newestFirst() ?? [];
  return kin.owner === undefined ? others : [kin.owner, ...others];
}

/** Records that an allocator takes chunks from another one, or borrows it as a child. */
export function stand(upper: Allocator, lower: Allocator): void {
  const [over, under] = [kinOf(upper), kinOf(lower)];
  over.token ??= new Token(upper);
  under.above ??= new WeakList();
  under.above.add(over.token);
}

/**
 * Records the children of a combinator.
 *
 * @throws {@link MisuseError} `owned` if another combinator owns one of them; nothing is recorded then
 */
export function own(owner: Allocator, children: readonly Allocator[]): void {
  // A borrowing allocator owns nothing, and lent ones have no owner.
  const mine = owner.isLent ? [] : children.filter((child) => !child.isLent);
  const first = new Set<Allocator>();
  for (const child of mine) {
    const other = ownerOf(child);
    const isTwice = first.has(child);
    first.add(child);
    if (!isTwice && (other === undefined || other === owner || isRetired(other))) continue;
    const whose = isTwice ? "the same combinator already" : `a ${titleOf(other as Allocator)}`;
    throw new MisuseError(
      "owned",
      `this ${titleOf(child)} belongs to ${whose}: pass its byRef() wherever it must not be owned`,
    );
  }
  for (const child of children) if (!mine.includes(child)) stand(owner, child);
  for (const child of mine) kinOf(child).owner = owner;
}

/** Removes a child of a combinator. */
export function disown(owner: Allocator, child: Allocator): void {
  const { kin } = realm().ends;
  const [mine, token] = [kin.get(child), kin.get(owner)?.token];
  if (mine === undefined) return;
  if (mine.owner === owner) mine.owner = undefined;
  else if (token !== undefined) mine.above?.delete(token);
}

/** Returns the combinator that owns an allocator. */
export function ownerOf(allocator: Allocator): Allocator | undefined {
  return realm().ends.kin.get(allocator)?.owner;
}

/** Returns the `byRef()` of an allocator, made on first use. */
export function lentOf(allocator: Allocator, lend: () => Allocator): Allocator {
  const kin = kinOf(allocator);
  kin.lent ??= lend();
  return kin.lent;
}

/** Whether a combinator owns an allocator. */
export function isOwned(allocator: Allocator): boolean {
  const owner = ownerOf(allocator);
  return owner !== undefined && !isRetired(owner);
}

/** Removes the links of an allocator that has ended. */
export function leave(allocator: Allocator): void {
  const { kin } = realm().ends;
  for (const child of allocator.children) disown(allocator, child);
  const token = kin.get(allocator)?.token;
  if (token === undefined) return;
  if (allocator.parent !== undefined) kin.get(allocator.parent)?.above?.delete(token);
  token.object = undefined;
}

/** Returns the allocators that take chunks from one or from chains built on it, newest first. Not recursive, like `describe`. */
export function tenantsOf(allocator: Allocator): readonly Allocator[] {
  if (above(allocator).length === 0) return NOBODY;
  const tenants = new Set<Allocator>();
  const seen = new Set<Allocator>([allocator]);
  const waiting: [upper: Allocator, lower: Allocator][] = [];
  const add = (lower: Allocator): void => {
    const uppers = above(lower);
    for (let index = uppers.length - 1; index >= 0; index--) waiting.push([uppers[index]!, lower]);
  };
  add(allocator);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [upper, lower] = next;
    if (upper.parent === lower) tenants.add(upper);
    else if (!seen.has(upper)) {
      seen.add(upper);
      add(upper);
    }
  }
  return [...tenants];
}

/**
 * Returns the combinators that an allocator is a child of, owned or lent, at every height, each with the child by which it leads down.
 * For authors of combinators whose children change.
 */
export function uppersOf(allocator: Allocator): readonly (readonly [upper: Allocator, child: Allocator])[] {
  const found: [upper: Allocator, child: Allocator][] = [];
  // Iterating a Set also visits the elements added meanwhile.
  const seen = new Set<Allocator>([allocator]);
  for (const lower of seen) {
    for (const upper of above(lower)) {
      if (upper.parent === lower || isRetired(upper)) continue;
      found.push([upper, lower]);
      seen.add(upper);
    }
  }
  return found;
}

/** Returns an allocator and its descendants, each once. */
export function membersOf(allocator: Allocator): Set<Allocator> {
  const members = new Set<Allocator>([allocator]);
  for (const each of members) for (const child of each.children) members.add(child);
  return members;
}
