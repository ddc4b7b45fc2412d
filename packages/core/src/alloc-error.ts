/**
 * handleAllocError: the end for callers who cannot go on without room, and a hook before it.
 *
 *     handleAllocError(layout) ──▶ hook(layout) ── returns ──▶ throws AllocError
 *                                               └─ throws ───▶ that goes on
 *
 * A hook that runs out of memory itself comes here again: while one runs, the default takes its place, which does
 * nothing. So there is always an end, also between two copies of this package, since the hook is one of the realm.
 *
 * @module
 */
import { AllocError, shown } from "./errors.ts";
import type { Layout } from "./layout.ts";
import { realm } from "./realm.ts";

type AllocErrorHook = (layout: Layout) => void;

const defaultHook: AllocErrorHook = () => {};

/**
 * Signals that an allocation failed, and never returns. Whoever allocates on behalf of others calls it with the
 * layout that there was no room for; `orThrow` does.
 *
 * @param hint - a clause for the end of the message. Default: none
 * @throws `AllocError`, or what the hook throws
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
 * Sets what {@link handleAllocError} runs before it throws, in place of what was set before: to log, or to throw an
 * error of the program's own. A hook that returns prevents nothing. It should not allocate from the allocator that
 * failed.
 *
 * @param hook - told the layout that there was no room for; what it returns is ignored
 * @throws `TypeError` if the hook is not a function
 * @example
 * ```ts
 * import { handleAllocError, Layout, setAllocErrorHook, takeAllocErrorHook } from "@alloc/core";
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
  if (typeof hook !== "function") throw new TypeError(`setAllocErrorHook needs a function, got ${shown(hook)}`);
  realm().hook = hook;
}

/**
 * Takes the hook away: from now on the default one stands, which does nothing.
 *
 * @returns the hook that was set, or the default one
 */
export function takeAllocErrorHook(): AllocErrorHook {
  const home = realm();
  const { hook = defaultHook } = home;
  home.hook = undefined;
  return hook;
}
