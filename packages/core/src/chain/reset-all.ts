/**
 * Resetting a combinator without state of its own.
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import type { Capabilities } from "../allocator/capabilities.ts";
import { attempt, rethrow } from "../base/attempt.ts";

/**
 * Resets a combinator: ends the allocators that take chunks from it, resets its children, first to last, and changes its epoch.
 * Errors do not stop it. For authors of combinators; one with counters does the same steps and clears the counters between them.
 *
 * @throws the error of a reset; an `AggregateError` for several
 */
export function resetAll(combinator: Allocator): void {
  const errors: unknown[] = [];
  combinator.endTenants(errors);
  for (const child of combinator.children) attempt(errors, () => (child as Partial<Capabilities>).reset?.());
  combinator.epochChanged();
  rethrow(errors);
}
