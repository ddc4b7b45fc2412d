/**
 * The errors of the core. Running out of memory is not an error: `allocate` returns NULL.
 *
 * Recognise them by `name` and `code`, never by `instanceof`: a program may hold two copies of this package.
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import type { Layout } from "../values/layout.ts";
import { isAlignment } from "./align.ts";

/** The invalid argument of a {@link Layout} constructor. */
export type LayoutCode = "size" | "align" | "count" | "field";

/** Thrown if a size, alignment, count or field name is invalid for a layout. */
export class LayoutError extends RangeError {
  /** The name of the class, for recognising the error. */
  override readonly name: "LayoutError";
  /** The invalid argument. */
  readonly code: LayoutCode;

  constructor(code: LayoutCode, message: string) {
    super(message);
    this.name = "LayoutError";
    this.code = code;
  }
}

/**
 * Thrown if an argument is not what a call expects. A `TypeError`, by name too, with a code. Its message says what was expected,
 * what was passed and what to write.
 *
 * @example
 * ```ts
 * import { type ArgumentError, find, pages } from "@alloc/core";
 *
 * try {
 *   find(pages(), 7 as never);
 * } catch (error) {
 *   const { name, code } = error as ArgumentError;
 *   [name, code]; // => ["TypeError", "argument"]
 * }
 * ```
 */
export class ArgumentError extends TypeError {
  /** Always `"argument"`. */
  readonly code: "argument";

  constructor(message: string) {
    super(message);
    this.code = "argument";
  }
}

/**
 * Thrown if there is no room, by functions that do not return NULL: `orThrow`, and constructors that need a chunk of their
 * parent.
 *
 * @example
 * ```ts
 * import { AllocError, Layout } from "@alloc/core";
 *
 * new AllocError(Layout.of(64)).message; // => "memory allocation of 64 bytes failed"
 * ```
 */
export class AllocError extends Error {
  /** The name of the class, for recognising the error. */
  override readonly name: "AllocError";
  /** Always `"no-room"`. */
  readonly code: "no-room";
  /** The requested layout. */
  readonly layout: Layout;

  /** @param hint - a clause for the end of the message. Default: none */
  constructor(layout: Layout, hint = "") {
    super(`memory allocation of ${bytesText(layout.size)} failed${hint}`);
    this.name = "AllocError";
    this.code = "no-room";
    this.layout = layout;
  }
}

/**
 * The kind of a misuse.
 *
 * | code | what the caller did |
 * |---|---|
 * | `double-free` | released a block that is not live any more |
 * | `interior-pointer` | passed an address inside a block instead of its start |
 * | `foreign-pointer` | passed an address that this allocator does not hand out |
 * | `wrong-layout` | passed a layout that does not fit the block |
 * | `overflow` | wrote before the start or past the end of a block |
 * | `write-after-free` | wrote into a block that is not live any more |
 * | `closed-scope` | used a block or an allocator of a scope that has ended |
 * | `open-scope` | used an outer scope while an inner one was open |
 * | `disposed` | used an allocator after its `dispose` |
 * | `no-bytes` | read, copied or zeroed bytes of a memory that has none |
 * | `other-memory` | combined allocators of different memories |
 * | `misroute` | combined allocators so that a release could reach the wrong one |
 * | `shared-reset` | combined an allocator with its own parent, so that resetting both would take its chunk away |
 * | `out-of-bounds` | named bytes outside the memory |
 * | `misaligned` | requested a view at an address that is not a multiple of its element size |
 * | `reentrant` | changed, inside a callback, the object that is being operated on |
 * | `owned` | gave a combinator a child that another one owns |
 * | `detached` | used a memory whose buffer was transferred away |
 * | `unattached` | allocated in shared bytes in which another thread may allocate |
 * | `shared-words` | replaced words that threads share: a fault of an allocator |
 * | `ambiguous-name` | looked for a name that two members of a chain have |
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
  | "unattached"
  | "shared-words"
  | "ambiguous-name"
  | "too-small";

/** The codes of all errors of the core. `@alloc/std` has a union of the codes of all packages. */
export type ErrorCode = LayoutCode | MisuseCode | "argument" | "no-room";

/** Thrown if an allocator detects a misuse. Its `detects` lists the kinds that it can detect. */
export class MisuseError extends Error {
  /** The name of the class, for recognising the error. */
  override readonly name: "MisuseError";
  /** The kind of misuse. */
  readonly code: MisuseCode;

  constructor(code: MisuseCode, message: string) {
    super(message);
    this.name = "MisuseError";
    this.code = code;
  }
}

/**
 * Throws an `Error` unless an invariant of an allocator's bookkeeping holds. For implementations of `check`: a broken invariant
 * means a bug in the allocator, or that something wrote into its words.
 *
 * @param holds - whether the invariant holds
 * @param what - describes the invariant; called only if it is broken
 */
export function invariant(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Error(`broken invariant: ${what()}`);
}

