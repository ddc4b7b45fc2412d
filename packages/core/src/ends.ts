/**
 * Ends: who stands on whom, and what ends with what.
 *
 *     limit ──owns──▶ system ──parent──▶ pages          kin of system:  owner      limit
 *                       ▲                                               above      limit, byRef, …
 *     freeList ──parent─┘                                               tenants    freeList
 *
 *     system.dispose()     its tenants end first, the newest before the others, while all still works; then its children; then it
 *                          gives back what it holds; then it is retired: every method throws and says why
 *
 * Whatever throws, all of that is done, and then the error is thrown. So nothing ever stands on an allocator that has ended.
 *
 * What is here exists once in a realm, so allocators of two copies of this package know each other. The live path pays nothing:
 * a retired allocator gets another prototype, so no method has to ask whether it still may run.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import { attempt, rethrow } from "./attempt.ts";
import { MisuseError } from "./errors.ts";
import { leavesOf } from "./graph.ts";
import type { Powers } from "./powers.ts";
import { realm } from "./realm.ts";
import { disposeKey, inspectKey } from "./symbols.ts";
import { WeakList } from "./weak-list.ts";

/** What is known of one allocator. */
interface Kin {
  /** The combinator that has it as a child of its own. */
  owner?: Allocator;
  /** What it is lent as. */
  lent?: Allocator;
  /** What stands on it: combinators that have it as a child, its own or lent, and leaves that take chunks from it. */
  readonly above: WeakList<Allocator>;
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
  /** The prototypes of what has ended. */
  readonly retired = new WeakSet<object>();
  /** Which allocators are ending now, the outermost first, and by what. */
  readonly ending: { readonly allocator: Allocator; readonly by: "dispose" | "reset" }[] = [];
}

/** One for each prototype, since to make it costs more than a short life: a frame of a region is ended by it. */
const retiredPrototypes = new WeakMap<object, object>();

function kinOf(allocator: Allocator): Kin {
  const { kin } = realm().ends;
  const known = kin.get(allocator);
  if (known !== undefined) return known;
  const made: Kin = { above: new WeakList() };
  kin.set(allocator, made);
  return made;
}

/** Returns what stands on an allocator, the newest first. */
function above(allocator: Allocator): Allocator[] {
  return realm().ends.kin.get(allocator)?.above.newestFirst() ?? [];
}

/** Notes that a leaf takes its chunks from an allocator. */
export function stand(tenant: Allocator, parent: Allocator): void {
  kinOf(parent).above.add(tenant);
}

/**
 * Notes that a combinator has these children.
 *
 * @throws {@link MisuseError} `owned` if another combinator has one of them, and then nothing is noted
 */
export function own(owner: Allocator, children: readonly Allocator[]): void {
  const mine = children.filter((child) => !child.isLent);
  mine.forEach((child, index) => {
    const { owner: other } = kinOf(child);
    const isTaken = (other !== undefined && other !== owner && !isRetired(other)) || mine.indexOf(child) !== index;
    if (!isTaken) return;
    throw new MisuseError(
      "owned",
      `this ${kindOf(child)} belongs to ${other === undefined ? "the same combinator already" : `a ${kindOf(other)}`}: give byRef() of it to whoever shall not own it`,
    );
  });
  for (const child of children) kinOf(child).above.add(owner);
  for (const child of mine) kinOf(child).owner = owner;
}

