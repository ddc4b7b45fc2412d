/**
 * What may be registered: an allocator, of whatever copy of the core, or an object in Rust's shape. Both are known by
 * their parts, which are looked at now: a missing one would be missed in the middle of a program.
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import { fromGlobalAlloc, type GlobalAlloc } from "./global-alloc.ts";

/** Global has it, and that of another copy of this package. */
export const BRAND = "@alloc/Global";

/** What Global forwards, and what its description asks. */
const OF_ALLOCATOR = [
  "allocate",
  "allocateZeroed",
  "grow",
  "growZeroed",
  "shrink",
  "deallocate",
  "usableSize",
  "footprint",
  "describeSelf",
];
const OF_GLOBAL_ALLOC = ["alloc", "dealloc"];
const MAY_BE_LEFT_OUT = ["allocZeroed", "realloc"];

/**
 * Returns what was given as an allocator.
 *
 * @param who - the function that it was given to, for the message
 * @throws `TypeError` if a part is missing or no function, or if the allocator leads to Global
 */
export function accept(who: string, given: Allocator | GlobalAlloc): Allocator {
  const parts: Readonly<Record<string, unknown>> = Object(given);
  const isAllocator = "allocate" in parts;
  // First, since to ask Global for its memory is to use it.
  if (isAllocator && leadsToGlobal(given as Allocator)) {
    throw new TypeError(`${who} came upon Global, which would forward to itself without end; use System in its place`);
  }
  const functions = isAllocator
    ? OF_ALLOCATOR
    : [...OF_GLOBAL_ALLOC, ...MAY_BE_LEFT_OUT.filter((name) => parts[name] !== undefined)];
  const lacking = functions.find((name) => typeof parts[name] !== "function");
  if (lacking !== undefined || Object(parts.memory) !== parts.memory) {
    throw new TypeError(
      `${who} needs an Allocator (Allocator.from makes one), or an object with memory, alloc and dealloc; ` +
        `came one with ${lacking === undefined ? "no memory" : `${lacking}: ${typeof parts[lacking]}`}`,
    );
  }
  return isAllocator ? (given as Allocator) : fromGlobalAlloc(given as GlobalAlloc);
}

function leadsToGlobal(allocator: Allocator): boolean {
  const { parent, children = [] } = allocator;
  return BRAND in allocator || [parent, ...children].some((next) => next !== undefined && leadsToGlobal(next));
}
