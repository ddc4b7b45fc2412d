/**
 * Kin: who has whom as a child, and who takes chunks from whom.
 *
 *     limit ──owns──▶ system ──parent──▶ pages          kin of system:  owner      limit
 *                       ▲                                               above      limit, byRef, …, freeList
 *     freeList ──parent─┘                                               tenants    freeList
 *
 * An allocator knows its children and its parent; what stands on it is known here alone, weakly. It exists once in a realm, so
 * allocators of two copies of this package know each other.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import { MisuseError } from "./errors.ts";
import { isRetired, kindOf } from "./kind.ts";
import { realm } from "./realm.ts";
import type { Reason } from "./retire.ts";
import { Token, WeakList } from "./weak-list.ts";

/** What is known of one allocator. */
interface Kin {
  /** By what the lists of others hold it, if it stands on one. */
  token?: Token<Allocator>;
  /** The combinator that has it as a child of its own. */
  owner?: Allocator | undefined;
  /** What it is lent as. */
  lent?: Allocator;
  /** What else stands on it: combinators that it is lent to, and leaves that take chunks from it. */
  above?: WeakList<Allocator>;
}

/** An allocator that is ending, and by what; and its kind, once somebody has asked. */
export interface Ending {
  readonly allocator: Allocator;
  readonly by: "dispose" | "reset";
  kind: string | undefined;
}

const NOBODY: readonly never[] = [];

/** What a realm knows of all its allocators. */
export interface Ends {
  readonly kin: WeakMap<Allocator, Kin>;
  readonly reasons: WeakMap<Allocator, Reason>;
  /** The prototypes of what has ended, each with the one from before. */
  readonly retired: WeakMap<object, object>;
  /** Which allocators are ending now, the outermost first. */
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

/** Returns what stands on an allocator, the newest first. */
export function above(allocator: Allocator): readonly Allocator[] {
  const kin = realm().ends.kin.get(allocator);
  if (kin === undefined) return NOBODY;
  const others = kin.above?.newestFirst() ?? [];
  return kin.owner === undefined ? others : [kin.owner, ...others];
}

/** Notes that an allocator stands on another one: takes its chunks from it, or has it as a child that is lent. */
export function stand(upper: Allocator, lower: Allocator): void {
  const [over, under] = [kinOf(upper), kinOf(lower)];
  over.token ??= new Token(upper);
  under.above ??= new WeakList();
  under.above.add(over.token);
}

/**
 * Notes that a combinator has these children.
 *
 * @throws {@link MisuseError} `owned` if another combinator has one of them, and then nothing is noted
 */
export function own(owner: Allocator, children: readonly Allocator[]): void {
  // What lends an allocator owns nothing, nor does anyone own what is lent.
  const mine = owner.isLent ? [] : children.filter((child) => !child.isLent);
  const first = new Set<Allocator>();
  for (const child of mine) {
    const other = ownerOf(child);
    const isTwice = first.has(child);
    first.add(child);
    if (!isTwice && (other === undefined || other === owner || isRetired(other))) continue;
    const whose = isTwice ? "the same combinator already" : `a ${kindOf(other as Allocator)}`;
    throw new MisuseError(
      "owned",
      `this ${kindOf(child)} belongs to ${whose}: give byRef() of it to whoever shall not own it`,
    );
  }
  for (const child of children) if (!mine.includes(child)) stand(owner, child);
  for (const child of mine) kinOf(child).owner = owner;
}

/** Notes that a combinator has a child no more. */
export function disown(owner: Allocator, child: Allocator): void {
  const { kin } = realm().ends;
  const [mine, token] = [kin.get(child), kin.get(owner)?.token];
  if (mine === undefined) return;
  if (mine.owner === owner) mine.owner = undefined;
  else if (token !== undefined) mine.above?.delete(token);
}

/** Returns the combinator that has an allocator as its own child. */
export function ownerOf(allocator: Allocator): Allocator | undefined {
  return realm().ends.kin.get(allocator)?.owner;
}

/** Returns what an allocator is lent as: the same object each time. */
export function lentOf(allocator: Allocator, lend: () => Allocator): Allocator {
  const kin = kinOf(allocator);
  kin.lent ??= lend();
  return kin.lent;
}

/** Whether a combinator has an allocator as a child of its own. */
export function isOwned(allocator: Allocator): boolean {
  const owner = ownerOf(allocator);
  return owner !== undefined && !isRetired(owner);
}

/** Notes that an allocator has ended: it stands on nothing any more, and no list holds it. */
export function leave(allocator: Allocator): void {
  const { kin } = realm().ends;
  for (const child of allocator.children) disown(allocator, child);
  const token = kin.get(allocator)?.token;
  if (token === undefined) return;
  if (allocator.parent !== undefined) kin.get(allocator.parent)?.above?.delete(token);
  token.object = undefined;
}

/** Returns what takes chunks from an allocator or from what is made of it, the newest first. Without recursion, as in `describe`. */
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
  // A set may grow while it is walked: what is added is walked too.
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

/** Returns an allocator and its children, at every depth, each once. */
export function membersOf(allocator: Allocator): Set<Allocator> {
  const members = new Set<Allocator>([allocator]);
  for (const each of members) for (const child of each.children) members.add(child);
  return members;
}
