/**
 * Capabilities: what an allocator may be able to do beyond the contract.
 *
 *     leaf                  its own capabilities
 *     wrapper of one child  the child's
 *     several children      owns, reset, sizeAt, blocks if every child has it; resizeInPlace, check, trim if any has it
 *
 * A capability is there or it is not: it is never a method that always fails. The type of an allocator names its capabilities, so what
 * a chain cannot do does not compile; at run time `can` tells. A class has all capabilities that its instances may have, and
 * {@link withCapabilities} answers a subclass in which the absent ones are undefined. There is one per class and set of capabilities,
 * so that chains of one kind share few hidden classes.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import type { BlockVisitor } from "./blocks.ts";
import type { Layout } from "./layout.ts";
import type { Ptr } from "./ptr.ts";

export interface Capabilities {
  /**
   * Tells whether an address lies in what this allocator hands out, live or not. NULL and the dangling addresses of
   * layouts up to align 64 KiB do not.
   */
  owns(ptr: Ptr): boolean;

  /** Forgets every block at once. No pointer from before may be used again. */
  reset(): void;

  /**
   * Resizes a block without moving it. Bytes up to the smaller size stay; false is an answer and changes nothing. It is
   * false where the align changes, and where a size is 0.
   */
  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean;

  /** Has `drop` run when the scope of this allocator ends, last in first out. */
  defer(drop: () => void): void;

  /**
   * Returns the usable bytes of the live block at an address. An allocator that knows them takes the block back by
   * `Layout.of(sizeAt(ptr), 1)` too: that is release without a size, as C's `free` does it.
   */
  sizeAt(ptr: Ptr): number;

  /** Throws an `Error` where an invariant of the bookkeeping is broken. */
  check(): void;

  /** Gives back to the parent all that is not in use. */
  trim(): void;

  /**
   * Visits every live block and every cached or free range, in the order of their addresses; no two overlap. Nothing may be allocated
   * or released meanwhile. `occupancy` sums it up.
   */
  blocks(visit: BlockVisitor): void;
}

/** The name of a capability. */
export type Capability = keyof Capabilities;

/** An allocator that also has the capabilities `P`. */
export type Can<P extends Capability> = Allocator & Pick<Capabilities, P>;

/** The capabilities that an allocator of type `A` is known to have. */
export type CapabilitiesOf<A> = Extract<keyof A, Capability>;

const ALL: readonly Capability[] = ["owns", "reset", "resizeInPlace", "defer", "sizeAt", "check", "trim", "blocks"];

/**
 * Tells whether an allocator has a capability, to the compiler too.
 *
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
  return typeof (allocator as Partial<Capabilities>)[capability] === "function";
}

type Machine = abstract new (...args: never[]) => Allocator;
const variants = new WeakMap<Machine, Map<string, Machine>>();

/**
 * Returns the class for instances that have only some of the capabilities of `Base`: `Base` itself if none is missing, and
 * otherwise a subclass, the same one for the same set. For those who write a combinator. O(capabilities).
 *
 * @param Base - a class with a method for every capability that an instance may have
 * @param has - whether the instance to be made has a capability
 */
export function withCapabilities<C extends Machine>(Base: C, has: (capability: Capability) => boolean): C {
  const missing = ALL.filter((capability) => capability in Base.prototype && !has(capability));
  if (missing.length === 0) return Base;
  const key = `${missing}`;
  const known = variants.get(Base) ?? new Map<string, Machine>();
  const variant = known.get(key) ?? without(Base, missing);
  variants.set(Base, known.set(key, variant));
  return variant as C;
}

/** Makes the class once; see `withCapabilities` for why it is cached. */
function without(Base: Machine, missing: readonly Capability[]): Machine {
  abstract class Variant extends Base {}
  Object.defineProperty(Variant, "name", { value: Base.name });
  for (const capability of missing) Object.defineProperty(Variant.prototype, capability, { value: undefined });
  return Variant;
}
