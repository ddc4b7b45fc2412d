/**
 * Misuse: the errors of a scope.
 *
 *     position    below its start      start … tip           tip …            of scopes that ended
 *     says        foreign-pointer      wrong-layout, or      double-free      closed-scope
 *                                      double-free
 *
 * @module
 */
import { type Allocator, ArgumentError, type Layout, type MisuseError, type Ptr } from "@alloc/core";
import { misuseOf } from "@alloc/core/author";
import { CLOSED_FROM, CLOSED_TO, TIP } from "./region.ts";

export function locked(region: Allocator): MisuseError {
  return misuseOf(region, "open-scope", "this scope is locked while a scope is open inside it; use or end that one");
}

export function reentrant(region: Allocator): MisuseError {
  return misuseOf(
    region,
    "reentrant",
    "a scope was opened in this one while it was asking its parent for a chunk; open it before or after",
  );
}

/**
 * Makes the error for a block that is not live in a scope.
 *
 * @param region - the outermost scope, which may have a name
 * @param position - the position of `ptr`
 * @param mark - the mark of the scope
 */
export function misuseAt(
  region: Allocator,
  ptr: Ptr,
  layout: Layout,
  position: number,
  mark: Float64Array,
  words: Float64Array,
): MisuseError {
  if (position < mark[TIP]!) {
    return misuseOf(
      region,
      "foreign-pointer",
      `${ptr} does not lie in this scope; release a block through the scope it came from`,
    );
  }
  if (position < words[TIP]!) {
    return misuseOf(region, "wrong-layout", `${layout} at ${ptr} would end after the last live block of this scope`);
  }
  if (position >= words[CLOSED_FROM]! && position < words[CLOSED_TO]!) {
    return misuseOf(region, "closed-scope", `the block at ${ptr} ended with its scope; do not keep pointers to it`);
  }
  return misuseOf(region, "double-free", `no block is live at ${ptr}; it was released before`);
}

/** Throws if the body of a scope returned a promise. */
export function refusePromise(result: unknown): void {
  const promise = result as PromiseLike<unknown> | null | undefined;
  if (typeof promise?.then !== "function") return;
  // The promise will reject because its scope ended too early; this error reports it already.
  promise.then(undefined, () => {});
  throw new ArgumentError(
    "the body of a scope must not be async, because the scope ends when it returns; in an async function, write `using inner = region.frame()`",
  );
}
