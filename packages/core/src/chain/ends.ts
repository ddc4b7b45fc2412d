/**
 * Ends: which allocators end together, and in which order.
 *
 *     dispose()   tenants, the newest first  ▸  settle()  ▸  children, first to last  ▸  close()  ▸  retired
 *     reset()     tenants, the newest first  ▸  children and own accounts             ▸  epoch changed
 *
 * Every tenant ends before the allocator that its chunks come from, while everything still works. Errors do not stop this; they
 * are thrown at the end. So no allocator ever depends on one that has ended. A drop that disposes an allocator which is already
 * ending changes nothing.
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import { rethrow } from "../base/attempt.ts";
import { above, leave, tenantsOf } from "./kin.ts";
import { isRetired } from "./kind.ts";
import { realm } from "./realm.ts";
import { retire } from "./retire.ts";

/** Ends an allocator, its tenants and its children. Does nothing if it is already ending. */
export function endAllocator(allocator: Allocator): void {
  const { ending, kin } = realm().ends;
  // A drop may call `dispose` again.
  for (let index = 0; index < ending.length; index++) {
    if (ending[index]!.allocator === allocator && ending[index]!.by === "dispose") return;
  }
  const errors: unknown[] = [];
  ending.push({ allocator, by: "dispose", kind: undefined });
  try {
    // Most have no kin: for a frame of a region, which lives as long as a call, every step counts.
    if (kin.has(allocator)) disposeTenants(allocator, errors);
    try {
      allocator.settle();
    } catch (error) {
      errors.push(error);
    }
    if (allocator.children.length !== 0) {
      for (const child of [...allocator.children]) dispose(child, errors);
    }
    // Drops may have made new ones.
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

/** Like `attempt`, with one stack frame less per level of a chain. */
function dispose(allocator: Allocator, errors: unknown[]): void {
  try {
    allocator.dispose();
  } catch (error) {
    errors.push(error);
  }
}

/** Ends the tenants of an allocator before its reset. */
export function endTenants(allocator: Allocator, errors: unknown[]): void {
  const { ending } = realm().ends;
  ending.push({ allocator, by: "reset", kind: undefined });
  try {
    disposeTenants(allocator, errors);
  } finally {
    ending.pop();
  }
}

/** Ends the tenants of an allocator and of the chains built on it, including those that drops make meanwhile. */
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

/** Changes the epoch of an allocator and of the chains built on it. */
export function changeEpoch(allocator: Allocator): void {
  if (above(allocator).length === 0) {
    (allocator as { epoch: number }).epoch++;
    return;
  }
  // A set may grow during iteration: added items are visited too.
  const made = new Set<Allocator>([allocator]);
  for (const lower of made) {
    (lower as { epoch: number }).epoch++;
    for (const upper of above(lower)) if (upper.parent !== lower) made.add(upper);
  }
}
