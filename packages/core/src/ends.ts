/**
 * Ends: who stands on whom, and what ends with what.
 *
 *     limit ──owns──▶ system ──parent──▶ pages          kin of system:  owner      limit
 *                       ▲                                               above      limit, byRef, …
 *     freeList ──parent─┘                                               tenants    freeList
 *
 *     system.dispose()     its tenants end first, the newest before the others, while all still works; then it settles what needs its
 *                          children; then these end; then it gives back what it holds; then it is retired: every method throws and
 *                          says why
 *
 * Whatever throws, all of that is done, and then the error is thrown. So nothing ever stands on an allocator that has ended. A drop
 * that disposes what is ending already changes nothing: it ends in its turn.
 *
 * What is here exists once in a realm, so allocators of two copies of this package know each other. The live path pays nothing:
 * a retired allocator gets another prototype, so no method has to ask whether it still may run.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import { attempt, rethrow } from "./attempt.ts";
import { MisuseError } from "./errors.ts";
import type { Powers } from "./powers.ts";
import { realm } from "./realm.ts";
import { disposeKey, inspectKey } from "./symbols.ts";
import { Token, WeakList } from "./weak-list.ts";

/** What is known of one allocator. */
interface Kin {
  /** By what the lists of others hold it. */
  readonly token: Token<Allocator>;
  /** The combinator that has it as a child of its own. */
  owner?: Allocator;
  /** What it is lent as. */
  lent?: Allocator;
  /** What stands on it: combinators that have it as a child, its own or lent, and leaves that take chunks from it. */
  above?: WeakList<Allocator>;
}

/** Why an allocator has ended. */
interface Reason {
  /** What to say whenever it is called. */
  readonly message: string;
  /** Whether its caller has not been told yet that it ended before its time. */
  untold: boolean;
}

/** What a realm knows of all its allocators. */
export class Ends {
  readonly kin = new WeakMap<Allocator, Kin>();
  readonly reasons = new WeakMap<Allocator, Reason>();
  /** The prototypes of what has ended, each with the one from before. */
  readonly retired = new WeakMap<object, object>();
  /** Which allocators are ending now, the outermost first, and by what. */
  readonly ending: { readonly allocator: Allocator; readonly by: "dispose" | "reset" }[] = [];
}

/** One for each prototype, since to make it costs more than a short life: a frame of a region is ended by it. */
const retiredPrototypes = new WeakMap<object, object>();

/** Characters of a kind in a text. */
const MOST_KIND = 40;

function kinOf(allocator: Allocator): Kin {
  const { kin } = realm().ends;
  const known = kin.get(allocator);
  if (known !== undefined) return known;
  const made: Kin = { token: new Token(allocator) };
  kin.set(allocator, made);
  return made;
}

/** Returns what stands on an allocator, the newest first. */
function above(allocator: Allocator): Allocator[] {
  return realm().ends.kin.get(allocator)?.above?.newestFirst() ?? [];
}

/** Notes that an allocator stands on another one: takes its chunks from it, or has it as a child. */
export function stand(upper: Allocator, lower: Allocator): void {
  const kin = kinOf(lower);
  kin.above ??= new WeakList();
  kin.above.add(kinOf(upper).token);
}

/**
 * Notes that a combinator has these children.
 *
 * @throws {@link MisuseError} `owned` if another combinator has one of them, and then nothing is noted
 */
export function own(owner: Allocator, children: readonly Allocator[]): void {
  const mine = children.filter((child) => !child.isLent);
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
  for (const child of children) stand(owner, child);
  for (const child of mine) kinOf(child).owner = owner;
}

/** Notes that a combinator has a child no more. */
export function disown(owner: Allocator, child: Allocator): void {
  const kin = kinOf(child);
  kin.above?.delete(kinOf(owner).token);
  if (kin.owner === owner) delete kin.owner;
}

/** Returns the combinator that has an allocator as its own child. */
function ownerOf(allocator: Allocator): Allocator | undefined {
  return realm().ends.kin.get(allocator)?.owner;
}

/** Returns what an allocator is lent as: the same object each time. */
export function lentOf(allocator: Allocator, lend: () => Allocator): Allocator {
  const kin = kinOf(allocator);
  kin.lent ??= lend();
  return kin.lent;
}

