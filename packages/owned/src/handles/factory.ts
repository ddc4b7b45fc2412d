/**
 * Factory: what makes handles, bound to an allocator or not.
 *
 *     Box.new(f64, 1, heap)          the allocator is named
 *     Box.in(heap).new(f64, 1)       it need not be
 *
 * @module
 */
import { type Allocator, attempt, handleAllocError, type Layout, type Ptr, rethrow } from "@alloc/core";
import type { Type } from "../values/type.ts";

export abstract class Factory<A extends Allocator = Allocator> {
  /** Who is asked where nobody is named. */
  readonly home: A | undefined;

  constructor(home?: A) {
    this.home = home;
  }

  in(allocator: A): this {
    return new (this.constructor as new (home: A) => this)(allocator);
  }
}

/** Returns a handle, or throws where there was no room for it. */
export function orNoRoom<H>(
  handle: H | undefined,
  layout: Layout,
  kind: string,
  type: Pick<Type<unknown>, "@alloc/Type">,
): H {
  return handle ?? handleAllocError(layout, ` for ${kind} of ${type["@alloc/Type"]}`);
}

/**
 * Does with a new block what may fail. If it does, the block goes back where it came from, unless its allocator was reset or ended
 * meanwhile; and what was thrown goes on, whatever comes of that.
 */
export function orGiveBack<R>(allocator: Allocator, block: Ptr, layout: Layout, use: () => R): R {
  const { epoch } = allocator;
  try {
    return use();
  } catch (error) {
    const errors = [error];
    if (allocator.epoch === epoch) attempt(errors, () => allocator.deallocate(block, layout));
    rethrow(errors);
    throw error;
  }
}