/** Notes that a combinator has a child no more. */
export function disown(owner: Allocator, child: Allocator): void {
  const kin = kinOf(child);
  kin.above.delete(owner);
  if (kin.owner === owner) delete kin.owner;
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

/** Ends an allocator, with all that stands on it and all that it owns. */
export function endAllocator(allocator: Allocator): void {
  const errors: unknown[] = [];
  const { ending } = realm().ends;
  ending.push({ allocator, by: "dispose" });
  try {
    disposeTenants(allocator, errors);
    if (!isRetired(allocator)) attempt(errors, () => allocator.settle());
    for (const child of [...allocator.children]) attempt(errors, () => child.dispose());
    // A drop may have disposed it meanwhile.
    if (!isRetired(allocator)) attempt(errors, () => allocator.close());
  } finally {
    ending.pop();
  }
  if (!isRetired(allocator)) {
    if (allocator.parent !== undefined) kinOf(allocator.parent).above.delete(allocator);
    for (const child of allocator.children) disown(allocator, child);
    changeEpoch(allocator);
    retire(allocator);
  }
  rethrow(errors);
}

/** Ends what stands on an allocator before that is reset. */
export function endTenants(allocator: Allocator, errors: unknown[]): void {
  const { ending } = realm().ends;
  ending.push({ allocator, by: "reset" });
  disposeTenants(allocator, errors);
  ending.pop();
}

function disposeTenants(allocator: Allocator, errors: unknown[]): void {
  for (const other of above(allocator)) {
    if (isRetired(other)) continue;
    if (other.parent === allocator) attempt(errors, () => other.dispose());
    // What stands on a combinator may have its chunks from any child of it.
    else disposeTenants(other, errors);
  }
}

/** Notes, here and in all that is made of it, that blocks of an allocator have ended. */
export function changeEpoch(allocator: Allocator): void {
  (allocator as { epoch: number }).epoch++;
  for (const other of above(allocator)) {
    if (other.parent !== allocator) changeEpoch(other);
  }
}

/**
 * Asks what stands on an allocator to give back what it does not need, but for what is in the middle of a call. Of combinators the
 * outermost one is asked, which asks its children.
 */
export function trimTenants(allocator: Allocator): void {
  for (const other of above(allocator)) {
    if (isRetired(other)) continue;
    trimTenants(other);
    const isInner = above(other).some((it) => it.parent !== other && !isRetired(it));
    if (isInner || other.isBusy || leavesOf(other).some((leaf) => leaf.isBusy)) continue;
    // Its own trouble is no reason to fail for the one that needs room now: its next call tells of it.
    attempt([], () => (other as Partial<Powers>).trim?.());
  }
}

/** Whether a combinator has an allocator as a child of its own. */
export function isOwned(allocator: Allocator): boolean {
  const owner = realm().ends.kin.get(allocator)?.owner;
  return owner !== undefined && !isRetired(owner);
}

/** Makes every method of an allocator throw MisuseError("disposed") from now on. */
function retire(allocator: Allocator): void {
  const { reasons, retired } = realm().ends;
  const reason = reasonOf(allocator);
  if (reason !== undefined) reasons.set(allocator, reason);
  const live = Object.getPrototypeOf(allocator);
  const end = retiredPrototypes.get(live) ?? new Proxy(live, { get });
  retiredPrototypes.set(live, end);
  retired.add(end);
  Object.setPrototypeOf(allocator, end);
}

/** Returns why an allocator ends now; undefined if by its own `dispose`. */
function reasonOf(allocator: Allocator): Reason | undefined {
  const { ending } = realm().ends;
  const cause = ending.at(-1);
  if (cause === undefined) return undefined;
  const what = `this ${kindOf(allocator)}`;
  const by = kindOf(cause.allocator);
  if (kinOf(allocator).owner === cause.allocator) {
    return {
      message: `${what} was disposed with the ${by} that owns it; give byRef() of it to keep it`,
      untold: false,
    };
  }
  if (allocator.parent === undefined || !leadsTo(allocator.parent, cause.allocator)) return undefined;
  const done = cause.by === "reset" ? "was reset" : "was disposed";
  const message = `${what} ended when its parent, a ${by}, ${done}: dispose first what takes chunks from the ${by}, then the ${by}`;
  return { message, untold: !ending.some((it) => owns(it.allocator, allocator)) };
}

/** Whether an allocator is another one, or made of it. */
function leadsTo(allocator: Allocator, other: Allocator): boolean {
  return allocator === other || allocator.children.some((child) => leadsTo(child, other));
}

/** Whether an allocator ends with a combinator, as its child or as a child of a child. */
function owns(combinator: Allocator, allocator: Allocator): boolean {
  for (let at = kinOf(allocator).owner; at !== undefined; at = kinOf(at).owner) if (at === combinator) return true;
  return false;
}

function get(live: object, key: PropertyKey, allocator: Allocator): unknown {
  if (key === "toString" || key === "toJSON" || key === inspectKey)
    return () => `${kindOf(allocator, live)} (disposed)`;
  const value = Reflect.get(live, key, allocator);
  if (typeof value !== "function" || key in Object.prototype) return value;
  return key === "dispose" || key === disposeKey ? () => tell(allocator, live) : () => refuse(allocator, live);
}

/** A second dispose does nothing, unless nobody was told of the first. */
function tell(allocator: Allocator, live: object): void {
  const reason = realm().ends.reasons.get(allocator);
  if (reason?.untold !== true) return;
  reason.untold = false;
  refuse(allocator, live);
}

function refuse(allocator: Allocator, live: object): never {
  const message =
    realm().ends.reasons.get(allocator)?.message ?? `this ${kindOf(allocator, live)} was disposed; make a new one`;
  throw new MisuseError("disposed", message);
}

/** Returns the kind of an allocator, in whatever state it is. */
export function kindOf(allocator: Allocator, prototype: object = allocator): string {
  try {
    return (prototype as Allocator).describeSelf.call(allocator).kind;
  } catch {
    return "allocator";
  }
}
