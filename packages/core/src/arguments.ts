/**
 * Arguments of factories: checks for JavaScript callers, with messages that show the right call.
 *
 *     freeList(64, { parent: memory })   ──▶   freeList expects an allocator as its parent, got an object of Memory:
 *                                              write freeList(blockSize, { parent: pages(memory) })
 *
 * They run once when an allocator is made, so they cost calls nothing.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import { shown } from "./errors.ts";
import { isAllocator } from "./kind.ts";
import { pages } from "./pages.ts";

/**
 * Throws unless a value is an allocator.
 *
 * @param call - the function it was passed to: `"limit"`
 * @param example - the call as it should be written: `"limit(allocator, bytes)"`
 * @throws `TypeError` that shows the right call
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { requireAllocator } from "@alloc/core/author";
 *
 * requireAllocator("limit", pages(), "limit(allocator, bytes)");
 * ```
 */
export function requireAllocator(call: string, value: unknown, example?: string): asserts value is Allocator {
  if (isAllocator(value)) return;
  const write = example === undefined ? "" : `: write ${example}`;
  throw new TypeError(`${call} expects an allocator, got ${shown(value)}${write}`);
}

/**
 * Throws unless a value is an object of options. An allocator is none.
 *
 * @param call - the function it was passed to, as it is written: `"bucketize(make, { from, to, step })"`
 * @throws `TypeError` that shows the right call
 * @example
 * ```ts
 * import { requireOptions } from "@alloc/core/author";
 *
 * requireOptions("budget({ bytes })", { bytes: 1000 });
 * ```
 */
export function requireOptions(call: string, value: unknown): void {
  // An allocator has a `parent` too, so the compiler takes it for options.
  if (typeof value === "object" && value !== null && !isAllocator(value)) return;
  throw new TypeError(`${call.replace(/\(.*/, "")} expects an object of options, got ${shown(value)}: write ${call}`);
}

/**
 * Returns the parent that a leaf takes its chunks from: that of its options, or `pages()`.
 *
 * @param call - the function the options were passed to, as it is written: `"freeList(blockSize, { parent: pages(memory) })"`
 * @throws `TypeError` that shows the right call
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { parentOf } from "@alloc/core/author";
 *
 * parentOf("system({ parent: pages(memory) })", {}) === pages(); // => true
 * ```
 */
export function parentOf(call: string, options: { readonly parent?: Allocator | undefined }): Allocator {
  requireOptions(call, options);
  const { parent = pages() } = options;
  if (isAllocator(parent)) return parent;
  throw new TypeError(
    `${call.replace(/\(.*/, "")} expects an allocator as its parent, got ${shown(parent)}: write ${call}`,
  );
}
