/**
 * Attempts: steps that all have to be done, whatever one of them throws.
 *
 *     attempt(errors, a) ─▶ attempt(errors, b) ─▶ attempt(errors, c) ─▶ rethrow(errors)
 *         runs                 runs, throws ─▶ errors    runs               throws what b threw
 *
 * @module
 */

/** Runs a step, and keeps what it throws for {@link rethrow}. */
export function attempt(errors: unknown[], step: () => void): void {
  try {
    step();
  } catch (error) {
    errors.push(error);
  }
}

/**
 * Throws what attempts have collected: a single error as it is, several as one `AggregateError`. Does nothing if there is none.
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
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} errors, one after the other: see errors`);
}
