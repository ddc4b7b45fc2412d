/**
 * Acceptance: which objects may be registered: an allocator, of any copy of the core, or an object in Rust's shape. Both are
 * recognised by their methods, which are checked here: a missing one would only show up in the middle of a program.
 *
 * @module
 */
import { type Allocator, ArgumentError } from "@alloc/core";
import { shown } from "@alloc/core/author";
import { fromGlobalAlloc, type GlobalAlloc } from "./global-alloc.ts";

/** A property of Global, in every copy of this package. */
export const BRAND = "@alloc/Global";

/** The methods that Global forwards to, and those for its description. */
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
 * Returns an object as an allocator.
 *
 * @param caller - the calling function, for the message
 * @throws `TypeError` if a part is missing or not a function, or if the allocator leads to Global
 */
export function accept(caller: string, given: Allocator | GlobalAlloc): Allocator {
  const parts: Readonly<Record<string, unknown>> = Object(given);
  const isAllocator = "allocate" in parts;
  // First, because reading the memory of Global counts as use.
  if (isAllocator && leadsToGlobal(given as Allocator)) {
    throw new ArgumentError(
      `${caller} got an allocator that leads to Global, which would call itself endlessly; use System instead`,
    );
  }
  const functions = isAllocator
    ? OF_ALLOCATOR
    : [...OF_GLOBAL_ALLOC, ...MAY_BE_LEFT_OUT.filter((name) => parts[name] !== undefined)];
  const lacking = functions.find((name) => typeof parts[name] !== "function");
  if (lacking !== undefined || Object(parts.memory) !== parts.memory) {
    throw new ArgumentError(
      `${caller} needs an Allocator (Allocator.from makes one), or an object with memory, alloc and dealloc; ` +
        (Object(given) === given
          ? `got one with ${lacking === undefined ? "no memory" : `${lacking}: ${typeof parts[lacking]}`}`
          : `got ${shown(given)}`),
    );
  }
  return isAllocator ? (given as Allocator) : fromGlobalAlloc(given as GlobalAlloc);
}

function leadsToGlobal(allocator: Allocator): boolean {
  const { parent, children = [] } = allocator;
  return BRAND in allocator || [parent, ...children].some((next) => next !== undefined && leadsToGlobal(next));
}
