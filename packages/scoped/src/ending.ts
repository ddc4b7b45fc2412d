/**
 * Ending: what happens when a scope ends, in the order that loses nothing.
 *
 *     frames still open in it, innermost first  ──▶  its drops, the last one first  ──▶  its memory is given up
 *                        ✗                                    ✗                          one error: thrown as it is
 *                                                                                        several: an AggregateError
 *
 * Each drop runs once, whatever the others throw. While they run the scope is open as before: a drop may read its blocks, ask
 * for more, defer another drop, open a frame, or end the scope itself. So what is left to do is looked up anew before each
 * step, and a scope that has ended meanwhile is left alone.
 *
 * What takes chunks from a scope ends behind the drops, and before the memory is given up.
 *
 * @module
 */
import { attempt } from "@alloc/core";

/** A scope as its ending detects it. */
export interface Ending {
  /** Its index in `scopes`. */
  readonly level: number;
  /** The scopes that are open, the innermost last. */
  readonly scopes: readonly Ending[];
  readonly drops: (() => void)[];
  /** Ends what takes chunks from it, and then the scope itself. Nothing is open or deferred in it any more. */
  finish(): void;
}

/** Whether a scope has not ended. */
export function isOpen(scope: Ending): boolean {
  return scope.scopes[scope.level] === scope;
}

/** Ends the frames that are open in a scope and runs its drops, until there are neither. Returns what they threw. */
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
 * Ends a scope, if it has not ended. Returns what its drops threw, and those of the frames in it. A function and no method,
 * since the methods of a scope that has ended throw.
 */
export function end(scope: Ending): unknown[] {
  const errors = settle(scope);
  if (isOpen(scope)) attempt(errors, () => scope.finish());
  return errors;
}
