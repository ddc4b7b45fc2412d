/**
 * Refusal: what the kit's own parents and byte hooks throw, to see what an allocator makes of it.
 *
 * @module
 */

/** Thrown on purpose, into the middle of an operation. */
export class Refusal extends Error {
  override readonly name: "Refusal";

  constructor(what: string) {
    super(`${what} throws, as the kit wants it`);
    this.name = "Refusal";
  }
}

/** How deep the causes of an error are followed. */
const DEPTH = 8;

/** Whether an error is a refusal, was caused by one, or has one among its errors. */
export function isRefusal(error: unknown, depth = DEPTH): boolean {
  if (error instanceof Refusal) return true;
  if (depth === 0) return false;
  const { errors, cause } = Object(error) as { errors?: unknown; cause?: unknown };
  if (Array.isArray(errors) && errors.some((each) => isRefusal(each, depth - 1))) return true;
  return cause !== undefined && isRefusal(cause, depth - 1);
}
