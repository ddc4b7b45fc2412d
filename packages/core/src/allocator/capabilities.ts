/**
 * Capabilities: the optional methods of an allocator.
 *
 *     leaf                  its own capabilities
 *     wrapper of one child  the child's
 *     several children      owns, reset, sizeAt, blocks if every child has it; resizeInPlace, check, trim if any has it
 *
 * A capability is present or absent; it is never a method that always fails. The type of an allocator lists its capabilities, so
 * calling an absent one does not compile; at run time, test with `can`. A class has every capability that its instances may have;
 * {@link withCapabilities} returns a subclass in which the absent ones are undefined. There is one subclass per class and set of
 * capabilities, which keeps the number of hidden classes small.
 *
 * @module
 */
import { ArgumentError, isAllocator, shown } from "../base/errors.ts";
import type { Layout } from "../values/layout.ts";
import type { Ptr } from "../values/ptr.ts";
import type { Allocator } from "./allocator.ts";
import type { BlockVisitor } from "./blocks.ts";

/** The optional methods of an allocator. Test for one with {@link can}. */
export interface Capabilities {
  /**
   * Returns whether an address lies in the range that this allocator hands out, live or not. False for NULL and for the dangling
   * addresses of layouts up to align 64 KiB.
   */
  owns(ptr: Ptr): boolean;

  /** Ends every block at once. Earlier pointers must not be used again. */
  reset(): void;

  /**
   * Resizes a block without moving it. Bytes up to the smaller size are kept.
   *
   * @returns false if it cannot be resized in place, if the align changes or if a size is 0; nothing has changed then
   */
  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean;

  /** Registers a callback that runs when the scope of this allocator ends, last in, first out. */
  defer(drop: () => void): void;

  /**
   * Returns the usable bytes of the live block at an address. An allocator with `sizeAt` also accepts
   * `Layout.of(sizeAt(ptr), 1)` on release. This allows release without a size, like C's `free`.
   */
  sizeAt(ptr: Ptr): number;

  /** Throws an `Error` if an invariant of the bookkeeping is broken. */
  check(): void;

  /** Returns all unused memory to the parent. */
  trim(): void;

  /**
   * Visits every live block and every cached or free range in address order, without overlap. Do not allocate or release during
   * the visit. `occupancy` summarises the result.
   */
  blocks(visit: BlockVisitor): void;
}

/** The name of a capability. */
export type Capability = keyof Capabilities;

/** An allocator that also has the capabilities `P`. */
export type Can<P extends Capability> = Allocator & Pick<Capabilities, P>;

/** The capabilities that an allocator of type `A` is known to have. */
export type CapabilitiesOf<A> = Extract<keyof A, Capability>;

/** All capabilities. */
export const CAPABILITIES: readonly Capability[] = [
  "owns",
  "reset",
  "resizeInPlace",
  "defer",
  "sizeAt",
  "check",
  "trim",
  "blocks",
];

/**
 * Returns whether an allocator has a capability. Narrows its type.
 *
 * @param capability - `"owns"`, `"reset"`, `"resizeInPlace"`, `"defer"`, `"sizeAt"`, `"check"`, `"trim"` or `"blocks"`
 * @throws {@link ArgumentError} for anything else
 * @example
 * ```ts
 * import { type Allocator, can, pages } from "@alloc/core";
 *
 * const some: Allocator = pages();
 * can(some, "owns") && some.owns(some.memory.toPtr(1)); // => false
 * can(some, "trim"); // => false
 * ```
 */
export function can<A extends Allocator, P extends Capability>(allocator: A, capability: P): allocator is A & Can<P> {
  if (isAllocator(allocator) && CAPABILITIES.includes(capability)) {
    return typeof (allocator as Partial<Capabilities>)[capability] === "function";
  }
  const got = `${shown(allocator)} and ${shown(capability)}`;
  throw new ArgumentError(`can expects an allocator and a capability, got ${got}: write can(heap, "owns")`);
}

type Machine = abstract new (...args: never[]) => Allocator;
const variants = new WeakMap<Machine, Map<string, Machine>>();

/**
 * Returns a class whose instances have only some of the capabilities of `Base`: `Base` itself if none is missing, otherwise a
 * cached subclass. For authors of combinators. O(capabilities).
 *
 * @param Base - a class with a method for every capability that an instance may have
 * @param has - whether the instance has a capability
 */
export function withCapabilities<C extends Machine>(Base: C, has: (capability: Capability) => boolean): C {
  const missing = CAPABILITIES.filter((capability) => capability in Base.prototype && !has(capability));
  if (missing.length === 0) return Base;
  const key = `${missing}`;
  const known = variants.get(Base) ?? new Map<string, Machine>();
  const variant = known.get(key) ?? without(Base, missing);
  variants.set(Base, known.set(key, variant));
  return variant as C;
}

/** Makes the subclass. */
function without(Base: Machine, missing: readonly Capability[]): Machine {
  abstract class Variant extends Base {}
  Object.defineProperty(Variant, "name", { value: Base.name });
  for (const capability of missing) Object.defineProperty(Variant.prototype, capability, { value: undefined });
  return Variant;
}
