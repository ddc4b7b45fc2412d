/**
 * Inspect: `console.log(chain)` as a tree, where the engine asks an object how it shall be printed.
 *
 *     console.log(chain) ──▶ util.inspect ──▶ chain[Symbol.for("nodejs.util.inspect.custom")]() ──▶ tree(chain)
 *
 * @module
 */
import { Allocator } from "@alloc/core";
import { tree } from "./tree.ts";

/** By this symbol Node, Deno and Bun ask. */
const KEY = Symbol.for("nodejs.util.inspect.custom");

/**
 * Has every allocator printed as its {@link tree} from now on, by `util.inspect` and so by `console.log`: in Node, Deno and Bun.
 * One that prints itself, as `stats` does, goes on to; one that was disposed prints its fields. For the start of a program, or a
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
  Object.defineProperty(Allocator.prototype, KEY, {
    configurable: true,
    // After dispose all methods are one function, which throws: who looks at such an allocator shall see it.
    get(this: Allocator) {
      return this.allocate === this.usableSize ? undefined : () => tree(this);
    },
    // For an allocator that prints itself.
    set(this: Allocator, value: unknown) {
      Object.defineProperty(this, KEY, { value, configurable: true, writable: true });
    },
  });
}
