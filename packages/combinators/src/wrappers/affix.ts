/**
 * Affix: a prefix before each block and a suffix behind it, reachable from the pointer.
 *
 *     a block of the child   │░│ prefix │      block      │░ slack ░│ suffix │
 *                            └ padding  ptr               ptr + usableSize(layout)
 *
 * The prefix ends where the block starts, except for its own alignment padding, so the pointer alone leads to it. The suffix sits
 * at the end of the usable bytes. All layouts that fit a block have the same usable size, so each leads to the same suffix and to
 * the same layout for the child, which notices nothing.
 *
 * @module
 */
import {
  type Allocator,
  ArgumentError,
  alignUp,
  type Can,
  type CapabilitiesOf,
  can,
  Layout,
  type MisuseError,
  type NameOption,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import {
  attempt,
  childrenIn,
  type Kind,
  misuseOf,
  nullPointer,
  requireLayout,
  requireLayouts,
  requireOptions,
  rethrow,
  type Wrapping,
  withCapabilities,
  withName,
} from "@alloc/core/author";
import { type Child, layoutOf, requireAllocator, shown } from "../composable.ts";
import { Resizer } from "./resizer.ts";

/** The layouts placed around each block. `Layout.struct` makes the fields addressable by their offsets. */
export interface Affixes<P extends Layout, S extends Layout> extends NameOption {
  /** Placed before each block. Default: none. */
  readonly prefix?: P;
  /** Placed behind each block. Default: none. */
  readonly suffix?: S;
}

/** An allocator whose blocks have a prefix and a suffix. It supports the capabilities of `A` except `sizeAt`. */
export type Affix<A extends Allocator, P extends Layout = Layout, S extends Layout = Layout> = Wrapping<A> &
  Can<Exclude<CapabilitiesOf<A>, "sizeAt">> & {
    /** The layout of the prefix; `undefined` if there is none. */
    readonly prefix: P;
    /** The layout of the suffix; `undefined` if there is none. */
    readonly suffix: S;

    /** Returns the address of the prefix of a block. A block of size 0 has none, and the result for it is no address. O(1). */
    prefixAt(ptr: Ptr): Ptr;

    /**
     * Returns the address of the suffix of a block: `ptr + usableSize(layout)`. A block of size 0 has none.
     *
     * @param layout - any layout that fits the block
     */
    suffixAt(ptr: Ptr, layout: Layout): Ptr;
  };

/** A layout as plain data. */
type Plain = Pick<Layout, "size" | "align"> & { readonly offsets?: Readonly<Record<string, number>> };

function plain({ size, align, offsets }: Plain): Plain {
  return { size, align, ...(offsets !== undefined && { offsets: { ...offsets } }) };
}

class AffixMachine extends Resizer {
  readonly prefix: Layout;
  readonly suffix: Layout;

  constructor(inner: Child, prefix: Layout, suffix: Layout) {
    super(inner);
    this.prefix = prefix;
    this.suffix = suffix;
  }

  override allocate(layout: Layout): Ptr | Null {
    if (!(layout != null && layout.size > 0 && layout.align > 0)) return this.expectLayout(layout, "allocate").dangling;
    const whole = this.whole(layout);
    const start = whole === undefined ? 0 : this.inner.allocate(whole);
    return start === 0 ? 0 : ((start + this.front(layout)) as Ptr);
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    if (!(layout != null && layout.size > 0 && layout.align > 0))
      return this.expectLayout(layout, "allocateZeroed").dangling;
    const whole = this.whole(layout);
    const start = whole === undefined ? 0 : this.inner.allocateZeroed(whole);
    return start === 0 ? 0 : ((start + this.front(layout)) as Ptr);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (!(layout != null && layout.size > 0 && layout.align > 0)) return void this.expectLayout(layout, "deallocate");
    if (ptr === 0) throw this.nothing();
    this.inner.deallocate((ptr - this.front(layout)) as Ptr, this.whole(layout) ?? layout);
  }

  override usableSize(layout: Layout): number {
    if (!(layout != null && layout.size > 0 && layout.align > 0)) return this.expectLayout(layout, "usableSize").size;
    const least = this.least(layout);
    const usable = least === undefined ? 0 : this.inner.usableSize(least);
    const room = usable - this.front(layout) - this.suffix.size;
    return usable === 0 ? 0 : room - (room & (this.suffix.align - 1));
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    if (ptr === 0 && from.size !== 0) throw nullPointer("resizeInPlace");
    return from.align === to.align && from.size !== 0 && to.size !== 0 && this.stays(ptr, from, to);
  }

  override describeSelf(): SelfDescription {
    const { prefix, suffix } = this;
    return { kind: "affix", options: { prefix: plain(prefix), suffix: plain(suffix) }, state: {} };
  }

  prefixAt(ptr: Ptr): Ptr {
    return (ptr - alignUp(this.prefix.size, this.prefix.align)) as Ptr;
  }

  suffixAt(ptr: Ptr, layout: Layout): Ptr {
    return (ptr + this.usableSize(layout)) as Ptr;
  }

  /** Returns the align of the child's block: the largest of those of the block and both affixes. */
  alignOf(layout: Layout): number {
    return Math.max(layout.align, this.prefix.align, this.suffix.align);
  }

  /** Returns the bytes from the start of the child's block to the start of the block. */
  front(layout: Layout): number {
    const { size } = this.prefix;
    return size + (-size & (this.alignOf(layout) - 1));
  }

  nothing(): MisuseError {
    return nullPointer("deallocate");
  }

  /** Returns the smallest layout that holds the block and both affixes; undefined if the size is out of bounds. */
  least(layout: Layout): Layout | undefined {
    const end = this.front(layout) + alignUp(layout.size, this.suffix.align);
    if (!(end >= 0)) requireLayout(layout, "allocate");
    return layoutOf(end + this.suffix.size, this.alignOf(layout));
  }

  /**
   * Returns the layout of the child's block, the same for all layouts that fit a block; undefined if the child can never serve
   * it.
   */
  whole(layout: Layout): Layout | undefined {
    const usable = this.usableSize(layout);
    const bytes = this.front(layout) + usable + this.suffix.size;
    return usable === 0 ? undefined : Layout.of(bytes, this.alignOf(layout));
  }

  override change(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return from.align === to.align && this.stays(ptr, from, to) ? ptr : this.relocate(ptr, from, to);
  }

  /** Resizes a block in place. The suffix is saved meanwhile, because a shrink gives up the bytes where it was. */
  stays(ptr: Ptr, from: Layout, to: Layout): boolean {
    const { memory, suffix } = this;
    const start = (ptr - this.front(from)) as Ptr;
    const [before, after] = [this.whole(from), this.whole(to)];
    if (before === undefined || after === undefined) return false;
    if (before.equals(after)) return true;
    if (suffix.size !== 0 && !memory.hasBytes) return false;
    const saved =
      suffix.size === 0 ? undefined : memory.view(Uint8Array, this.suffixAt(ptr, from), suffix.size).slice();
    // Asked first, so that the block is unchanged if the child throws.
    const moved = this.suffixAt(ptr, to);
    if (this.inner.resizeInPlace?.(start, before, after) !== true) return false;
    if (saved !== undefined) memory.view(Uint8Array, moved, suffix.size).set(saved);
    return true;
  }

  /** Moves a block with its affixes, like `move` of the core. */
  relocate(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const { memory, prefix, suffix } = this;
    memory.needBytes();
    const next = this.allocate(to);
    if (next === 0) return 0;
    try {
      if (next < ptr + from.size && ptr < next + to.size) {
        throw misuseOf(this, "double-free", `no block is live at ${ptr}`);
      }
      memory.copy(next, ptr, Math.min(from.size, to.size));
      memory.copy(this.prefixAt(next), this.prefixAt(ptr), prefix.size);
      memory.copy(this.suffixAt(next, to), this.suffixAt(ptr, from), suffix.size);
      this.deallocate(ptr, from);
    } catch (error) {
      const errors = [error];
      attempt(errors, () => this.deallocate(next, to));
      rethrow(errors);
    }
    return next;
  }
}

/**
 * Puts a prefix before each block and a suffix behind it: a reference count, a name, a canary. Both move with a resized block.
 * They are zeroed only if the block is requested zeroed. The affix owns the allocator and disposes it with itself.
 *
 * Supports the capabilities of the allocator except `sizeAt`: finding the suffix, and the start of the child's block, requires a
 * layout. In a memory without readable bytes a block with a suffix is resized in place only if the suffix stays.
 *
 * Cost: a call of `usableSize` per request and release, the bytes of the affixes, and the padding that the align of the block
 * requires before it. No state.
 *
 * Source: `AffixAllocator` of phobos and alloc-compose.
 *
 * @param inner - the allocator of the whole blocks
 * @param affixes - the layouts of the prefix and the suffix, and a `name`; a layout left out takes no bytes
 * @returns the allocator with affixes
 * @example
 * ```ts
 * import { affix } from "@alloc/combinators";
 * import { Layout, orThrow } from "@alloc/core";
 * import { system } from "@alloc/global";
 *
 * using heap = affix(system(), { prefix: Layout.struct({ owners: Layout.u32, kind: Layout.u32 }) });
 * const layout = Layout.of(100);
 * const ptr = orThrow(heap.allocate(layout), layout);
 * const prefix = heap.memory.view(Uint32Array, heap.prefixAt(ptr), 2);
 * prefix.set([1, 42]);
 * const kind = heap.prefixAt(ptr) + heap.prefix.offsets.kind;
 * heap.memory.u32[kind / 4]; // => 42
 * ```
 */
export function affix<A extends Allocator, P extends Layout = Layout, S extends Layout = Layout>(
  inner: A,
  affixes: Affixes<P, S>,
): Affix<A, P, S> {
  requireAllocator("affix", inner, "affix(allocator, { prefix: Layout.of(size) })");
  requireOptions("affix(inner, { prefix, suffix })", affixes, ["prefix", "suffix", "name"]);
  const { prefix = Layout.of(0, 1), suffix = Layout.of(0, 1) } = affixes;
  for (const [name, part] of [["prefix", prefix] as const, ["suffix", suffix] as const]) {
    if (part?.size >= 0 && part.align > 0) continue;
    throw new ArgumentError(
      `affix expects a Layout, got ${shown(part)}: write affix(inner, { ${name}: Layout.of(size) })`,
    );
  }
  const Machine = withCapabilities(AffixMachine, (capability) => capability !== "sizeAt" && can(inner, capability));
  const make = () => new Machine(inner as unknown as Child, prefix, suffix);
  return withName(affixes, make) as unknown as Affix<A, P, S>;
}

/** The kind of {@link affix}. */
export const affixKind: Kind = {
  kind: "affix",
  attach(node) {
    const [prefix, suffix] = [layoutIn(node.options.prefix), layoutIn(node.options.suffix)];
    return affix(childrenIn(node, 1)[0]!, { prefix, suffix });
  },
};

/** Returns a layout of plain data, with its offsets if it has any. */
function layoutIn(data: unknown): Layout {
  const { size, align, offsets } = Object(data) as Plain;
  // Without an align a layout has a default one.
  const layout = Layout.of(size, align ?? NaN);
  if (offsets === undefined) return layout;
  for (const [name, offset] of Object.entries(Object(offsets) as Record<string, number>)) {
    if (Number.isInteger(offset) && offset >= 0 && offset <= size) continue;
    throw new ArgumentError(`attach expects an offset up to ${size} as ${shown(name)}, got ${shown(offset)}`);
  }
  return Object.assign(layout, { offsets: { ...offsets } });
}
