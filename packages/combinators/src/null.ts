/**
 * Null: an allocator that never has room. It ends a chain where no other allocator should be tried, and is the smallest possible
 * one.
 *
 * @module
 */
import {
  Allocator,
  type BlockVisitor,
  type Capabilities,
  defaultMemory,
  type Footprint,
  type Layout,
  type Memory,
  type MisuseCode,
  type MisuseError,
  type NameOption,
  type Null,
  type Ptr,
  type SelfDescription,
  type SharedIn,
} from "@alloc/core";
import {
  childrenIn,
  type Kind,
  misuseOf,
  requireLayout,
  requireLayouts,
  requireMemory,
  requireOptions,
  resetAll,
  withName,
} from "@alloc/core/author";

/** An allocator that never has room. It supports `owns`, `reset`, `resizeInPlace` and `blocks`. */
export interface NullAllocator extends Allocator, Pick<Capabilities, "owns" | "reset" | "resizeInPlace" | "blocks"> {}

class NullMachine extends Allocator implements NullAllocator {
  override readonly memory: Memory;
  /** It has no blocks whose misuse it could miss. */
  override readonly detects: readonly MisuseCode[] = [
    "double-free",
    "interior-pointer",
    "foreign-pointer",
    "wrong-layout",
  ];

  constructor(memory: Memory) {
    super();
    this.memory = memory;
  }

  /** Lets it stand anywhere in a chain, also twice. */
  get servesNothing(): true {
    return true;
  }

  override allocate(layout: Layout): Ptr | Null {
    return layout != null && layout.size > 0 && layout.align > 0 ? 0 : this.expectLayout(layout, "allocate").dangling;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    requireLayout(layout, "deallocate");
    if (layout.size === 0) return;
    throw foreign(this, ptr);
  }

  override usableSize(layout: Layout): number {
    requireLayout(layout, "usableSize");
    return 0;
  }

  owns(_ptr: Ptr): boolean {
    return false;
  }

  reset(): void {
    resetAll(this);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    if (from.size !== 0 && to.size !== 0) throw foreign(this, ptr);
    return false;
  }

  blocks(_visit: BlockVisitor): void {}

  override footprint(): Footprint {
    return { held: 0, bookkeeping: 0, peak: 0 };
  }

  override describeSelf(): SelfDescription {
    return { kind: "nullAllocator", options: {}, state: {} };
  }
}

function foreign(allocator: Allocator, ptr: Ptr): MisuseError {
  return misuseOf(allocator, "foreign-pointer", `${ptr} was given to nullAllocator, which never hands out a block`);
}

/**
 * Creates an allocator that never has room. Releasing a block to it is misuse.
 *
 * Source: the null allocator of phobos and of the `allocators` crate.
 *
 * @param memory - the memory of the chain that it ends. Default: `defaultMemory()`
 * @param options - a `name`
 * @returns the allocator
 * @example
 * ```ts
 * import { Layout } from "@alloc/core";
 * import { nullAllocator } from "@alloc/combinators";
 *
 * nullAllocator().allocate(Layout.of(1)); // => 0
 * ```
 */
export function nullAllocator<M extends Memory = Memory>(memory?: M, options?: NameOption): SharedIn<M, NullAllocator>;
export function nullAllocator(memory: Memory = defaultMemory(), options: NameOption = {}): NullAllocator {
  requireMemory("nullAllocator(memory)", memory);
  requireOptions("nullAllocator(memory, { name })", options, ["name"]);
  return withName(options, () => new NullMachine(memory));
}

/** The kind of {@link nullAllocator}. */
export const nullAllocatorKind: Kind = {
  kind: "nullAllocator",
  attach(node) {
    childrenIn(node, 0);
    return nullAllocator(node.memory);
  },
};
