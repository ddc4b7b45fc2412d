/**
 * Inspect: `console.log(chain)` as a tree, in engines that let objects print themselves.
 *
 *     console.log(chain) ──▶ util.inspect ──▶ chain[Symbol.for("nodejs.util.inspect.custom")]() ──▶ tree(chain)
 *
 * @module
 */
import { Allocator } from "@alloc/core";
import { inspectKey } from "@alloc/core/author";
import { tree } from "./tree.ts";

/**
 * Makes `util.inspect`, and so `console.log`, print every allocator as its {@link tree}, in Node, Deno and Bun. Allocators that
 * print themselves, such as `stats`, still do; a disposed one says so. Call it at the start of a program or in a console: it
 * changes `Allocator.prototype` in the copy of `@alloc/core` that this package uses.
 *
 * @example
 * ```ts
 * import { inspect } from "node:util";
 * import { pages } from "@alloc/core";
 * import { inspectAsTree, tree } from "@alloc/proxy";
 *
 * inspectAsTree();
 * inspect(pages()) === tree(pages()); // => true
 * ```
 */
export function inspectAsTree(): void {
  Allocator.prototype[inspectKey] = function (this: Allocator) {
    return tree(this);
  };
}
