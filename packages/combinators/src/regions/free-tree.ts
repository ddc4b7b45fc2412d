/**
 * Free tree: release for allocators that have none to speak of, such as regions.
 *
 *     the child's block    │ live │░ free ░│ live │ live │░░ free ░░│                 resized in place, at the tip
 *     ranges, in words              40 bytes               56 bytes                   by address and by length
 *
 * What is released is kept as ranges, outside of the memory, and joined with what is free beside it. A request is served from
 * the smallest range that it fits in; where there is none, the child's last block is made longer. So of a region this has one
 * block, and all in it can be used again. Sizes are rounded up to 8 bytes, and then say all of a block: of what is live
 * nothing is kept.
 *
 * @module
 */
import {
  Allocator,
  attempt,
  type BlockVisitor,
  type Can,
  type CapabilitiesOf,
  can,
  endsAsOne,
  hide,
  type Layout,
  leavesOf,
  type Memory,
  type MisuseCode,
  MisuseError,
  type Null,
  nullPointer,
  type Ptr,
  requireLayout,
  rethrow,
  type SelfDescription,
  withCapabilities,
} from "@alloc/core";
import { Bookkeeping } from "../bookkeeping.ts";
import { type Child, isInUse, requireAllocator } from "../composable.ts";
import { layoutOf, Tip } from "./tip.ts";

/** An allocator that uses again what is released, over one that may not. */
export type FreeTree<A extends Allocator> = Can<
  "owns" | "resizeInPlace" | "check" | "trim" | "blocks" | Extract<CapabilitiesOf<A>, "reset" | "defer">
> & { readonly inner: A };

class FreeTreeMachine extends Allocator {
  override readonly memory: Memory;
  /** A second release of what was given back to the child since is that of a foreign pointer. */
  override readonly detects: readonly MisuseCode[] = ["double-free", "foreign-pointer"];
  readonly inner: Child;
  readonly tip!: Tip;
  readonly bookkeeping!: Bookkeeping;
  /** Its epoch when its ranges were last known to be its own. */
  seen!: number;
  /** Those of the leaves of its child then. */
  readonly epochs!: WeakMap<Allocator, number>;

  constructor(inner: Child) {
    const tip = new Tip(inner);
    const bookkeeping = new Bookkeeping(
      inner.memory,
      () => tip.bytes,
      () => [],
    );
    super(undefined, [inner, bookkeeping]);
    this.memory = inner.memory;
    this.inner = inner;
    hide(this, { tip, bookkeeping, seen: this.epoch, epochs: new WeakMap() });
    for (const leaf of leavesOf(inner)) this.epochs.set(leaf, leaf.epoch);
  }

