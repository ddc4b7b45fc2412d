/**
 * Aligned: every block has at least a given alignment.
 *
 *     asked     align 1   8   64   256          aligned(inner, 64)
 *     wanted         64  64   64   256
 *
 * Layouts of lower aligns become layouts of this one, on request and on release, so the child sees the same layout both times.
 *
 * @module
 */
import {
  type Allocator,
  type Can,
  type CapabilitiesOf,
  can,
  Layout,
  type NameOption,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import {
  childrenIn,
  type Kind,
  requireLayout,
  requireOptions,
  type Wrapping,
  withCapabilities,
  withName,
} from "@alloc/core/author";
import { type Child, layoutOf, requireAllocator } from "../composable.ts";
import { Reshaper } from "./reshaper.ts";

/** An allocator whose blocks have at least a given alignment. It supports the capabilities of `A`. */
export type Aligned<A extends Allocator> = Wrapping<A> &
  Can<CapabilitiesOf<A>> & {
    /** Bytes: the least alignment of every block. */
    readonly align: number;
  };

class AlignedMachine extends Reshaper {
  readonly align: number;

  constructor(inner: Child, align: number) {
    super(inner);
    this.align = align;
  }

  override usableSize(layout: Layout): number {
    if (!(layout != null && layout.size > 0 && layout.align > 0)) return this.expectLayout(layout, "usableSize").size;
    const wanted = this.wanted(layout);
    return wanted === undefined ? 0 : this.inner.usableSize(wanted);
  }

  override describeSelf(): SelfDescription {
    return { kind: "aligned", options: { align: this.align }, state: {} };
  }

  override wanted(layout: Layout): Layout | undefined {
    return layout.align >= this.align ? layout : this.raised(layout);
  }

  override taken(ptr: Ptr, layout: Layout): Layout {
    // Only at align 1 may the block have a larger align than this: when it is released by its sizeAt.
    if (layout.align === 1 && this.inner.sizeAt?.(ptr) === layout.size) return layout;
    return this.wanted(layout) ?? layout;
  }

  /** Returns a layout with this align; undefined if the size is out of bounds. */
  raised(layout: Layout): Layout | undefined {
    requireLayout(layout, "allocate");
    return layoutOf(layout.size, this.align);
  }
}

/**
 * Gives every block at least an alignment: that of a cache line, a SIMD vector, a GPU buffer. Supports the capabilities of the
 * allocator, owns it and disposes it with itself.
 *
 * Cost: a layout per request of a lower align, and a call of `sizeAt` per release at align 1 if the allocator supports it. No
 * state.
 *
 * Source: `aligned_allocator` of foonathan/memory, `min_align` of bumpalo.
 *
 * @param inner - the allocator of the blocks
 * @param align - bytes, a power of two from 1 to 2 ** 31
 * @param options - a `name`
 * @returns the aligning allocator
 * @throws `LayoutError` if `align` is not such a power of two
 * @example
 * ```ts
 * import { aligned } from "@alloc/combinators";
 * import { Layout, orThrow } from "@alloc/core";
 * import { system } from "@alloc/global";
 *
 * using lines = aligned(system(), 64);
 * const layout = Layout.of(10, 2);
 * const ptr = orThrow(lines.allocate(layout), layout);
 * ptr % 64; // => 0
 * lines.deallocate(ptr, layout);
 * ```
 */
export function aligned<A extends Allocator>(inner: A, align: number, options: NameOption = {}): Aligned<A> {
  requireAllocator("aligned", inner, "aligned(allocator, align)");
  requireOptions("aligned(allocator, align, { name })", options, ["name"]);
  // Without an align a layout has a default one.
  Layout.of(0, align ?? NaN);
  const Machine = withCapabilities(AlignedMachine, (capability) => can(inner, capability));
  return withName(options, () => new Machine(inner as unknown as Child, align)) as unknown as Aligned<A>;
}

/** The kind of {@link aligned}. */
export const alignedKind: Kind = {
  kind: "aligned",
  attach: (node) => aligned(childrenIn(node, 1)[0]!, node.options.align as number),
};
