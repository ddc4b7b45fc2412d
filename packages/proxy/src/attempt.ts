/**
 * Attempt: several things that shall all be done, whatever one of them throws.
 *
 * @module
 */

/** Calls, and keeps what was thrown. */
export function attempt(call: () => void, errors: unknown[]): void {
  try {
    call();
  } catch (error) {
    errors.push(error);
  }
}

/** Throws what was collected, if anything: one error as it is, several as an `AggregateError`. */
export function rethrow(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} errors: see errors`);
}
