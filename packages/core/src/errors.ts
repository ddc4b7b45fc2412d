/**
 * The three errors of the library. Running out of memory is none of them: that is the answer NULL.
 *
 * They are known by `name` and `code`, never by `instanceof`: a program may hold two copies of this package.
 *
 * @module
 */
import { isAlignment } from "./align.ts";
import type { Layout } from "./layout.ts";

/** Says which argument of a {@link Layout} constructor could not be. */
export type LayoutCode = "size" | "align" | "count" | "field";

/** Thrown where a size, an alignment, a count or a field cannot make a layout. */
export class LayoutError extends RangeError {
  override readonly name: "LayoutError";
  readonly code: LayoutCode;

  constructor(code: LayoutCode, message: string) {
    super(message);
    this.name = "LayoutError";
    this.code = code;
  }
}

/**
 * Thrown by those who turn NULL into a throw: `orThrow`, and constructors that need a chunk of their parent.
 *
 * @example
 * ```ts
 * import { AllocError, Layout } from "@alloc/core";
 *
 * new AllocError(Layout.of(64)).message; // => "memory allocation of 64 bytes failed"
 * ```
 */
export class AllocError extends Error {
  override readonly name: "AllocError";
  readonly code: "no-room";
  /** What was asked for. */
  readonly layout: Layout;

  constructor(layout: Layout, hint = "") {
    super(`memory allocation of ${layout.size} bytes failed${hint}`);
    this.name = "AllocError";
    this.code = "no-room";
    this.layout = layout;
  }
}

/**
 * Names a misuse.
 *
 * | code | what the caller did |
 * |---|---|
 * | `double-free` | gave back a block that is not live any more |
 * | `interior-pointer` | passed an address inside a block that is not its start |
 * | `foreign-pointer` | passed an address that this allocator does not hand out |
 * | `wrong-layout` | passed a layout that does not fit the block |
 * | `overflow` | wrote before the start or behind the end of a block |
 * | `write-after-free` | wrote into a block that is not live any more |
 * | `closed-scope` | used a block or an allocator of a scope that has ended |
 * | `open-scope` | used an outer scope while an inner one is open |
 * | `disposed` | used an allocator after its `dispose` |
 * | `no-bytes` | wanted to read, copy or zero bytes of a memory that has none |
 * | `other-memory` | combined allocators that work in different memories |
 * | `misroute` | combined allocators so that a release could reach the wrong one |
 * | `shared-reset` | combined an allocator with its own parent, so that a reset of both would take its chunk away |
 * | `out-of-bounds` | named bytes outside the memory |
 * | `misaligned` | asked for a view at an address that is not a multiple of its element size |
 * | `reentrant` | changed, from inside a function that an operation calls, what the operation works on |
 * | `owned` | gave a combinator a child that another one owns |
 * | `detached` | used a memory whose buffer was transferred away |
 * | `too-small` | made the root of a memory that can never serve a block |
 */
export type MisuseCode =
  | "double-free"
  | "interior-pointer"
  | "foreign-pointer"
  | "wrong-layout"
  | "overflow"
  | "write-after-free"
  | "closed-scope"
  | "open-scope"
  | "disposed"
  | "no-bytes"
  | "other-memory"
  | "misroute"
  | "shared-reset"
  | "out-of-bounds"
  | "misaligned"
  | "reentrant"
  | "owned"
  | "detached"
  | "too-small";

/** Thrown where an allocator detects that it is used wrongly. What it can see, its `detects` declares. */
export class MisuseError extends Error {
  override readonly name: "MisuseError";
  readonly code: MisuseCode;

  constructor(code: MisuseCode, message: string) {
    super(message);
    this.name = "MisuseError";
    this.code = code;
  }
}

/**
 * Throws an `Error` unless an invariant of an allocator's bookkeeping holds. For the `check` of an allocator: what it finds
 * is a fault of the allocator, or of someone who wrote into its words.
 *
 * @param holds - the invariant
 * @param what - what must hold, in words; asked only if it does not
 */
export function invariant(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Error(`broken invariant: ${what()}`);
}

/**
 * Throws a `TypeError` that names the part if an object lacks one of those it needs.
 *
 * @internal
 */
export function requireParts(who: string, parts: object, names: readonly string[]): void {
  const missing = names.find((name) => (parts as Record<string, unknown>)[name] == null);
  if (missing !== undefined) throw new TypeError(`${who} needs ${names.join(", ")}; ${missing} is missing`);
}

/**
 * Throws a `TypeError` that shows the right call unless a value is a layout. For slow paths: a fast path is written so that what
 * is no layout leads there.
 *
 * @param value - what was passed as a layout
 * @param call - the method it was passed to: `"allocate"`
 * @example
 * ```ts
 * import { requireLayout } from "@alloc/core";
 *
 * let said = "";
 * try {
 *   requireLayout(64, "allocate");
 * } catch (error) {
 *   said = (error as Error).message;
 * }
 * said; // => "allocate expects a Layout, got 64: write allocate(Layout.of(64))"
 * ```
 */
export function requireLayout(value: unknown, call: string): void {
  const { size, align } = Object(value) as { size?: unknown; align?: unknown };
  if (isByteCount(size) && isByteCount(align) && isAlignment(align) && size <= 2 ** 32 - align) return;
  const bytes = isByteCount(value) ? value : isByteCount(size) ? size : "size";
  const more = TAKE_NO_POINTER.includes(call) ? "" : "ptr, ";
  throw new TypeError(`${call} expects a Layout, got ${shown(value)}: write ${call}(${more}Layout.of(${bytes}))`);
}

/** As {@link requireLayout}, for the two layouts of a call that resizes. */
export function requireLayouts(from: unknown, to: unknown, call: string): void {
  requireLayout(from, call);
  requireLayout(to, call);
}

const TAKE_NO_POINTER = ["allocate", "allocateZeroed", "usableSize"];

function isByteCount(value: unknown): value is number {
  return typeof value === "number" && value >>> 0 === value;
}

/** Characters of a value in an error message. */
const MOST_SHOWN = 40;

/** Returns a short text for a value of any kind. */
export function shown(value: unknown): string {
  if (typeof value === "object" && value !== null) {
    const { constructor: made } = value;
    return typeof made === "function" ? `an object of ${cut(made.name)}` : "an object of no class";
  }
  if (typeof value === "function") return "a function";
  // Cut before it is written out, since that may take long.
  return cut(typeof value === "string" ? JSON.stringify(value.slice(0, MOST_SHOWN + 1)) : String(value));
}

function cut(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

/** Makes the error for an address that is NULL where a block is expected. */
export function nullPointer(call: string): MisuseError {
  return new MisuseError("foreign-pointer", `${call} expects the address of a block, got NULL`);
}