/** Whether an allocator has ended. */
export function isRetired(allocator: Allocator): boolean {
  return realm().ends.retired.has(Object.getPrototypeOf(allocator));
}

/** Ends an allocator, with all that stands on it and all that it owns. Does nothing if it is ending already. */
export function endAllocator(allocator: Allocator): void {
  const { ending, kin } = realm().ends;
  if (isRetired(allocator) || ending.some((it) => it.allocator === allocator && it.by === "dispose")) return;
  const errors: unknown[] = [];
  ending.push({ allocator, by: "dispose" });
  try {
    disposeTenants(allocator, errors);
    attempt(errors, () => allocator.settle());
    if (allocator.children.length !== 0) {
      for (const child of [...allocator.children]) attempt(errors, () => child.dispose());
      // The drops of a child may have made some.
      disposeTenants(allocator, errors);
    }
    attempt(errors, () => allocator.close());
  } finally {
    ending.pop();
  }
  if (allocator.parent !== undefined) kinOf(allocator.parent).above?.delete(kinOf(allocator).token);
  for (const child of allocator.children) disown(allocator, child);
  changeEpoch(allocator);
  retire(allocator);
  const token = kin.get(allocator)?.token;
  if (token !== undefined) token.object = undefined;
  rethrow(errors);
}

/** Ends what stands on an allocator before that is reset. */
export function endTenants(allocator: Allocator, errors: unknown[]): void {
  const { ending } = realm().ends;
  ending.push({ allocator, by: "reset" });
  try {
    disposeTenants(allocator, errors);
  } finally {
    ending.pop();
  }
}

/** Ends what takes chunks from an allocator or from what is made of it: also what the drops of such a one make meanwhile. */
function disposeTenants(allocator: Allocator, errors: unknown[]): void {
  const tried = new Set<Allocator>();
  for (let tenants = tenantsOf(allocator); tenants.length !== 0; ) {
    for (const tenant of tenants) {
      tried.add(tenant);
      if (!isRetired(tenant)) attempt(errors, () => tenant.dispose());
    }
    tenants = tenantsOf(allocator).filter((tenant) => !tried.has(tenant));
  }
}

/** Returns what takes chunks from an allocator or from what is made of it, the newest first. */
function tenantsOf(allocator: Allocator): Allocator[] {
  const tenants = new Set<Allocator>();
  const seen = new Set<Allocator>();
  const visit = (lower: Allocator): void => {
    seen.add(lower);
    for (const upper of above(lower)) {
      if (upper.parent === lower) tenants.add(upper);
      else if (!seen.has(upper)) visit(upper);
    }
  };
  visit(allocator);
  return [...tenants];
}

/** Notes, here and in all that is made of it, that blocks of an allocator have ended. */
export function changeEpoch(allocator: Allocator): void {
  if (realm().ends.kin.get(allocator)?.above === undefined) {
    (allocator as { epoch: number }).epoch++;
    return;
  }
  // A set may grow while it is walked: what is added is walked too.
  const made = new Set<Allocator>([allocator]);
  for (const lower of made) {
    (lower as { epoch: number }).epoch++;
    for (const upper of above(lower)) if (upper.parent !== lower) made.add(upper);
  }
}

/**
 * Asks what stands on an allocator to give back what it does not need: what stands on others before these, so that their chunks are
 * free by then. Left alone is what waits in the middle of a call, and all that leads to it.
 */
export function trimTenants(allocator: Allocator): void {
  const trimmed = new Set<Allocator>();
  for (const upper of standingOn(allocator)) {
    const { trim } = upper as Partial<Powers>;
    if (trimmed.has(upper) || typeof trim !== "function" || isRetired(upper) || leadsTo(upper, isWaiting)) continue;
    try {
      trim.call(upper);
      // With a combinator its children were asked.
      for (const each of membersOf(upper)) trimmed.add(each);
    } catch {
      // Its own trouble is no reason to fail for the one that needs room now: its next call tells of it.
    }
  }
}

