/**
 * Attempts: steps that must all run, even if some of them throw.
 *
 *     attempt(errors, a) ─▶ attempt(errors, b) ─▶ attempt(errors, c) ─▶ rethrow(errors)
 *         runs                 runs, throws ─▶ errors    runs               throws the error of b
 *
 * @module
 */
import { hide } from "./hide.ts";

/** Marks the `AggregateError`s made here. */
const OURS = Symbol.for("@alloc/errors");

/** Runs a step and collects its error for {@link rethrow}. */
export function attempt(errors: unknown[], step: () => void): void {
  try {
    step();
  } catch (error) {
    errors.push(error);
  }
}

/**
 * Throws the collected errors: a single error as it is, several as one `AggregateError`. Such errors are flattened if they were
 * made here. Does nothing if there are none.
 *
 * @param errors - the errors in the order in which they were thrown
 * @example
 * ```ts
 * import { attempt, rethrow } from "@alloc/core/author";
 *
 * const errors: unknown[] = [];
 * const done: string[] = [];
 * attempt(errors, () => JSON.parse("{"));
 * attempt(errors, () => done.push("anyway"));
 * done; // => ["anyway"]
 * errors.length; // => 1
 * ```
 */
export function rethrow(errors: readonly unknown[]): void {
  if (errors.length === 0) return;
  if (errors.length === 1) throw errors[0];
  const all = errors.flatMap((error) => (isOurs(error) ? error.errors : [error]));
  const error = new AggregateError(all, `${all.length} errors were thrown: see errors`);
  hide(error, { [OURS]: true });
  throw error;
}

function isOurs(error: unknown): error is AggregateError {
  return (Object(error) as { [OURS]?: boolean })[OURS] === true;
}
