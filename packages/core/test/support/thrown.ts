/**
 * The error of a call.
 *
 * @module
 */

/** Runs a call and returns its error; undefined if it throws nothing. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
