/**
 * Ends: what ends with what, and in which order.
 *
 *     dispose()   tenants, the newest first  ▸  settle()  ▸  children, first to last  ▸  close()  ▸  retired
 *     reset()     tenants, the newest first  ▸  children and own accounts             ▸  epoch changed
 *
 * What takes chunks from an allocator ends before it, while all still works. Whatever throws, all of that is done, and then the error
 * is thrown. So nothing ever stands on an allocator that has ended. A drop that disposes what is ending already changes nothing: it
 * ends in its turn.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import { rethrow } from "./attempt.ts";
import { above, leave, tenantsOf } from "./kin.ts";
import { isRetired } from "./kind.ts";
import { realm } from "./realm.ts";
import { retire } from "./retire.ts";

/** Ends an allocator, with all that stands on it and all that it owns. Does nothing if it is ending already. */
export function endAllocator(allocator: Allocator): void {
  const { ending, kin } = realm().ends;
  // A drop may ask for it.
  for (let index = 0; index < ending.length; index++) {
    if (ending[index]!.allocator === allocator && ending[index]!.by === "dispose") return;
  }
  const errors: unknown[] = [];
  ending.push({ allocator, by: "dispose", kind: undefined });
  try {
    // Most have no kin: a frame of a region, which lives as long as a call. Each step here costs that.
    if (kin.has(allocator)) disposeTenants(allocator, errors);
    try {
      allocator.settle();
    } catch (error) {
      errors.push(error);
    }
    if (allocator.children.length !== 0) {
      for (const child of [...allocator.children]) dispose(child, errors);
    }
    // Drops may have made some.
    if (kin.has(allocator)) disposeTenants(allocator, errors);
    try {
      allocator.close();
    } catch (error) {
      errors.push(error);
    }
  } finally {
    ending.pop();
  }
  const isAlone = allocator.children.length === 0 && !kin.has(allocator);
  if (isAlone) (allocator as { epoch: number }).epoch++;
  else changeEpoch(allocator);
  retire(allocator);
  if (!isAlone) leave(allocator);
  if (errors.length !== 0) rethrow(errors);
}

/** As `attempt`, with one frame less for each level of a chain. */
function dispose(allocator: Allocator, errors: unknown[]): void {
  try {
    allocator.dispose();
  } catch (error) {
    errors.push(error);
  }
}

/** Ends what stands on an allocator before that is reset. */
export function endTenants(allocator: Allocator, errors: unknown[]): void {
  const { ending } = realm().ends;
  ending.push({ allocator, by: "reset", kind: undefined });
  try {
    disposeTenants(allocator, errors);
  } finally {
    ending.pop();
  }
}

/** Ends what takes chunks from an allocator or from what is made of it: also what the drops of such a one make meanwhile. */
function disposeTenants(allocator: Allocator, errors: unknown[]): void {
  let tenants = tenantsOf(allocator);
  if (tenants.length === 0) return;
  const tried = new Set<Allocator>();
  while (tenants.length !== 0) {
    for (const tenant of tenants) {
      tried.add(tenant);
      if (!isRetired(tenant)) dispose(tenant, errors);
    }
    tenants = tenantsOf(allocator).filter((tenant) => !tried.has(tenant));
  }
}

/** Notes, here and in all that is made of it, that blocks of an allocator have ended. */
export function changeEpoch(allocator: Allocator): void {
  if (above(allocator).length === 0) {
    (allocator as { epoch: number }).epoch++;
    return;
  }
  // A set may grow while it is walked: what is added is walked too.
  const made = new Set<Allocator>([allocator]);
  for (const lower of made) {
    (lower as { epoch: number }).epoch++;
    for (const upper of above(lower)) if (upper.parent !== lower) made.add(upper);
  }
}
