/**
 * handleAllocError: the end for callers that cannot go on without room, and a hook that runs before it.
 *
 *     handleAllocError(layout) ──▶ hook(layout) ── returns ──▶ throws AllocError
 *                                               └─ throws ───▶ its error propagates
 *
 * A hook that runs out of memory itself calls this again; while a hook runs, a nested call skips it. This prevents endless
 * recursion, also between two copies of this package, because the hook is stored per realm.
 *
 * @module
 */
import { AllocError, ArgumentError, requireLayout, shown } from "../base/errors.ts";
import { realm } from "../chain/realm.ts";
import type { Layout } from "../values/layout.ts";

type AllocErrorHook = (layout: Layout) => void;

const defaultHook: AllocErrorHook = () => {};

/**
 * Signals that an allocation failed. Never returns. Call it on behalf of others with the layout that could not be served, as
 * `orThrow` does.
 *
 * @param hint - a clause for the end of the message. Default: none
 * @throws `AllocError`, or the error that the hook throws
 * @example
 * ```ts
 * import { handleAllocError, Layout, NULL, pages } from "@alloc/core";
 *
 * const layout = Layout.of(64);
 * const ptr = pages().allocate(layout);
 * if (ptr === NULL) handleAllocError(layout);
 * pages().deallocate(ptr, layout); // here it is a Ptr
 * ```
 */
export function handleAllocError(layout: Layout, hint = ""): never {
  requireLayout(layout, "handleAllocError");
  const home = realm();
  if (!home.isHandling) {
    home.isHandling = true;
    try {
      home.hook?.(layout);
    } finally {
      home.isHandling = false;
    }
  }
  throw new AllocError(layout, hint);
}

/**
 * Sets the hook that {@link handleAllocError} runs before it throws, replacing the previous one: to log, or to throw an error of
 * the program's own. A hook that returns does not prevent the throw. It should not allocate from the allocator that failed.
 *
 * @param hook - receives the layout that could not be served; its return value is ignored
 * @throws `TypeError` if the hook is not a function
 * @example
 * ```ts
 * import { handleAllocError, Layout, setAllocErrorHook } from "@alloc/core";
 * import { takeAllocErrorHook } from "@alloc/core/compat";
 *
 * const failed: number[] = [];
 * setAllocErrorHook((layout) => failed.push(layout.size));
 * try {
 *   handleAllocError(Layout.of(64));
 * } catch (error) {
 *   (error as Error).message; // => "memory allocation of 64 bytes failed"
 * }
 * takeAllocErrorHook();
 * failed; // => [64]
 * ```
 */
export function setAllocErrorHook(hook: AllocErrorHook): void {
  if (typeof hook !== "function")
    throw new ArgumentError(
      `setAllocErrorHook expects a function, got ${shown(hook)}: write setAllocErrorHook((layout) => { … })`,
    );
  realm().hook = hook;
}

/**
 * Removes the hook. The default one, which does nothing, is in force from then on.
 *
 * @returns the hook that was set, or the default one
 */
export function takeAllocErrorHook(): AllocErrorHook {
  const home = realm();
  const { hook = defaultHook } = home;
  home.hook = undefined;
  return hook;
}
