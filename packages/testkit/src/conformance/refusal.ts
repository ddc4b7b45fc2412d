/**
 * Refusal: the error thrown by the kit's own parents and byte hooks, to test how an allocator handles it.
 *
 * @module
 */

/** Thrown on purpose in the middle of an operation. */
export class Refusal extends Error {
  override readonly name: "Refusal";

  constructor(what: string) {
    super(`${what} throws on purpose`);
    this.name = "Refusal";
  }
}

/** Maximum depth of causes followed. */
const DEPTH = 8;

/** Returns whether an error is a refusal, was caused by one, or contains one. */
export function isRefusal(error: unknown, depth = DEPTH): boolean {
  if (error instanceof Refusal) return true;
  if (depth === 0) return false;
  const { errors, cause } = Object(error) as { errors?: unknown; cause?: unknown };
  if (Array.isArray(errors) && errors.some((each) => isRefusal(each, depth - 1))) return true;
  return cause !== undefined && isRefusal(cause, depth - 1);
}
