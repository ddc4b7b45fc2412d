/**
 * Null: no room, always. It ends a chain where nothing else shall be tried, and is the least that an allocator can be.
 *
 * @module
 */
import {
  Allocator,
  defaultMemory,
  type Footprint,
  type Layout,
  type Memory,
  type MisuseCode,
  MisuseError,
  type Null,
  type Powers,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";

/** An allocator that never has room. */
export interface NullAllocator extends Allocator, Pick<Powers, "owns" | "reset" | "resizeInPlace"> {}

class NullMachine extends Allocator implements NullAllocator {
  override readonly memory: Memory;
  /** There is no block that it could fail to see misused. */
  override readonly sees: readonly MisuseCode[] = [
    "double-free",
    "interior-pointer",
    "foreign-pointer",
    "wrong-layout",
  ];

  constructor(memory: Memory) {
    super();
    this.memory = memory;
  }

  override allocate(layout: Layout): Ptr | Null {
    return layout.size === 0 ? layout.dangling : 0;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout.size !== 0) throw foreign(ptr);
  }

  override usableSize(_layout: Layout): number {
    return 0;
  }

  owns(_ptr: Ptr): boolean {
    return false;
  }

  reset(): void {}

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    if (from.size !== 0 && to.size !== 0) throw foreign(ptr);
    return false;
  }

  override footprint(): Footprint {
    return { held: 0, bookkeeping: 0, peak: 0 };
  }

  override describeSelf(): SelfDescription {
    return { kind: "nullAllocator", options: {}, state: {} };
  }
}

function foreign(ptr: Ptr): MisuseError {
  return new MisuseError("foreign-pointer", `${ptr} was given to nullAllocator, which never hands out a block`);
}

/**
 * Makes an allocator that never has room. Whoever gives it a block misuses it.
 *
 * Source: the null allocator of phobos and of the `allocators` crate.
 *
 * @param memory - the memory of the chain that it ends: `defaultMemory()` unless said
 * @example
 * ```ts
 * import { Layout } from "@alloc/core";
 * import { nullAllocator } from "@alloc/combinators";
 *
 * nullAllocator().allocate(Layout.of(1)); // => 0
 * ```
 */
export function nullAllocator(memory: Memory = defaultMemory()): NullAllocator {
  return new NullMachine(memory);
}
