/**
 * Misuse: what a scope says to those who use it wrongly.
 *
 *     position    below its start      start … tip           tip …            of scopes that ended
 *     says        foreign-pointer      wrong-layout, or      double-free      closed-scope
 *                                      double-free
 *
 * @module
 */
import { type Layout, MisuseError, type Ptr } from "@alloc/core";
import { CLOSED_FROM, CLOSED_TO, TIP } from "./region.ts";

export function locked(): MisuseError {
  return new MisuseError("open-scope", "this scope is locked while one is open inside of it; use or end that one");
}

export function reentrant(): MisuseError {
  return new MisuseError(
    "reentrant",
    "a scope was opened in this one while it asked its parent for a chunk; open it before or after",
  );
}

/**
 * Finds out what is wrong with a block that is not live in a scope.
 *
 * @param position - that of `ptr`
 * @param mark - of the scope
 */
export function misuseAt(
  ptr: Ptr,
  layout: Layout,
  position: number,
  mark: Float64Array,
  words: Float64Array,
): MisuseError {
  if (position < mark[TIP]!) {
    return new MisuseError(
      "foreign-pointer",
      `${ptr} does not lie in this scope; give a block back where it came from`,
    );
  }
  if (position < words[TIP]!) {
    return new MisuseError("wrong-layout", `${layout} at ${ptr} would end behind the last live block of this scope`);
  }
  if (position >= words[CLOSED_FROM]! && position < words[CLOSED_TO]!) {
    return new MisuseError("closed-scope", `the block at ${ptr} ended with its scope; keep no pointer to it`);
  }
  return new MisuseError("double-free", `no block is live at ${ptr}; it was released before`);
}

/** Throws if the body of a scope was async. */
export function refusePromise(result: unknown): void {
  const promise = result as PromiseLike<unknown> | null | undefined;
  if (typeof promise?.then !== "function") return;
  // It will fail, as its scope ends too early; that is told here, and once.
  promise.then(undefined, () => {});
  throw new TypeError(
    "the body of a scope must not be async, since the scope ends when it returns; in an async function write `using inner = region.frame()`",
  );
}
