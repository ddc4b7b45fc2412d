/**
 * Policy: which requests fail.
 *
 *     request            1  2  3  4  5  6  7
 *     { at: 3 }          ✓  ✓  ✗  ✓  ✓  ✓  ✓
 *     { after: 3 }       ✓  ✓  ✓  ✗  ✗  ✗  ✗
 *     { every: 3 }       ✓  ✓  ✗  ✓  ✓  ✗  ✓
 *
 * The decision depends on the request alone; for `probability`, on its number. A policy has no state, so other requests do not
 * affect it.
 *
 * @module
 */
import { ArgumentError, type Layout } from "@alloc/core";
import { requireOptions, shown } from "@alloc/core/author";
import { integer } from "../arguments.ts";

/** Methods that may fail: `resizeInPlace` by returning false, all others by returning NULL. */
export type RequestCall = "allocate" | "allocateZeroed" | "grow" | "growZeroed" | "shrink" | "resizeInPlace";

/** A request that may fail. */
export interface AllocRequest {
  /** Its number, from 1. */
  readonly index: number;
  /** The method that was called. */
  readonly call: RequestCall;
  /** The requested layout; for a resize, the new one. Its size is never 0. */
  readonly layout: Layout;
}

/**
 * Which requests fail.
 *
 * | policy | fails |
 * |---|---|
 * | `{ at: n }` | the n-th only |
 * | `{ after: n }` | all but the first n |
 * | `{ every: n }` | the n-th, the 2n-th, … |
 * | `{ largerThan: bytes }` | requests of a larger size |
 * | `{ probability, seed }` | this share, from 0 to 1, pseudo-randomly: the same requests for the same seed |
 * | a function | requests for which it returns true |
 */
export type FaultPolicy =
  | { readonly at: number }
  | { readonly after: number }
  | { readonly every: number }
  | { readonly largerThan: number }
  | { readonly probability: number; readonly seed: number }
  | ((request: AllocRequest) => boolean);

const KINDS = ["at", "after", "every", "largerThan", "probability"] as const;

/**
 * Converts a policy to a predicate.
 *
 * @throws `ArgumentError` if it is not a policy, or a number is out of range
 */
export function predicateOf(policy: FaultPolicy): (request: AllocRequest) => boolean {
  if (typeof policy === "function") return policy;
  requireOptions("failing(allocator, { at: 3 })", policy, [...KINDS, "seed"]);
  const given = policy as Partial<Record<(typeof KINDS)[number] | "seed", number>>;
  const { at, after, every, largerThan, probability, seed } = given;
  const kinds = KINDS.filter((kind) => given[kind] !== undefined);
  if (kinds.length > 1) {
    throw new ArgumentError(
      `a policy is one of at, after, every, largerThan and probability, got ${kinds.join(" and ")}`,
    );
  }
  if (at !== undefined) {
    integer("at", at, 1);
    return ({ index }) => index === at;
  }
  if (after !== undefined) {
    integer("after", after, 0);
    return ({ index }) => index > after;
  }
  if (every !== undefined) {
    integer("every", every, 1);
    return ({ index }) => index % every === 0;
  }
  if (largerThan !== undefined) {
    integer("largerThan", largerThan, 0);
    return ({ layout }) => layout.size > largerThan;
  }
  if (probability !== undefined) {
    const start = integer("seed", seed as number, 0);
    if (!(probability >= 0 && probability <= 1)) {
      throw new ArgumentError(`probability must be a number from 0 to 1, got ${shown(probability)}`);
    }
    return ({ index }) => coin(start, index) < probability;
  }
  const has = Object.keys(policy).join(", ") || "nothing";
  throw new ArgumentError(
    `expected a policy with at, after, every, largerThan, or probability and seed, or a function; got ${has}`,
  );
}

/** Returns a pseudo-random number in [0, 1): splitmix's output function at a position of its sequence. */
function coin(seed: number, index: number): number {
  let bits = (seed + Math.imul(index, 0x9e3779b9)) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}
