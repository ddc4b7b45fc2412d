/**
 * Retiring: an allocator that has ended refuses every call and says why it ended.
 *
 *     live      allocator ──▶ prototype of its class
 *     retired   allocator ──▶ proxy ──▶ prototype of its class        every method throws MisuseError("disposed")
 *
 * This costs live allocators nothing: a retired one gets another prototype, so no method has to test whether it is still live.
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import { MisuseError } from "../base/errors.ts";
import { disposeKey, inspectKey } from "../base/symbols.ts";
import { type Ending, membersOf, own, ownerOf } from "./kin.ts";
import { isRetired, titleOf } from "./kind.ts";
import { realm } from "./realm.ts";

/** Why an allocator has ended. */
export interface Reason {
  /** The end of the error message. */
  readonly text: string;
  /** True until the caller has learned that it ended early. */
  untold: boolean;
}

/** Cached per prototype: creating the Proxy costs more than a short-lived scope. */
const retiredPrototypes = new WeakMap<object, object>();

/** Makes every method of an allocator throw MisuseError("disposed") from now on. */
export function retire(allocator: Allocator): void {
  const { ending, reasons, retired } = realm().ends;
  if (ending.length !== 0) {
    const reason = reasonOf(allocator, ending[ending.length - 1]!);
    if (reason !== undefined) reasons.set(allocator, reason);
  }
  const live = Object.getPrototypeOf(allocator);
  let end = retiredPrototypes.get(live);
  if (end === undefined) {
    end = new Proxy<object>(live, { get });
    retiredPrototypes.set(live, end);
    retired.set(end, live);
  }
  Object.setPrototypeOf(allocator, end);
}

/** Returns the reason if an allocator ends because another one does; undefined if its own `dispose` was called. */
function reasonOf(allocator: Allocator, cause: Ending): Reason | undefined {
  const { ending } = realm().ends;
  const { parent } = allocator;
  // Cached, because many children may end together and describing the owner may be slow.
  if (ownerOf(allocator) === cause.allocator) {
    cause.kind ??= titleOf(cause.allocator);
    return { text: `was disposed with the ${cause.kind} that owns it; pass its byRef() to keep it`, untold: false };
  }
  if (parent === undefined || (parent !== cause.allocator && !membersOf(parent).has(cause.allocator))) return undefined;
  cause.kind ??= titleOf(cause.allocator);
  const done = cause.by === "reset" ? "was reset" : "was disposed";
  return {
    text: `ended when its parent, a ${cause.kind}, ${done}: first dispose the allocators that take chunks from the ${cause.kind}`,
    untold: !ending.some((it) => owns(it.allocator, allocator)),
  };
}

/** Whether an allocator is a descendant of a combinator. */
function owns(combinator: Allocator, allocator: Allocator): boolean {
  for (let at = ownerOf(allocator); at !== undefined; at = ownerOf(at)) if (at === combinator) return true;
  return false;
}

function get(live: object, key: PropertyKey, allocator: Allocator): unknown {
  if (key === "toString" || key === "toJSON" || key === inspectKey) return () => `${titleOf(allocator)} (disposed)`;
  const value = Reflect.get(live, key, allocator);
  if (typeof value !== "function" || key in Object.prototype) return value;
  return key === "dispose" || key === disposeKey ? () => tell(allocator) : () => refuse(allocator);
}

/** A second `dispose` does nothing, unless the first end was caused by another allocator and not reported yet. */
function tell(allocator: Allocator): void {
  const reason = realm().ends.reasons.get(allocator);
  if (reason?.untold !== true) return;
  reason.untold = false;
  refuse(allocator);
}

/**
 * Throws if an allocator has ended. For authors of what takes an allocator and uses it later.
 *
 * @throws {@link MisuseError} `disposed`, which says what ended it
 */
export function requireLive(allocator: Allocator): void {
  if (isRetired(allocator)) refuse(allocator);
}

/**
 * Records the children of a combinator.
 *
 * @throws {@link MisuseError} `disposed` if one has ended, `owned` if another combinator owns one; nothing is recorded then
 */
export function ownLive(owner: Allocator, children: readonly Allocator[]): void {
  for (const child of children) requireLive(child);
  own(owner, children);
}

function refuse(allocator: Allocator): never {
  const text = realm().ends.reasons.get(allocator)?.text ?? "was disposed; make a new one";
  throw new MisuseError("disposed", `this ${titleOf(allocator)} ${text}`);
}
