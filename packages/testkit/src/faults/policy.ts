/**
 * Policy: which requests fail.
 *
 *     request            1  2  3  4  5  6  7
 *     { at: 3 }          ✓  ✓  ✗  ✓  ✓  ✓  ✓
 *     { after: 3 }       ✓  ✓  ✓  ✗  ✗  ✗  ✗
 *     { every: 3 }       ✓  ✓  ✗  ✓  ✓  ✗  ✓
 *
 * Whether a request fails is a function of that request alone, of its number too where there is a coin. So a policy has no
 * state, and what it does to one request does not hang on which others there were.
 *
 * @module
 */
import type { Layout } from "@alloc/core";

/** The methods that may fail: all but `resizeInPlace` by the answer NULL, and that by false. */
export type RequestCall = "allocate" | "allocateZeroed" | "grow" | "growZeroed" | "shrink" | "resizeInPlace";

/** A request that may fail. */
export interface AllocRequest {
  /** Its number, from 1. */
  readonly index: number;
  readonly call: RequestCall;
  /** What is asked for: of a resize, the new layout. Its size is never 0. */
  readonly layout: Layout;
}

/**
 * Which requests fail.
 *
 * | policy | fails |
 * |---|---|
 * | `{ at: n }` | the n-th alone |
 * | `{ after: n }` | all but the first n |
 * | `{ every: n }` | the n-th, the 2n-th, … |
 * | `{ largerThan: bytes }` | those of a larger size |
 * | `{ probability, seed }` | so large a part of them, from 0 to 1, by a coin: the same ones for the same seed |
 * | a function | those for which it answers true |
 */
export type FaultPolicy =
  | { readonly at: number }
  | { readonly after: number }
  | { readonly every: number }
  | { readonly largerThan: number }
  | { readonly probability: number; readonly seed: number }
  | ((request: AllocRequest) => boolean);

/**
 * Makes a policy a function.
 *
 * @throws `RangeError` if a number of it cannot be, `TypeError` if it is none
 */
export function predicateOf(policy: FaultPolicy): (request: AllocRequest) => boolean {
  if (typeof policy === "function") return policy;
  if ("at" in policy) {
    const at = integer("at", policy.at, 1);
    return ({ index }) => index === at;
  }
  if ("after" in policy) {
    const after = integer("after", policy.after, 0);
    return ({ index }) => index > after;
  }
  if ("every" in policy) {
    const every = integer("every", policy.every, 1);
    return ({ index }) => index % every === 0;
  }
  if ("largerThan" in policy) {
    const bytes = integer("largerThan", policy.largerThan, 0);
    return ({ layout }) => layout.size > bytes;
  }
  if ("probability" in policy) {
    const { probability } = policy;
    const seed = integer("seed", policy.seed, 0);
    if (!(probability >= 0 && probability <= 1)) {
      throw new RangeError(`probability must be a number from 0 to 1, came ${probability}`);
    }
    return ({ index }) => coin(seed, index) < probability;
  }
  const has = Object.keys(policy).join(", ") || "nothing";
  throw new TypeError(
    `a policy has at, after, every, largerThan, or probability and seed, or is a function; came one with ${has}`,
  );
}

/** Answers a number from 0 to less than 1 that looks random: the output function of splitmix, at a place of its sequence. */
function coin(seed: number, index: number): number {
  let bits = (seed + Math.imul(index, 0x9e3779b9)) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}

/** Answers `value` if it is an integer from `least` on, or throws. */
export function integer(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`${name} must be an integer from ${least} on, came ${value}`);
}
