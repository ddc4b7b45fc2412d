/**
 * Resetting a combinator that has no account of its own.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import { attempt, rethrow } from "./attempt.ts";
import type { Capabilities } from "./capabilities.ts";

/**
 * Resets the children of a combinator, first to last: what takes chunks from it ends before, an error stops nothing, and the
 * epoch changes. For authors of combinators; one that counts does the same steps and clears its counts between them.
 *
 * @throws what a reset threw; an `AggregateError` if that were several errors
 */
export function resetAll(combinator: Allocator): void {
  const errors: unknown[] = [];
  combinator.endTenants(errors);
  for (const child of combinator.children) attempt(errors, () => (child as Partial<Capabilities>).reset?.());
  combinator.epochChanged();
  rethrow(errors);
}
