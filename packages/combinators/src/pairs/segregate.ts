/**
 * Segregate: two allocators behind one, chosen by the size of the request.
 *
 *     request size (bytes)
 *     0             threshold                            max
 *     ├─── small ──┤├─────────────── large ──────────────┤
 *
 * The layout alone determines the child, so a release needs neither `owns` nor a header. This requires that every layout that
 * fits a small block stays at or below the threshold. So the usable size of a small block ends there, whatever slack the child
 * has.
 *
 * @module
 */
import {
  Allocator,
  type BlockVisitor,
  type Can,
  type Layout,
  LayoutError,
  type Memory,
  type MisuseCode,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import {
  attempt,
  blocksOf,
  hide,
  move,
  nullPointer,
  requireLayouts,
  resetAll,
  rethrow,
  withCapabilities,
} from "@alloc/core/author";
import {
  type CapabilitiesOfPair,
  type Child,
  layoutOf,
  requireAllocator,
  requireDistinct,
  requireNoSharedReset,
  requireOneMemory,
  togetherCan,
} from "../composable.ts";

/** Two allocators as one: the first serves small requests, the second large ones. */
export type Segregate<A extends Allocator, B extends Allocator> = Can<Exclude<CapabilitiesOfPair<A, B>, "sizeAt">> & {
  /** Bytes: the largest small request. */
  readonly threshold: number;
  /** Serves requests up to the threshold. */
  readonly small: A;
  /** Serves requests above the threshold. */
  readonly large: B;
};

class SegregateMachine extends Allocator {
  override readonly memory: Memory;
  override readonly detects: readonly MisuseCode[];
  readonly threshold: number;
  readonly small!: Child;
  readonly large!: Child;

  constructor(threshold: number, small: Child, large: Child) {
    super(undefined, [small, large]);
    this.memory = small.memory;
    this.threshold = threshold;
    // As `inner` of a wrapper.
    hide(this, { small, large });
    // A layout on the other side of the threshold leads to the other child, to which the block is foreign.
    this.detects = small.detects.filter((code) => code !== "wrong-layout" && large.detects.includes(code));
  }

  override allocate(layout: Layout): Ptr | Null {
    return layout != null && layout.size <= this.threshold ? this.small.allocate(layout) : this.large.allocate(layout);
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    return layout != null && layout.size <= this.threshold
      ? this.small.allocateZeroed(layout)
      : this.large.allocateZeroed(layout);
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    if (from?.size > this.threshold) return this.large.grow(ptr, from, to);
    if (to?.size <= this.threshold) return this.small.grow(ptr, from, to);
    return move(this.small, ptr, from, this.large, to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    if (from?.size <= this.threshold) return this.small.shrink(ptr, from, to);
    if (to?.size > this.threshold) return this.large.shrink(ptr, from, to);
    return move(this.large, ptr, from, this.small, to);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout != null && layout.size <= this.threshold) this.small.deallocate(ptr, layout);
    else this.large.deallocate(ptr, layout);
  }

  override usableSize(layout: Layout): number {
    if (layout != null && layout.size > this.threshold) return this.large.usableSize(layout);
    const usable = this.small.usableSize(layout);
    return usable === 0 ? this.usableBelow(layout) : Math.min(usable, this.threshold);
  }

  owns(ptr: Ptr): boolean {
    return this.small.owns(ptr) || this.large.owns(ptr);
  }

  reset(): void {
    resetAll(this);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    if (ptr === 0 && from.size !== 0) throw nullPointer("resizeInPlace");
    const isSmall = from.size <= this.threshold;
    if (isSmall !== to.size <= this.threshold) return false;
    return (isSmall ? this.small : this.large).resizeInPlace?.(ptr, from, to) ?? false;
  }

  check(): void {
    this.small.check?.();
    this.large.check?.();
  }

  trim(): void {
    const errors: unknown[] = [];
    attempt(errors, () => this.small.trim?.());
    attempt(errors, () => this.large.trim?.());
    rethrow(errors);
  }

  blocks(visit: BlockVisitor): void {
    blocksOf(this.children, visit);
  }

  /** Throws unless the two may stand side by side: one of them has another member now. */
  requireFit(): void {
    requireDistinct("segregate", this.children);
    requireNoSharedReset("segregate", this.children);
  }

  override describeSelf(): SelfDescription {
    return { kind: "segregate", options: { threshold: this.threshold }, state: {} };
  }

  /**
   * Returns the usable size of a layout that the small child can never serve: 0 if no larger size can be served either, otherwise
   * the size itself. A fallback skips a child whose usable size is 0 and relies on 0 being final.
   */
  usableBelow(layout: Layout): number {
    const larger = layoutOf(this.threshold + 1, layout.align);
    return larger === undefined || this.large.usableSize(larger) === 0 ? 0 : layout.size;
  }
}

/**
 * Puts two allocators behind one, chosen by the size of the request. The pair owns both children and disposes them with itself,
 * the small one first. Lend a child with `byRef()` to keep it.
 *
 * Supports `owns`, `reset` and `blocks` if both children do; `resizeInPlace`, `check` and `trim` if one does; never `sizeAt`,
 * because finding the child of a block requires its size. Returns NULL for a small request if the small child has no room: put
 * {@link fallback} there. A block that grows or shrinks across the threshold moves.
 *
 * Cost: a comparison and a call. No state.
 *
 * Source: `Segregator` of phobos; `alloc-compose` for the usable size that ends at the threshold.
 *
 * @param threshold - bytes, an integer from 1 to 2 ** 32 − 1: the largest request of the small child
 * @param small - serves requests from 0 bytes to the threshold, inclusive
 * @param large - serves larger requests
 * @returns the pair
 * @throws `LayoutError` if the threshold is out of bounds; `MisuseError` with code `other-memory` if the children work in two
 *   memories, `misroute` if both hand out blocks of one heap, `shared-reset` if one takes its chunks from the other and that is
 *   not lent, `owned` if a child belongs to another combinator. Neither child is adopted then
 * @example
 * ```ts
 * import { segregate } from "@alloc/combinators";
 * import { Layout, orThrow } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 * import { system } from "@alloc/global";
 *
 * using heap = segregate(64, freeList(64), system());
 * const layout = Layout.of(64);
 * const small = orThrow(heap.allocate(layout), layout);
 * heap.small.owns(small); // => true
 * heap.usableSize(Layout.of(65)); // => 72
 * heap.deallocate(small, layout);
 * ```
 */
export function segregate<A extends Allocator, B extends Allocator>(
  threshold: number,
  small: A,
  large: B,
): Segregate<A, B> {
  checkThreshold(threshold);
  for (const child of [small, large]) requireAllocator("segregate", child);
  requireOneMemory("segregate", [small, large]);
  requireDistinct("segregate", [small, large]);
  requireNoSharedReset("segregate", [small, large]);
  const Machine = withCapabilities(SegregateMachine, (capability) => togetherCan([small, large], capability));
  return new Machine(threshold, small as unknown as Child, large as unknown as Child) as unknown as Segregate<A, B>;
}

/** Throws a `LayoutError` unless a threshold is in bounds and larger than the one before it. */
export function checkThreshold(threshold: number, after = 0): void {
  if (Number.isInteger(threshold) && threshold > after && threshold < 2 ** 32) return;
  const least = after + 1;
  throw new LayoutError("size", `a threshold must be an integer from ${least} to 4294967295 bytes, got ${threshold}`);
}
