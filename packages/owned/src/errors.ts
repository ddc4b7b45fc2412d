/**
 * The error of the owning handles. What an allocator detects stays a MisuseError, and no room an AllocError, as in the core.
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
 * | `alias` | passed a view or a copy of a live value that has a drop function: it would be dropped twice |
 * | `index` | named an element that is not there |
 * | `borrowed` | asked for a value that is borrowed in a way that excludes it |
 * | `no-clone` | wanted a copy of a value that has a drop function and no clone function |
 * | `count` | made more owners of one value than its count can hold |
 * | `memory` | put an Rc into a memory that other threads see, or an Arc into one that they do not |
 */
export type OwnedCode =
  | "type"
  | "allocator"
  | "value"
  | "alias"
  | "index"
  | "borrowed"
  | "no-clone"
  | "count"
  | "memory";

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
 *   message; // => "u8: an integer from 0 to 255 was expected, got 256"
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

/** Characters of a name in a message. */
const NAME = 80;

/** Cuts a name that is too long for a message. */
export function clipped(name: string): string {
  return name.length > NAME ? `${name.slice(0, NAME)}…` : name;
}

/** Says what was given, briefly. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 30 ? `${value.slice(0, 30)}…` : value);
  if (typeof value === "bigint") return clipped(`${value}n`);
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null
    ? `an ${Array.isArray(value) ? "array" : "object"}`
    : clipped(String(value));
}
