/**
 * Affix: a prefix before each block and a suffix behind it, reachable from the pointer.
 *
 *     a block of the child   │░│ prefix │      block      │░ slack ░│ suffix │
 *                            └ padding  ptr               ptr + usableSize(layout)
 *
 * The prefix ends where the block starts, but for what its own alignment needs, so the pointer alone leads to it. The suffix
 * sits at the end of the usable bytes: every layout that fits a block has the same usable size, so it leads to the same
 * suffix. For the same reason each of them makes the same layout for the child, who detects nothing of all this.
 *
 * @module
 */
import {
  type Allocator,
  alignUp,
  attempt,
  type Can,
  type CapabilitiesOf,
  can,
  Layout,
  MisuseError,
  type Null,
  nullPointer,
  type Ptr,
  requireLayout,
  requireLayouts,
  rethrow,
  type SelfDescription,
  withCapabilities,
} from "@alloc/core";
import { type Child, layoutOf, requireAllocator, shown } from "../composable.ts";
import { Wrapper } from "./wrapper.ts";

/** What stands around each block: layouts, best those of `Layout.struct`, whose offsets lead to the fields. */
export interface Affixes<P extends Layout, S extends Layout> {
  readonly prefix?: P;
  readonly suffix?: S;
}

/** An allocator whose blocks have a prefix and a suffix. It can what `A` can, but for `sizeAt`. */
export type Affix<A extends Allocator, P extends Layout = Layout, S extends Layout = Layout> = Can<
  Exclude<CapabilitiesOf<A>, "sizeAt">
> & {
  readonly prefix: P;
  readonly suffix: S;
  readonly inner: A;

  /** Returns where the prefix of a block lies. A block of size 0 has none: what is returned for it is no address. O(1). */
  prefixAt(ptr: Ptr): Ptr;

  /**
   * Returns where the suffix of a block lies: at `ptr + usableSize(layout)`. A block of size 0 has none.
   *
   * @param layout - one that fits the block
   */
  suffixAt(ptr: Ptr, layout: Layout): Ptr;
};

class AffixMachine extends Wrapper {
  readonly prefix: Layout;
  readonly suffix: Layout;

  constructor(inner: Child, prefix: Layout, suffix: Layout) {
    super(inner);
    this.prefix = prefix;
    this.suffix = suffix;
  }

  override allocate(layout: Layout): Ptr | Null {
    if (!(layout?.size > 0 && layout.align > 0)) return this.expectLayout(layout, "allocate").dangling;
    const whole = this.whole(layout);
    const start = whole === undefined ? 0 : this.inner.allocate(whole);
    return start === 0 ? 0 : ((start + this.front(layout)) as Ptr);
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    if (!(layout?.size > 0 && layout.align > 0)) return this.expectLayout(layout, "allocateZeroed").dangling;
    const whole = this.whole(layout);
    const start = whole === undefined ? 0 : this.inner.allocateZeroed(whole);
    return start === 0 ? 0 : ((start + this.front(layout)) as Ptr);
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return this.resize(ptr, from, to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return this.resize(ptr, from, to);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (!(layout?.size > 0 && layout.align > 0)) return void this.expectLayout(layout, "deallocate");
    if (ptr === 0) throw this.nothing();
    this.inner.deallocate((ptr - this.front(layout)) as Ptr, this.whole(layout) ?? layout);
  }

  override usableSize(layout: Layout): number {
    if (!(layout?.size > 0 && layout.align > 0)) return this.expectLayout(layout, "usableSize").size;
    const least = this.least(layout);
    const usable = least === undefined ? 0 : this.inner.usableSize(least);
    const room = usable - this.front(layout) - this.suffix.size;
    return usable === 0 ? 0 : room - (room & (this.suffix.align - 1));
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    if (ptr === 0 && from.size !== 0) throw nullPointer("resizeInPlace");
    return from.align === to.align && from.size !== 0 && to.size !== 0 && this.stays(ptr, from, to);
  }

  override describeSelf(): SelfDescription {
    const { prefix, suffix } = this;
    const plain = ({ size, align }: Layout) => ({ size, align });
    return { kind: "affix", options: { prefix: plain(prefix), suffix: plain(suffix) }, state: {} };
  }

  prefixAt(ptr: Ptr): Ptr {
    return (ptr - alignUp(this.prefix.size, this.prefix.align)) as Ptr;
  }

  suffixAt(ptr: Ptr, layout: Layout): Ptr {
    return (ptr + this.usableSize(layout)) as Ptr;
  }

  /** Answers the align of the child's block: that of the block and of both affixes. */
  alignOf(layout: Layout): number {
    return Math.max(layout.align, this.prefix.align, this.suffix.align);
  }

  /** Answers the bytes from the start of the child's block to that of the block. */
  front(layout: Layout): number {
    const { size } = this.prefix;
    return size + (-size & (this.alignOf(layout) - 1));
  }

  nothing(): MisuseError {
    return nullPointer("deallocate");
  }

  /** Returns the least layout that holds all three; undefined if there is no layout so large. */
  least(layout: Layout): Layout | undefined {
    const end = this.front(layout) + alignUp(layout.size, this.suffix.align);
    if (!(end >= 0)) requireLayout(layout, "allocate");
    return layoutOf(end + this.suffix.size, this.alignOf(layout));
  }

  /** Returns the layout of the child's block: the same for all that fit a block. Undefined if the child can never serve it. */
  whole(layout: Layout): Layout | undefined {
    const usable = this.usableSize(layout);
    const bytes = this.front(layout) + usable + this.suffix.size;
    return usable === 0 ? undefined : Layout.of(bytes, this.alignOf(layout));
  }

  resize(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, to?.size < from?.size ? "shrink" : "grow");
    if (from.size === 0) return this.allocate(to);
    if (ptr === 0) throw nullPointer(to.size < from.size ? "shrink" : "grow");
    if (to.size === 0) {
      this.deallocate(ptr, from);
      return to.dangling;
    }
    return from.align === to.align && this.stays(ptr, from, to) ? ptr : this.relocate(ptr, from, to);
  }

