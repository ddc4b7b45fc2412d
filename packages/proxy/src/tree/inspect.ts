/**
 * Inspect: `console.log(chain)` as a tree, where the engine asks an object how it shall be printed.
 *
 *     console.log(chain) ──▶ util.inspect ──▶ chain[Symbol.for("nodejs.util.inspect.custom")]() ──▶ tree(chain)
 *
 * @module
 */
import { Allocator, inspectKey } from "@alloc/core";
import { tree } from "./tree.ts";

/**
 * Has every allocator printed as its {@link tree} from now on, by `util.inspect` and so by `console.log`: in Node, Deno and Bun.
 * One that prints itself, as `stats` does, goes on to; one that was disposed says so. For the start of a program, or a
 * console: it changes `Allocator.prototype` of the one copy of `@alloc/core` that this package has.
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
