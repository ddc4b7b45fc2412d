/**
 * Factory: what makes handles, bound to an allocator or not.
 *
 *     Box.new(f64, 1, heap)          the allocator is named
 *     Box.in(heap).new(f64, 1)       it need not be
 *
 * @module
 */
import { type Allocator, AllocError, type Layout } from "@alloc/core";
import type { Type } from "./type.ts";

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

/** Answers a handle, or throws where there was no room for it. */
export function orNoRoom<H>(
  handle: H | undefined,
  layout: Layout,
  kind: string,
  type: Pick<Type<unknown>, "@alloc/Type">,
): H {
  if (handle !== undefined) return handle;
  throw new AllocError(layout, ` for ${kind} of ${type["@alloc/Type"]}`);
}