/** Returns all that stands on an allocator, each behind what stands on it. */
function standingOn(allocator: Allocator): Set<Allocator> {
  const done = new Set<Allocator>();
  const seen = new Set<Allocator>();
  const visit = (lower: Allocator): void => {
    for (const upper of above(lower)) {
      if (seen.has(upper)) continue;
      seen.add(upper);
      visit(upper);
      done.add(upper);
    }
  };
  visit(allocator);
  return done;
}

function isWaiting(allocator: Allocator): boolean {
  return allocator.isBusy;
}

/** Returns an allocator and its children, at every depth, each once. */
function membersOf(allocator: Allocator): Set<Allocator> {
  const members = new Set<Allocator>([allocator]);
  for (const each of members) for (const child of each.children) members.add(child);
  return members;
}

/** Whether something holds of an allocator or of one that a call of it may lead to: a child, or a parent. */
function leadsTo(allocator: Allocator, holds: (allocator: Allocator) => boolean): boolean {
  const members = new Set<Allocator>([allocator]);
  for (const each of members) {
    if (holds(each)) return true;
    for (const child of each.children) members.add(child);
    if (each.parent !== undefined) members.add(each.parent);
  }
  return false;
}

/** Makes every method of an allocator throw MisuseError("disposed") from now on. */
function retire(allocator: Allocator): void {
  const { reasons, retired } = realm().ends;
  const reason = reasonOf(allocator);
  if (reason !== undefined) reasons.set(allocator, reason);
  const live = Object.getPrototypeOf(allocator);
  const end = retiredPrototypes.get(live) ?? new Proxy(live, { get });
  retiredPrototypes.set(live, end);
  retired.set(end, live);
  Object.setPrototypeOf(allocator, end);
}

/** Returns why an allocator ends now; undefined if by its own `dispose`. */
function reasonOf(allocator: Allocator): Reason | undefined {
  const { ending } = realm().ends;
  const cause = ending.at(-1);
  if (cause === undefined) return undefined;
  const what = `this ${kindOf(allocator)}`;
  const by = kindOf(cause.allocator);
  if (ownerOf(allocator) === cause.allocator) {
    return {
      message: `${what} was disposed with the ${by} that owns it; give byRef() of it to keep it`,
      untold: false,
    };
  }
  if (allocator.parent === undefined || !membersOf(allocator.parent).has(cause.allocator)) return undefined;
  const done = cause.by === "reset" ? "was reset" : "was disposed";
  const message = `${what} ended when its parent, a ${by}, ${done}: dispose first what takes chunks from the ${by}, then the ${by}`;
  return { message, untold: !ending.some((it) => owns(it.allocator, allocator)) };
}

/** Whether an allocator ends with a combinator, as its child or as a child of a child. */
function owns(combinator: Allocator, allocator: Allocator): boolean {
  for (let at = ownerOf(allocator); at !== undefined; at = ownerOf(at)) if (at === combinator) return true;
  return false;
}

function get(live: object, key: PropertyKey, allocator: Allocator): unknown {
  if (key === "toString" || key === "toJSON" || key === inspectKey) return () => `${kindOf(allocator)} (disposed)`;
  const value = Reflect.get(live, key, allocator);
  if (typeof value !== "function" || key in Object.prototype) return value;
  return key === "dispose" || key === disposeKey ? () => tell(allocator) : () => refuse(allocator);
}

/** A second dispose does nothing, unless nobody was told of the first. */
function tell(allocator: Allocator): void {
  const reason = realm().ends.reasons.get(allocator);
  if (reason?.untold !== true) return;
  reason.untold = false;
  refuse(allocator);
}

function refuse(allocator: Allocator): never {
  const message =
    realm().ends.reasons.get(allocator)?.message ?? `this ${kindOf(allocator)} was disposed; make a new one`;
  throw new MisuseError("disposed", message);
}

/** Returns the kind of an allocator, in whatever state it is: a short text. */
export function kindOf(allocator: Allocator): string {
  try {
    // One that has ended refuses every call, so its double is asked.
    const live = realm().ends.retired.get(Object.getPrototypeOf(allocator));
    const self: Allocator =
      live === undefined ? allocator : Object.create(live, Object.getOwnPropertyDescriptors(allocator));
    const { kind } = self.describeSelf();
    return kind.length > MOST_KIND ? `${kind.slice(0, MOST_KIND)}…` : kind;
  } catch {
    return "allocator";
  }
}
