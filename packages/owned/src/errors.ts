/**
 * The error of the owning handles. As in the core, misuse detected by an allocator is a MisuseError and missing room an
 * AllocError.
 *
 * @module
 */

/**
 * Reason of an {@link OwnedError}.
 *
 * | code | the caller |
 * |---|---|
 * | `type` | passed something that is not a value type, or tried to make an invalid one |
 * | `allocator` | passed no allocator, or something else in its place |
 * | `value` | passed a value that does not fit its type |
 * | `alias` | passed a view or a copy of a live value that has a drop function: it would be dropped twice |
 * | `index` | used an index out of range |
 * | `borrowed` | accessed a value in a way that a current borrow excludes |
 * | `no-clone` | cloned a value that has a drop function but no clone function |
 * | `count` | made more owners of a value than its count can hold |
 * | `memory` | put an Rc into memory shared between threads, or an Arc into memory that is not |
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
 *   message; // => "u8: expected an integer from 0 to 255, got 256"
 * }
 * ```
 */
export class OwnedError extends Error {
  /** Always `"OwnedError"`. */
  override readonly name: "OwnedError";
  /** What went wrong; each code has a section in docs/errors.md. */
  readonly code: OwnedCode;

  constructor(code: OwnedCode, message: string) {
    super(message);
    this.name = "OwnedError";
    this.code = code;
  }
}

/** Maximum length of a name in a message, in characters. */
const NAME = 80;

/** Shortens a name that is too long for a message. */
export function clipped(name: string): string {
  return name.length > NAME ? `${name.slice(0, NAME)}…` : name;
}
