/**
 * Leaks: handles that were collected without having been disposed of, with the stack of their making.
 *
 *     a handle is made      ──▶ registered, with a stack
 *     it is spent           ──▶ forgotten
 *     it is collected first ──▶ reported
 *
 * It reports and never frees: when the collector runs is no part of a program's meaning.
 *
 * @module
 */
import type { Ptr } from "@alloc/core";

/** A handle that nobody disposed of. */
export interface Leak {
  /** `"Box"`, `"Rc"`, … */
  readonly kind: string;
  /** What it held: `"struct { x, y }"`. */
  readonly type: string;
  /** Where its value lies, still. */
  readonly ptr: Ptr;
  /** The stack of its making. */
  readonly stack: string;
}

/** What is registered, as a handle is seen here. */
interface Watched {
  readonly kind: string;
  readonly type: { readonly "@alloc/Type": string };
  readonly address: Ptr;
}

let watching: FinalizationRegistry<Leak> | undefined;

/**
 * Reports from now on each handle that is collected without having been disposed of: by default with a message for the console.
 * For development: each handle made from then on costs a stack trace.
 *
 * @param report - called once for each leak, some time after the last reference to the handle is gone, or never: engines
 *   promise no more
 * @returns a function that ends it; what was called last counts
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { Box, f64, reportLeaks } from "@alloc/owned";
 *
 * const stop = reportLeaks(({ kind, type, stack }) => console.warn(`a ${kind} of ${type} was leaked`, stack));
 * Box.new(f64, 1, pages()); // nobody disposes of it: reported when it is collected
 * stop();
 * ```
 */
export function reportLeaks(report: (leak: Leak) => void = warn): () => void {
  const mine = new FinalizationRegistry(report);
  watching = mine;
  return () => {
    if (watching === mine) watching = undefined;
  };
}

function warn({ kind, type, ptr, stack }: Leak): void {
  console.warn(`a ${kind} of ${type} at ${ptr} was collected, and nobody disposed of it; it was made here:\n${stack}`);
}

/** Registers a handle, if somebody wants reports. */
export function watch(handle: Watched): void {
  if (watching === undefined) return;
  const { kind, type, address: ptr } = handle;
  const stack = new Error().stack ?? "";
  watching.register(handle, { kind, type: type["@alloc/Type"], ptr, stack }, handle);
}

/** Forgets a handle that is spent. */
export function forget(handle: Watched): void {
  watching?.unregister(handle);
}