  /** Resizes a block where it lies. The suffix is kept outside meanwhile: a shrink gives up the bytes where it was. */
  stays(ptr: Ptr, from: Layout, to: Layout): boolean {
    const { memory, suffix } = this;
    const start = (ptr - this.front(from)) as Ptr;
    const [before, after] = [this.whole(from), this.whole(to)];
    if (before === undefined || after === undefined) return false;
    if (before.equals(after)) return true;
    if (suffix.size !== 0 && !memory.hasBytes) return false;
    const saved =
      suffix.size === 0 ? undefined : memory.view(Uint8Array, this.suffixAt(ptr, from), suffix.size).slice();
    // Asked before: what the child throws then leaves the block as it was.
    const moved = this.suffixAt(ptr, to);
    if (this.inner.resizeInPlace?.(start, before, after) !== true) return false;
    if (saved !== undefined) memory.view(Uint8Array, moved, suffix.size).set(saved);
    return true;
  }

  /** Moves a block with its affixes; as `move` of the core does. */
  relocate(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const { memory, prefix, suffix } = this;
    memory.needBytes();
    const next = this.allocate(to);
    if (next === 0) return 0;
    try {
      if (next < ptr + from.size && ptr < next + to.size) {
        throw new MisuseError("double-free", `no block is live at ${ptr}`);
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
 * Puts a prefix before each block and a suffix behind it: a count of references, a name, a canary. Both move with the block
 * when that is resized. They are not cleared unless the block is asked for zeroed. It owns the allocator, and disposes it
 * with itself.
 *
 * It can what the allocator can, but for `sizeAt`: only a layout leads to the suffix, and to the start of the child's block.
 * In a memory whose bytes cannot be read a block with a suffix is resized in place only while the suffix stays.
 *
 * Cost: a call of `usableSize` for each request and release, as many bytes as the affixes have, and the padding that the
 * align of the block needs before it. No state.
 *
 * Source: `AffixAllocator` of phobos and alloc-compose.
 *
 * @param affixes - the layouts of the two; nothing where one is not given
 * @example
 * ```ts
 * import { affix } from "@alloc/combinators";
 * import { Layout, orThrow } from "@alloc/core";
 * import { system } from "@alloc/global";
 *
 * using heap = affix(system(), { prefix: Layout.struct({ owners: Layout.of(4, 4), kind: Layout.of(4, 4) }) });
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
  requireAllocator("affix", inner);
  const { prefix = Layout.of(0, 1), suffix = Layout.of(0, 1) } = affixes;
  for (const [name, part] of [["prefix", prefix] as const, ["suffix", suffix] as const]) {
    if (part.size >= 0 && part.align > 0) continue;
    throw new TypeError(`affix expects a Layout, got ${shown(part)}: write affix(inner, { ${name}: Layout.of(size) })`);
  }
  const Machine = withCapabilities(AffixMachine, (capability) => capability !== "sizeAt" && can(inner, capability));
  return new Machine(inner as unknown as Child, prefix, suffix) as unknown as Affix<A, P, S>;
}
