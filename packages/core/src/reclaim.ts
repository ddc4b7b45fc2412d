/**
 * Reclaiming: before there is no room, those that have room to spare are asked for it.
 *
 *     system (waits for pages) ──▶ pages.allocate ── no room ──▶ freeList.trim, cascade.trim ──▶ again, or NULL
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import type { Capabilities } from "./capabilities.ts";
import { above, membersOf } from "./kin.ts";
import { isRetired } from "./kind.ts";

/**
 * Asks what stands on an allocator to give back what it does not need: what stands on others before these, so that their chunks
 * are free by then. Left alone is what waits in the middle of a call, and all that leads to it.
 */
export function trimTenants(allocator: Allocator): void {
  const trimmed = new Set<Allocator>();
  for (const upper of standingOn(allocator)) {
    const { trim } = upper as Partial<Capabilities>;
    if (trimmed.has(upper) || typeof trim !== "function" || isRetired(upper) || leadsTo(upper, isWaiting)) continue;
    try {
      trim.call(upper);
      // With a combinator its children were asked.
      for (const each of membersOf(upper)) trimmed.add(each);
    } catch {
      // Its own trouble is no reason to fail for the one that needs room now: its next call tells of it.
    }
  }
}

/** Returns all that stands on an allocator, each behind what stands on it. */
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

/** Whether something holds of an allocator or of one that a call of it may lead to: a child, or a parent. */
function leadsTo(allocator: Allocator, holds: (allocator: Allocator) => boolean): boolean {
  const members = new Set<Allocator>([allocator]);
  for (const each of members) {
    if (holds(each)) return true;
    for (const child of each.children) members.add(child);
    if (each.parent !== undefined) members.add(each.parent);
  }
  return false;
}
