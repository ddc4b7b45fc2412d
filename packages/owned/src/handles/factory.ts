/**
 * Factory: makes handles, optionally bound to an allocator.
 *
 *     Box.new(f64, 1, heap)          with an allocator
 *     Box.in(heap).new(f64, 1)       bound to one
 *
 * @module
 */
import { type Allocator, handleAllocError, type Layout, type Ptr } from "@alloc/core";
import { attempt, rethrow, shown } from "@alloc/core/author";
import { OwnedError } from "../errors.ts";
import type { Type } from "../values/type.ts";

export abstract class Factory<A extends Allocator = Allocator> {
  /** The allocator to use if none is passed. */
  readonly home: A | undefined;

  constructor(home?: A) {
    this.home = home;
  }

  in(allocator: A): this {
    if (typeof allocator?.allocate !== "function") {
      throw new OwnedError(
        "allocator",
        `in expects an allocator, got ${shown(allocator)}: write in(heap).new(type, …)`,
      );
    }
    return new (this.constructor as new (home: A) => this)(allocator);
  }
}

/** Returns a handle, or throws an AllocError if there is none. */
export function orNoRoom<H>(
  handle: H | undefined,
  layout: Layout,
  kind: string,
  type: Pick<Type<unknown>, "@alloc/Type">,
): H {
  return handle ?? handleAllocError(layout, ` for ${kind} of ${type["@alloc/Type"]}`);
}

/**
 * Runs a step that may fail with a new block. On failure releases the block, unless its allocator was reset or ended meanwhile,
 * and rethrows the error.
 */
export function orGiveBack<R>(allocator: Allocator, block: Ptr, layout: Layout, use: () => R): R {
  const { epoch } = allocator;
  try {
    return use();
  } catch (error) {
    giveBack(allocator, epoch, block, layout, error);
  }
}

/** Releases a block after a failure, as {@link orGiveBack} does, and rethrows the error. */
export function giveBack(allocator: Allocator, epoch: number, block: Ptr, layout: Layout, error: unknown): never {
  const errors = [error];
  if (allocator.epoch === epoch) attempt(errors, () => allocator.deallocate(block, layout));
  rethrow(errors);
  throw error;
}
