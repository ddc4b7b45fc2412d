/**
 * Attempts: steps that all have to be done, whatever one of them throws.
 *
 *     attempt(errors, a) ─▶ attempt(errors, b) ─▶ attempt(errors, c) ─▶ rethrow(errors)
 *         runs                 runs, throws ─▶ errors    runs               throws what b threw
 *
 * @module
 */
import { hide } from "./hide.ts";

/** What tells an error that was made here from an `AggregateError` of somebody else. */
const OURS = Symbol.for("@alloc/errors");

/** Runs a step, and keeps what it throws for {@link rethrow}. */
export function attempt(errors: unknown[], step: () => void): void {
  try {
    step();
  } catch (error) {
    errors.push(error);
  }
}

/**
 * Throws what attempts have collected: a single error as it is, several as one `AggregateError`, which lists also those that such
 * an error lists. Does nothing if there is none.
 *
 * @param errors - what was thrown, in that order
 * @example
 * ```ts
 * import { attempt, rethrow } from "@alloc/core";
 *
 * const errors: unknown[] = [];
 * const done: string[] = [];
 * attempt(errors, () => JSON.parse("{"));
 * attempt(errors, () => done.push("all the same"));
 * done; // => ["all the same"]
 * errors.length; // => 1
 * ```
 */
export function rethrow(errors: readonly unknown[]): void {
  if (errors.length === 0) return;
  if (errors.length === 1) throw errors[0];
  const all = errors.flatMap((error) => (isOurs(error) ? error.errors : [error]));
  const error = new AggregateError(all, `${all.length} errors, one after the other: see errors`);
  hide(error, { [OURS]: true });
  throw error;
}

function isOurs(error: unknown): error is AggregateError {
  return (Object(error) as { [OURS]?: boolean })[OURS] === true;
}