  override allocate(layout: Layout): Ptr | Null {
    if (layout.size === 0) return layout.dangling;
    if (this.usableSize(layout) === 0) return 0;
    if (this.epoch !== this.seen) this.refresh();
    return (this.tip.take(Math.ceil(layout.size / 8), Math.max(1, layout.align / 8)) * 8) as Ptr | Null;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout.size === 0) return;
    const length = Math.ceil(layout.size / 8);
    this.requireOurs(ptr, length);
    if (!this.tip.ranges.add(ptr / 8, length)) throw this.dead(ptr);
  }

  override usableSize(layout: Layout): number {
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
    this.bookkeeping.note();
    attempt(errors, () => this.inner.reset());
    // Also where the child threw: what it may hand out again must not be handed out here.
    this.tip.clear();
    this.epochChanged();
    this.seen = this.epoch;
    rethrow(errors);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
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
    this.bookkeeping.note();
    const errors: unknown[] = [];
    attempt(errors, () => this.tip.giveTop());
    attempt(errors, () => this.inner.trim?.());
    rethrow(errors);
  }

  /** Visits what is free, and between it what is live: its own ranges, and what is free of the child. */
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

  override describeSelf(): SelfDescription {
    const { ranges, segments } = this.tip;
    return { kind: "freeTree", options: {}, state: { ranges: ranges.words, segments: segments.words } };
  }

  /**
   * Gives the blocks of a child that lives on back. Those of a region that ends with this tree end with it: until then its drops may
   * release what they have here.
   */
  override settle(): void {
    const errors: unknown[] = [];
    if (this.epoch !== this.seen) this.refresh();
    if (!endsWithDrops(this.inner)) this.tip.giveAll(errors);
    rethrow(errors);
  }

  override close(): void {
    this.tip.clear();
  }

  /** Forgets the blocks of a child, or of leaves of it, that were reset by their owner, which hands them out again. */
  refresh(): void {
    const { epochs } = this;
    this.seen = this.epoch;
    this.bookkeeping.note();
    if (endsAsOne(this.inner)) {
      this.tip.clear();
      return;
    }
    const leaves = leavesOf(this.inner);
    const ended = leaves.filter((leaf) => (epochs.get(leaf) ?? leaf.epoch) !== leaf.epoch);
    const others = leaves.filter((leaf) => !ended.includes(leaf));
    for (const leaf of leaves) epochs.set(leaf, leaf.epoch);
    this.tip.forget((ptr) => claims(ended, ptr) || !claims(others, ptr));
  }

  /** Answers what the child would be asked with; undefined if there is no layout so large. */
  wanted(layout: Layout): Layout | undefined {
    const length = Math.ceil(layout.size / 8);
    if (!(length + layout.align > 0)) requireLayout(layout, "allocate");
    return layoutOf(length, layout.align);
  }

  /** Throws where an address, or the last of so many granules, lies in no block of the child. */
  requireOurs(ptr: Ptr, length: number): void {
    if (!(length > 0)) throw new TypeError("deallocate expects a Layout: write deallocate(ptr, Layout.of(size))");
    if (this.epoch !== this.seen) this.refresh();
    const start = Math.floor(ptr / 8);
    if (this.tip.segments.find(start) < 0 || this.tip.segments.find(start + length - 1) < 0) {
      throw new MisuseError("foreign-pointer", `${ptr} does not lie in what this free tree has of its child`);
    }
    if (start * 8 !== ptr) throw new MisuseError("interior-pointer", `blocks start at multiples of 8, got ${ptr}`);
  }

  dead(ptr: Ptr): MisuseError {
    return new MisuseError("double-free", `the block at ${ptr} is not live`);
  }
}

/** Whether one of several leaves owns an address. One that has ended owns none. */
function claims(leaves: readonly Allocator[], ptr: Ptr): boolean {
  return leaves.some((leaf) => {
    try {
      return can<Allocator, "owns">(leaf, "owns") && leaf.owns(ptr);
    } catch {
      return false;
    }
  });
}

/** Whether an allocator runs drops when it ends, and ends with its owner. Of one from elsewhere that is not known. */
function endsWithDrops(allocator: Allocator): boolean {
  if (allocator.isLent || !can(allocator, "defer")) return false;
  const { parts } = allocator as { parts?: Allocator };
  if (parts !== undefined) return parts.children !== undefined && endsWithDrops(parts);
  return allocator.children.every(endsWithDrops);
}

/**
 * Gives release to an allocator that has none to speak of: a region, which takes back only the block at its tip. It serves
 * from what was released first, best fit, and joins free neighbours; a block grows into what is free behind it. It owns the
 * allocator, and disposes it with itself; what it has of one that is lent goes back then.
 *
 * It supports `owns`, `resizeInPlace`, `check`, `trim` and `blocks`, and `reset` and `defer` if the allocator does. `trim` gives what is free at
 * the tip back, to an allocator that resizes in place. Over one with a useful release it gains little: what it has it keeps.
 * `blocks` visits free ranges, and what is live between two of them as one range.
 *
 * Cost: O(log n) in the number of free ranges; 24 bytes of words for each, 12 for each block of the allocator (of a region
 * one in all), none for a live block. At most 7 bytes of slack in a block.
 *
 * Source: `FreeTree` of phobos, which does not join neighbours; treaps after Aragon and Seidel (1989).
 *
 * @param inner - asked for what is not there; as long as it can, by making its last block longer in place
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
export function freeTree<A extends Allocator>(inner: A): FreeTree<A> {
  requireAllocator("freeTree", inner);
  const Machine = withCapabilities(FreeTreeMachine, (capability) =>
    capability === "reset" || capability === "defer" ? can(inner, capability) : true,
  );
  return new Machine(inner as unknown as Child) as unknown as FreeTree<A>;
}
