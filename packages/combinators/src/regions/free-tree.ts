/**
 * Free tree: adds release to allocators with none or little, such as regions.
 *
 *     the child's block    │ live │░ free ░│ live │ live │░░ free ░░│                 resized in place, at the tip
 *     ranges, in words              40 bytes               56 bytes                   by address and by length
 *
 * Freed blocks are kept as ranges, outside the memory, and coalesced with their free neighbours. A request is served from the
 * smallest range that fits. If none fits, the last block of the child is extended. So the free tree takes a single block from a
 * region, and all of it can be reused. Sizes are rounded up to 8 bytes, so the layout passed to `deallocate` is enough and no
 * record of live blocks is kept.
 *
 * @module
 */
import {
  Allocator,
  ArgumentError,
  type BlockVisitor,
  type Can,
  type CapabilitiesOf,
  can,
  type Footprint,
  type Layout,
  type Memory,
  type MisuseCode,
  type MisuseError,
  type NameOption,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import {
  attempt,
  endsAsOne,
  hide,
  LeafEpochs,
  misuseOf,
  nullPointer,
  recycle,
  requireLayout,
  requireLayouts,
  requireOptions,
  rethrow,
  type Wrapping,
  withCapabilities,
  withName,
} from "@alloc/core/author";
import { type Child, isInUse, requireAllocator } from "../composable.ts";
import { layoutOfGranules, Tip, type TipWords } from "./tip.ts";

/** An allocator that reuses freed blocks, over one that may not. */
export type FreeTree<A extends Allocator> = Wrapping<A> &
  Can<"owns" | "resizeInPlace" | "check" | "trim" | "blocks" | Extract<CapabilitiesOf<A>, "reset" | "defer">>;

/** The words of a tree. */
interface FreeTreeState extends TipWords {
  readonly most: Float64Array;
}

class FreeTreeMachine extends Allocator {
  override readonly memory: Memory;
  /** A block that has gone back to the child since is reported as foreign when it is released again. */
  override readonly detects: readonly MisuseCode[] = ["double-free", "foreign-pointer"];
  readonly inner!: Child;
  readonly tip!: Tip;
  /** The most bytes of words so far. */
  readonly most!: Float64Array;
  /** Its epoch when its ranges were last known to be its own. */
  seen!: number;
  /** Those of the leaves of its child then. */
  readonly epochs!: LeafEpochs;

  /** @param state - the words of a tree that is made again. Default: new ones */
  constructor(inner: Child, state?: FreeTreeState) {
    super(undefined, [inner]);
    this.memory = inner.memory;
    const refresh = () => this.epoch !== this.seen && this.refresh();
    const tip = new Tip(inner, refresh, state);
    const most = state?.most ?? inner.memory.words(Float64Array, 1);
    hide(this, { inner, tip, most, seen: this.epoch, epochs: new LeafEpochs(inner) });
  }

  override allocate(layout: Layout): Ptr | Null {
    if (!(layout != null && layout.size > 0 && layout.align > 0)) return this.expectLayout(layout, "allocate").dangling;
    if (this.usableSize(layout) === 0) return 0;
    if (this.epoch !== this.seen) this.refresh();
    return (this.tip.take(Math.ceil(layout.size / 8), Math.max(1, layout.align / 8)) * 8) as Ptr | Null;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (!(layout != null && layout.size > 0 && layout.align > 0)) return void this.expectLayout(layout, "deallocate");
    const length = Math.ceil(layout.size / 8);
    this.requireOurs(ptr, length);
    if (!this.tip.ranges.add(ptr / 8, length)) throw this.dead(ptr);
  }

  override usableSize(layout: Layout): number {
    if (!(layout != null && layout.size > 0 && layout.align > 0)) return this.expectLayout(layout, "usableSize").size;
    const wanted = this.wanted(layout);
    return wanted === undefined || this.inner.usableSize(wanted) === 0 ? 0 : wanted.size;
  }

  owns(ptr: Ptr): boolean {
    if (this.epoch !== this.seen) this.refresh();
    return this.tip.segments.find(Math.floor(ptr / 8)) >= 0;
  }

  reset(): void {
    const errors: unknown[] = [];
    this.endTenants(errors);
    this.note();
    attempt(errors, () => this.inner.reset());
    // Even if the child threw: ranges it may hand out again must not be handed out here.
    this.tip.clear();
    this.epochChanged();
    this.seen = this.epoch;
    rethrow(errors);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    if (ptr === 0 && from.size !== 0) throw nullPointer("resizeInPlace");
    if (from.align !== to.align || from.size === 0) return false;
    const start = ptr / 8;
    const before = Math.ceil(from.size / 8);
    const after = Math.ceil(to.size / 8);
    this.requireOurs(ptr, before);
    if (this.tip.ranges.overlaps(start, before)) throw this.dead(ptr);
    if (after === before) return true;
    if (this.usableSize(to) === 0) return false;
    return after < before
      ? this.tip.ranges.add(start + after, before - after)
      : this.tip.lengthen(start + before, after - before);
  }

  defer(drop: () => void): void {
    this.inner.defer(drop);
  }

  check(): void {
    if (this.epoch !== this.seen) this.refresh();
    this.inner.check?.();
    this.tip.check();
  }

  trim(): void {
    if (isInUse(this)) return;
    if (this.epoch !== this.seen) this.refresh();
    this.note();
    const errors: unknown[] = [];
    attempt(errors, () => this.tip.releaseTop());
    attempt(errors, () => this.inner.trim?.());
    rethrow(errors);
  }

  /** Visits the free ranges of the tree and of the child, and the live ranges between them. */
  blocks(visit: BlockVisitor): void {
    if (this.epoch !== this.seen) this.refresh();
    const found: Parameters<BlockVisitor>[] = [];
    this.tip.visit((...range) => void found.push(range));
    this.inner.blocks?.((ptr, bytes, state) => {
      if (state !== "live") found.push([ptr, bytes, state]);
    });
    found.sort(([one], [other]) => one - other);
    for (const range of found) visit(...range);
  }

  override ownFootprint(): Footprint {
    const bookkeeping = this.tip.bytes + this.most.byteLength;
    return { held: 0, bookkeeping, peak: Math.max(this.most[0]!, bookkeeping) };
  }

  override describeSelf(): SelfDescription {
    const { ranges, segments } = this.tip;
    return {
      kind: "freeTree",
      options: {},
      state: { ranges: ranges.words, segments: segments.words, most: this.most },
    };
  }

  /**
   * Releases the blocks taken from a child that lives on. Blocks of a region that ends with this tree stay: its drops may still
   * release blocks here.
   */
  override settle(): void {
    const errors: unknown[] = [];
    if (this.epoch !== this.seen) this.refresh();
    if (!endsWithDrops(this.inner)) this.tip.releaseAll(errors);
    rethrow(errors);
  }

  override close(): void {
    this.tip.clear();
    recycle(this.memory, this.tip.ranges.words, this.tip.segments.words, this.most);
  }

  /** Forgets the blocks of a child, or of leaves of it, that were reset by their owner, which hands them out again. */
  refresh(): void {
    this.seen = this.epoch;
    this.note();
    // A range that may have ended must not be handed out again.
    const hasEnded = this.epochs.ended(true);
    if (endsAsOne(this.inner)) this.tip.clear();
    else this.tip.forget(hasEnded);
  }

  /** Saves the peak of its words before they become fewer. */
  note(): void {
    this.most[0] = this.ownFootprint().peak;
  }

  /** Returns the layout to request from the child; undefined if the size is out of bounds. */
  wanted(layout: Layout): Layout | undefined {
    const length = Math.ceil(layout.size / 8);
    if (!(length + layout.align > 0)) requireLayout(layout, "allocate");
    return layoutOfGranules(length, layout.align);
  }

  /** Throws unless an address, and the last of `length` granules from it, lie in blocks of the child. */
  requireOurs(ptr: Ptr, length: number): void {
    if (!(length > 0)) throw new ArgumentError("deallocate expects a Layout: write deallocate(ptr, Layout.of(size))");
    if (this.epoch !== this.seen) this.refresh();
    const start = Math.floor(ptr / 8);
    if (this.tip.segments.find(start) < 0 || this.tip.segments.find(start + length - 1) < 0) {
      throw misuseOf(this, "foreign-pointer", `${ptr} does not lie in a block that this free tree took from its child`);
    }
    if (start * 8 !== ptr) throw misuseOf(this, "interior-pointer", `blocks start at multiples of 8, got ${ptr}`);
  }

  dead(ptr: Ptr): MisuseError {
    return misuseOf(this, "double-free", `the block at ${ptr} is not live`);
  }
}

/**
 * Whether an allocator runs drops when it ends, and ends with its owner. False for a custom one without parts, where this is
 * unknown.
 */
function endsWithDrops(allocator: Allocator): boolean {
  if (allocator.isLent || !can(allocator, "defer")) return false;
  const { parts } = allocator as { parts?: Allocator };
  if (parts !== undefined) return parts.children !== undefined && endsWithDrops(parts);
  return allocator.children.every(endsWithDrops);
}

/**
 * Adds release to an allocator with none or little: a region takes back only the block at its tip. Freed ranges are reused first,
 * best fit; free neighbours are coalesced, and a block grows into the free range behind it. The free tree owns the allocator and
 * disposes it with itself. Blocks taken from a lent child are returned to it on dispose.
 *
 * Supports `owns`, `resizeInPlace`, `check`, `trim` and `blocks`; `reset` and `defer` if the allocator does. `trim` returns the
 * free range at the tip to an allocator that resizes in place. Over an allocator with a useful release this gains little, because
 * blocks taken from it are kept. `blocks` visits free ranges, and the live blocks between two of them as one range.
 *
 * Cost: O(log n) in the number of free ranges. 24 bytes of words per free range, 12 per block of the allocator (one in all for a
 * region), none per live block. At most 7 bytes of slack per block. In a memory that threads share there is room for 65,536 to 524,288
 * free ranges, one per 192 bytes of the memory, and for 4,096 blocks of the allocator. Of more ranges the shortest are lost until the
 * next reset; another block is not asked for.
 *
 * Source: `FreeTree` of phobos, which does not coalesce; treaps after Aragon and Seidel (1989).
 *
 * @param inner - asked if no free range fits; if possible, by extending its last block in place
 * @param options - a `name`
 * @returns the free tree
 * @example
 * ```ts
 * import { freeTree } from "@alloc/combinators";
 * import { Layout, orThrow } from "@alloc/core";
 * import { scoped } from "@alloc/scoped";
 *
 * using region = freeTree(scoped(1024));
 * const layout = Layout.of(500);
 * const [first, second] = [layout, layout].map((it) => orThrow(region.allocate(it), it));
 * region.deallocate(first!, layout); // it does not lie at the tip: a region alone would lose it
 * region.allocate(layout) === first; // => true
 * region.deallocate(first!, layout);
 * region.deallocate(second!, layout);
 * region.allocate(Layout.of(1024)) === first; // => true
 * ```
 */
export function freeTree<A extends Allocator>(inner: A, options: NameOption = {}): FreeTree<A> {
  requireAllocator("freeTree", inner, "freeTree(allocator)");
  requireOptions("freeTree(allocator, { name })", options, ["name"]);
  return withName(options, () => freeTreeOf(inner));
}

/** @param state - the words of a tree that is made again. Default: new ones */
export function freeTreeOf<A extends Allocator>(inner: A, state?: FreeTreeState): FreeTree<A> {
  const Machine = withCapabilities(FreeTreeMachine, (capability) =>
    capability === "reset" || capability === "defer" ? can(inner, capability) : true,
  );
  return new Machine(inner as unknown as Child, state) as unknown as FreeTree<A>;
}
