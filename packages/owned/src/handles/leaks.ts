/**
 * Leaks: handles that were garbage-collected without being disposed of, with the stack of their creation.
 *
 *     a handle is made              ──▶ registered, with a stack
 *     it is spent                   ──▶ unregistered
 *     it is collected before that   ──▶ reported
 *
 * It only reports and never frees, because garbage collection must not affect the behaviour of a program.
 *
 * @module
 */
import type { Ptr } from "@alloc/core";
import { requireFunction } from "@alloc/core/author";

/** A handle that was not disposed of. */
export interface Leak {
  /** `"Box"`, `"Rc"`, … */
  readonly kind: string;
  /** Type of its value: `"struct { x, y }"`. */
  readonly type: string;
  /** Address of its value, which is still there. */
  readonly ptr: Ptr;
  /** Stack of its creation. */
  readonly stack: string;
}

/** The parts of a handle needed here. */
interface Watched {
  readonly kind: string;
  readonly type: { readonly "@alloc/Type": string };
  readonly address: Ptr;
}

let watching: FinalizationRegistry<Leak> | undefined;

/**
 * Reports every handle that is garbage-collected without being disposed of. For development: every handle made from now on costs
 * a stack trace.
 *
 * @param report - called once per leak, some time after the last reference is gone, or never: engines promise no more. Default: a
 *   warning on the console
 * @returns a function that stops the reports; the most recent call replaces earlier ones
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { Box, f64, reportLeaks } from "@alloc/owned";
 *
 * const stop = reportLeaks(({ kind, type, stack }) => console.warn(`a ${kind} of ${type} was leaked`, stack));
 * Box.new(f64, 1, pages()); // never disposed of: reported when it is collected
 * stop();
 * ```
 */
export function reportLeaks(report: (leak: Leak) => void = warn): () => void {
  requireFunction("reportLeaks((leak) => console.warn(leak))", report);
  const mine = new FinalizationRegistry(report);
  watching = mine;
  return () => {
    if (watching === mine) watching = undefined;
  };
}

function warn({ kind, type, ptr, stack }: Leak): void {
  console.warn(`a ${kind} of ${type} at ${ptr} was collected without being disposed of; it was made here:\n${stack}`);
}

/** Registers a handle if reports are on. */
export function watch(handle: Watched): void {
  if (watching === undefined) return;
  const { kind, type, address: ptr } = handle;
  const stack = new Error().stack ?? "";
  watching.register(handle, { kind, type: type["@alloc/Type"], ptr, stack }, handle);
}

/** Unregisters a spent handle. */
export function forget(handle: Watched): void {
  watching?.unregister(handle);
}