/**
 * Throws a `TypeError` that shows the right call unless a value is a layout. For slow paths: write the fast path so that anything
 * but a layout ends up there.
 *
 * @param value - the value passed as a layout
 * @param call - the method it was passed to: `"allocate"`
 * @example
 * ```ts
 * import { requireLayout } from "@alloc/core/author";
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
  if (isLayout(value)) return;
  const { size } = Object(value) as { size?: unknown };
  const bytes = isByteCount(value) ? value : isByteCount(size) ? size : "size";
  const more = TAKE_A_POINTER.includes(call) ? "ptr, " : "";
  throw new ArgumentError(`${call} expects a Layout, got ${shown(value)}: write ${call}(${more}Layout.of(${bytes}))`);
}

/**
 * What the fast path of a call reads in place of a missing layout: every comparison with its numbers is false, so the call takes its
 * slow path. That is shorter than a branch, and engines inline by length.
 *
 * @example
 * ```ts
 * import type { Layout } from "@alloc/core";
 * import { NO_LAYOUT, requireLayout } from "@alloc/core/author";
 *
 * function fits(layout: Layout): boolean {
 *   const { size, align } = layout ?? NO_LAYOUT;
 *   if (size <= 64 && align <= 8) return true;
 *   requireLayout(layout, "fits");
 *   return false;
 * }
 * fits({ size: 24, align: 8 } as Layout); // => true
 * ```
 */
export const NO_LAYOUT: { readonly size: number; readonly align: number } = { size: NaN, align: NaN };

/** As {@link requireLayout}, for the two layouts of a call that resizes. */
export function requireLayouts(from: unknown, to: unknown, call: string): void {
  requireLayout(from, call);
  requireLayout(to, call);
}

const TAKE_A_POINTER = ["deallocate", "grow", "growZeroed", "shrink", "resizeInPlace", "orThrow", "dealloc", "realloc"];

/** Whether a value is a layout, of any copy of this package. */
export function isLayout(value: unknown): value is Layout {
  // Not `Object(value)`, which takes longer: a resize asks this twice.
  const { size, align } = (value ?? NO_LAYOUT) as { size?: unknown; align?: unknown };
  return isByteCount(size) && typeof align === "number" && isAlignment(align) && size <= 2 ** 32 - align;
}

/** Returns whether a value is an allocator, of any copy of this package. */
export function isAllocator(value: unknown): value is Allocator {
  const { allocate, children } = Object(value) as { allocate?: unknown; children?: unknown };
  return typeof allocate === "function" && Array.isArray(children);
}

function isByteCount(value: unknown): value is number {
  return typeof value === "number" && value >>> 0 === value;
}

/** Whether a value is a WebAssembly.Memory, of any realm. Its class has the name of ours. */
export function isGuestMemory(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object WebAssembly.Memory]";
}

/** The longest text of a value in an error message. */
const MOST_SHOWN = 40;

/**
 * Returns a short text for a value of any type. For messages of errors.
 *
 * @example
 * ```ts
 * import { Layout } from "@alloc/core";
 * import { shown } from "@alloc/core/author";
 *
 * shown("64"); // => '"64"'
 * shown([1, 2]); // => "an array"
 * shown(new Map()); // => "an object of Map"
 * shown(Layout.of(20)); // => "a Layout of 20 bytes"
 * ```
 */
export function shown(value: unknown): string {
  if (typeof value === "object" && value !== null) {
    if (isAllocator(value)) return "an allocator";
    if (isLayout(value)) return `a Layout of ${bytesText(value.size)}`;
    if (isGuestMemory(value)) return "a WebAssembly.Memory";
    if (Array.isArray(value)) return "an array";
    const { constructor: made } = value;
    // A bundler puts `_` before the name of a class that names itself.
    const name = typeof made === "function" ? cut(made.name.replace(/^_(?=[A-Z])/, "")) : "";
    return name === "" || name === "Object" ? "an object" : `an object of ${name}`;
  }
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return cut(`${value}n`);
  // Cut first, because printing a long string takes long.
  if (typeof value === "string") return cut(JSON.stringify(value.slice(0, MOST_SHOWN + 1)), '"');
  return cut(String(value));
}

/**
 * Returns a number of bytes as a text. For messages of errors.
 *
 * @param bytes - a number; anything else is shown as {@link shown} shows it
 * @example
 * ```ts
 * import { bytesText } from "@alloc/core/author";
 *
 * bytesText(64); // => "64 bytes"
 * bytesText(1); // => "1 byte"
 * ```
 */
export function bytesText(bytes: unknown): string {
  return bytes === 1 ? "1 byte" : `${shown(bytes)} bytes`;
}

function cut(text: string, end = ""): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…${end}` : text;
}

/** Makes the error for NULL where a block is expected. */
export function nullPointer(call: string): MisuseError {
  return new MisuseError("foreign-pointer", `${call} expects the address of a block, got NULL`);
}
