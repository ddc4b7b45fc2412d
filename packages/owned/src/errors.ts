/**
 * The error of the owning handles. What an allocator sees stays a MisuseError, and no room an AllocError, as in the core.
 *
 * @module
 */

/**
 * Names what went wrong.
 *
 * | code | what the caller did |
 * |---|---|
 * | `type` | passed something that is no value type, or made one of what cannot be one |
 * | `allocator` | passed no allocator, or something that is none |
 * | `value` | passed a value that does not fit its type |
 * | `index` | named an element that is not there |
 * | `borrowed` | asked for a value that is borrowed in a way that excludes it |
 * | `no-clone` | wanted a copy of a value that has a drop function and no clone function |
 * | `memory` | put an Rc into a memory that other threads see, or an Arc into one that they do not |
 */
export type OwnedCode = "type" | "allocator" | "value" | "index" | "borrowed" | "no-clone" | "memory";

/**
 * Thrown where a handle or a value type is used wrongly. Known by `name` and `code`, never by `instanceof`.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { Box, type OwnedError, u8 } from "@alloc/owned";
 *
 * try {
 *   Box.new(u8, 256, pages());
 * } catch (error) {
 *   const { name, code, message } = error as OwnedError;
 *   [name, code]; // => ["OwnedError", "value"]
 *   message; // => "u8: an integer from 0 to 255 was expected, came 256"
 * }
 * ```
 */
export class OwnedError extends Error {
  override readonly name: "OwnedError";
  readonly code: OwnedCode;

  constructor(code: OwnedCode, message: string) {
    super(message);
    this.name = "OwnedError";
    this.code = code;
  }
}

/** Says what came, shortly. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 30 ? `${value.slice(0, 30)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null
    ? `an ${Array.isArray(value) ? "array" : "object"}`
    : String(value);
}

/** Calls a function and keeps what it throws. */
export function attempt(call: () => void, errors: unknown[]): void {
  try {
    call();
  } catch (error) {
    errors.push(error);
  }
}

/** Throws what was collected, if anything. */
export function rethrow(errors: readonly unknown[], what: string): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1)
    throw new AggregateError(errors, `${errors.length} errors while ${what} was dropped: see errors`);
}
