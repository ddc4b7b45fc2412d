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
import { type Ending, membersOf, ownerOf } from "./kin.ts";
import { kindOf } from "./kind.ts";
import { realm } from "./realm.ts";
import { disposeKey, inspectKey } from "./symbols.ts";

/** Why an allocator has ended. */
export interface Reason {
  /** What to say of it whenever it is called. */
  readonly text: string;
  /** Whether its caller has not been told yet that it ended before its time. */
  untold: boolean;
}

/** One for each prototype, since to make it costs more than a short life: a frame of a region is ended by it. */
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

/** Returns why an allocator ends while another one does; undefined if that is by its own `dispose`. */
function reasonOf(allocator: Allocator, cause: Ending): Reason | undefined {
  const { ending } = realm().ends;
  const { parent } = allocator;
  // Asked once, however many children end with it: it may say a lot of itself.
  if (ownerOf(allocator) === cause.allocator) {
    cause.kind ??= kindOf(cause.allocator);
    return { text: `was disposed with the ${cause.kind} that owns it; give byRef() of it to keep it`, untold: false };
  }
  if (parent === undefined || (parent !== cause.allocator && !membersOf(parent).has(cause.allocator))) return undefined;
  cause.kind ??= kindOf(cause.allocator);
  const done = cause.by === "reset" ? "was reset" : "was disposed";
  return {
    text: `ended when its parent, a ${cause.kind}, ${done}: dispose first what takes chunks from the ${cause.kind}, then the ${cause.kind}`,
    untold: !ending.some((it) => owns(it.allocator, allocator)),
  };
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
  const text = realm().ends.reasons.get(allocator)?.text ?? "was disposed; make a new one";
  throw new MisuseError("disposed", `this ${kindOf(allocator)} ${text}`);
}
