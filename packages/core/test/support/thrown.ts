/**
 * What a call throws.
 *
 * @module
 */

/** Runs a call and returns what it throws; undefined if it throws nothing. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
