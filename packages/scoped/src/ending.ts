/**
 * Ending: the steps that end a scope, in an order that loses nothing.
 *
 *     open frames in it, innermost first  ──▶  its drops, last in, first out  ──▶  its memory is released
 *                        ✗                               ✗                         one error: thrown as it is
 *                                                                                  several: an AggregateError
 *
 * Each drop runs once, whatever others throw. While they run the scope is still open: a drop may read its blocks, allocate more,
 * defer another drop, open a frame, or end the scope itself. Therefore the remaining work is looked up before each step, and a
 * scope that has ended meanwhile is left alone.
 *
 * Allocators that take chunks from a scope end after the drops, before the memory is released.
 *
 * @module
 */
import { attempt } from "@alloc/core/author";

/** The part of a scope that is used here. */
export interface Ending {
  /** Its index in `scopes`. */
  readonly level: number;
  /** The open scopes, the innermost last. */
  readonly scopes: readonly Ending[];
  readonly drops: (() => void)[];
  /** Ends the tenants of the scope, then the scope itself, which has no open frames and no drops any more. */
  finish(): void;
}

/** Whether a scope has not ended. */
export function isOpen(scope: Ending): boolean {
  return scope.scopes[scope.level] === scope;
}

/** Ends the open frames of a scope and runs its drops, until there are neither. Returns the errors. */
export function settle(scope: Ending): unknown[] {
  const errors: unknown[] = [];
  while (isOpen(scope)) {
    const innermost = scope.scopes.at(-1)!;
    if (innermost !== scope) {
      errors.push(...end(innermost));
      continue;
    }
    const drop = scope.drops.pop();
    if (drop === undefined) break;
    attempt(errors, drop);
  }
  return errors;
}

/**
 * Ends a scope unless it has ended. Returns the errors of its drops and of the frames in it. Not a method, because the methods of
 * a scope that has ended throw.
 */
export function end(scope: Ending): unknown[] {
  const errors = settle(scope);
  if (isOpen(scope)) attempt(errors, () => scope.finish());
  return errors;
}
