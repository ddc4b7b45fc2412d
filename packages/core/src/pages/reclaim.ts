/**
 * Reclaiming: before an allocation fails, other tenants are asked to return unused memory.
 *
 *     system (waits for pages) ──▶ pages.allocate ── no room ──▶ freeList.trim, cascade.trim ──▶ again, or NULL
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import type { Capabilities } from "../allocator/capabilities.ts";
import { above, membersOf } from "../chain/kin.ts";
import { isRetired } from "../chain/kind.ts";

/**
 * Trims the tenants of an allocator, upper ones first, so that their chunks are free when the lower ones are trimmed. Skips every
 * allocator that is busy, or that may call a busy one.
 */
export function trimTenants(allocator: Allocator): void {
  const trimmed = new Set<Allocator>();
  for (const upper of standingOn(allocator)) {
    const { trim } = upper as Partial<Capabilities>;
    if (trimmed.has(upper) || typeof trim !== "function" || isRetired(upper) || leadsTo(upper, isWaiting)) continue;
    try {
      trim.call(upper);
      // A combinator has trimmed its children.
      for (const each of membersOf(upper)) trimmed.add(each);
    } catch {
      // Its error must not fail the caller that needs room now; its own next call will throw it.
    }
  }
}

/** Returns all allocators built on one, upper ones first. */
function standingOn(allocator: Allocator): Set<Allocator> {
  const done = new Set<Allocator>();
  const seen = new Set<Allocator>();
  const visit = (lower: Allocator): void => {
    for (const upper of above(lower)) {
      if (seen.has(upper)) continue;
      seen.add(upper);
      visit(upper);
      done.add(upper);
    }
  };
  visit(allocator);
  return done;
}

function isWaiting(allocator: Allocator): boolean {
  return allocator.isBusy;
}

/** Whether a predicate holds for an allocator or for any that its calls may reach: children and parents. */
function leadsTo(allocator: Allocator, holds: (allocator: Allocator) => boolean): boolean {
  const members = new Set<Allocator>([allocator]);
  for (const each of members) {
    if (holds(each)) return true;
    for (const child of each.children) members.add(child);
    if (each.parent !== undefined) members.add(each.parent);
  }
  return false;
}
