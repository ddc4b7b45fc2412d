/**
 * Retiring: what has ended refuses every call, and says why it ended.
 *
 *     live      allocator ──▶ prototype of its class
 *     retired   allocator ──▶ proxy ──▶ prototype of its class        every method throws MisuseError("disposed")
 *
 * The live path pays nothing: a retired allocator gets another prototype, so no method has to ask whether it still may run.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import { MisuseError } from "./errors.ts";
import { membersOf, ownerOf } from "./kin.ts";
import { realm } from "./realm.ts";
import { disposeKey, inspectKey } from "./symbols.ts";

/** Why an allocator has ended. */
export interface Reason {
  /** What to say whenever it is called. */
  readonly message: string;
  /** Whether its caller has not been told yet that it ended before its time. */
  untold: boolean;
}

/** One for each prototype, since to make it costs more than a short life: a frame of a region is ended by it. */
const retiredPrototypes = new WeakMap<object, object>();

/** Characters of a kind in a text. */
const MOST_KIND = 40;

/** Whether an allocator has ended. */
export function isRetired(allocator: Allocator): boolean {
  return realm().ends.retired.has(Object.getPrototypeOf(allocator));
}

/** Makes every method of an allocator throw MisuseError("disposed") from now on. */
export function retire(allocator: Allocator): void {
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
