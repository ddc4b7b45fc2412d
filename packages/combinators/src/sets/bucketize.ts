/**
 * Bucketize: a set of size classes over one factory.
 *
 *     request size (bytes)    1 … 16   17 … 32   33 … 48   49 … 64     more
 *     bucket                     0         1         2         3       NULL
 *     table                   [ 0, 0, 1, 2, 3 ]    one entry for each multiple of the unit, here 16
 *
 * The relevant size is the one rounded up to the align, so a bucket whose blocks are aligned to their size serves aligned
 * requests too. The layout alone determines the bucket. This requires that every layout that fits a block stays in its class. So
 * the usable size ends there, whatever slack the bucket has.
 *
 * @module
 */
import {
  Allocator,
  ArgumentError,
  type BlockVisitor,
  type Can,
  type CapabilitiesOf,
  Layout,
  type Memory,
  type MisuseCode,
  type MisuseError,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import {
  attempt,
  blocksOf,
  bytesText,
  childrenIn,
  hide,
  type Kind,
  misuseOf,
  move,
  nullPointer,
  requireFunction,
  requireLayout,
  requireLayouts,
  requireMembers,
  requireOptions,
  resetAll,
  rethrow,
  titleOf,
  togetherCan,
  withCapabilities,
  withName,
} from "@alloc/core/author";
import { type Child, discard, layoutOf, requireAllocator } from "../composable.ts";
import { type SizeOptions, sizesIn, sizesOf } from "./sizes.ts";

/** Allocators of one kind behind one, each for one size class. */
export type Bucketize<A extends Allocator> = Can<Exclude<CapabilitiesOf<A>, "sizeAt" | "defer">> & {
  /** Bytes: the largest request of each bucket, in ascending order. */
  readonly sizes: readonly number[];
  /** The allocators of the classes, in the order of `sizes`. */
  readonly buckets: readonly A[];
  readonly memory: A["memory"];
};

class BucketizeMachine extends Allocator {
  override readonly memory: Memory;
  override readonly detects: readonly MisuseCode[];
  readonly buckets!: readonly Child[];
  readonly sizes: readonly number[];
  /** Bytes: the largest request. */
  readonly most!: number;
  /** Bytes: a power of two that divides all class sizes. */
  readonly unit!: number;
  /** The bucket of each multiple of the unit. */
  readonly table!: Uint16Array;

  constructor(buckets: readonly Child[], sizes: readonly number[], unit: number) {
    super(undefined, buckets);
    this.memory = buckets[0]!.memory;
    this.sizes = sizes;
    const most = sizes.at(-1)!;
    const table = new Uint16Array(most / unit + 1);
    for (let bucket = 1; bucket < sizes.length; bucket++) table.fill(bucket, sizes[bucket - 1]! / unit + 1);
    hide(this, { buckets, most, unit, table });
    // A layout of another class leads to another bucket, to which the block is foreign.
    this.detects = buckets[0]!.detects.filter(
      (code) => code !== "wrong-layout" && buckets.every(({ detects }) => detects.includes(code)),
    );
  }

  override allocate(layout: Layout): Ptr | Null {
    const at = this.route(layout);
    return at < 0 ? 0 : this.buckets[at]!.allocate(layout);
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    const at = this.route(layout);
    return at < 0 ? 0 : this.buckets[at]!.allocateZeroed(layout);
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "grow");
    if (ptr === 0 && from.size !== 0) throw nullPointer("grow");
    const source = this.bucketOf(ptr, from);
    const at = this.route(to);
    if (at < 0) return 0;
    const target = this.buckets[at]!;
    return source === target ? source.grow(ptr, from, to) : move(source, ptr, from, target, to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "shrink");
    if (ptr === 0 && from.size !== 0) throw nullPointer("shrink");
    const source = this.bucketOf(ptr, from);
    const at = this.route(to);
    if (at < 0) return 0;
    const target = this.buckets[at]!;
    return source === target ? source.shrink(ptr, from, to) : move(source, ptr, from, target, to);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    this.bucketOf(ptr, layout).deallocate(ptr, layout);
  }

  override usableSize(layout: Layout): number {
    const at = this.route(layout, "usableSize");
    if (at < 0) return 0;
    const size = this.sizes[at]!;
    const usable = this.buckets[at]!.usableSize(layout);
    return usable === 0 ? this.usableBelow(layout, at) : Math.min(usable, size - (size & (layout.align - 1)));
  }

  owns(ptr: Ptr): boolean {
    for (const bucket of this.buckets) if (bucket.owns(ptr)) return true;
    return false;
  }

  reset(): void {
    resetAll(this);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    if (ptr === 0 && from.size !== 0) throw nullPointer("resizeInPlace");
    const bucket = this.bucketOf(ptr, from);
    return bucket === this.buckets[this.route(to)] && (bucket.resizeInPlace?.(ptr, from, to) ?? false);
  }

  check(): void {
    for (const bucket of this.buckets) bucket.check?.();
  }

  trim(): void {
    const errors: unknown[] = [];
    for (const bucket of this.buckets) attempt(errors, () => bucket.trim?.());
    rethrow(errors);
  }

  blocks(visit: BlockVisitor): void {
    blocksOf(this.buckets, visit);
  }

  override describeSelf(): SelfDescription {
    return { kind: "bucketize", options: { sizes: this.sizes }, state: {} };
  }

  /** Throws unless the buckets may stand side by side: one of them has another member now. */
  requireFit(): void {
    requireMembers("bucketize", this.buckets);
  }

  /** Returns the bucket of a layout, −1 if it is larger than the last class. */
  route(layout: Layout, call = "allocate"): number {
    if (layout == null) return this.beyond(layout, call);
    const size = layout.size + (-layout.size & (layout.align - 1));
    return size >= 0 && size <= this.most ? this.table[Math.ceil(size / this.unit)]! : this.beyond(layout, call);
  }

  /** Returns −1, for no bucket; throws unless given a layout. */
  beyond(layout: Layout, call: string): number {
    requireLayout(layout, call);
    return -1;
  }

  /** Returns the bucket of a live block. */
  bucketOf(ptr: Ptr, layout: Layout): Child {
    const at = this.route(layout, "deallocate");
    if (at < 0) throw this.foreign(ptr, layout);
    return this.buckets[at]!;
  }

  /**
   * Returns the usable size of a layout that its bucket can never serve: 0 if no larger size can be served either, otherwise the
   * size itself. A fallback skips a child whose usable size is 0 and relies on 0 being final.
   */
  usableBelow(layout: Layout, at: number): number {
    for (const size of this.sizes.slice(at, -1)) {
      const larger = layoutOf(size + 1, layout.align);
      const later = larger === undefined ? -1 : this.route(larger);
      if (later >= 0 && this.buckets[later]!.usableSize(larger!) !== 0) return layout.size;
    }
    return 0;
  }

  foreign(ptr: Ptr, layout: Layout): MisuseError {
    const most = `buckets for up to ${bytesText(this.most)}`;
    return misuseOf(this, "foreign-pointer", `${ptr} was given to ${most} with ${layout}, which no bucket serves`);
  }
}

/**
 * Creates an allocator for each size class and routes requests by size. It owns the buckets and disposes them with itself.
 *
 * Supports the capabilities of the buckets except `sizeAt` and `defer`: finding a bucket requires a size. A request larger than
 * the last class returns NULL, and its usable size is 0. A request also returns NULL if its bucket has no room. Put {@link
 * segregate} in front, {@link fallback} behind or inside. A block that leaves its class moves.
 *
 * Cost: a table look-up and a call; `owns` asks one bucket after the other. 2 bytes per multiple of the largest power of two that
 * divides all class sizes.
 *
 * Source: `Bucketizer` of phobos, `Multipool` of BDE.
 *
 * @param make - creates the allocator of a class, given its largest size in bytes
 * @param options - `from`: bytes, the largest size of the first class, which serves all smaller ones; `to`: bytes, the largest
 *   size of the last class; and either `step`, the bytes from one class to the next, or `factor`, the ratio of each class to the
 *   one before, rounded up to a multiple of 8; `name`: for reports, errors and `find`
 * @returns the routing allocator
 * @throws `LayoutError` if an option is out of bounds or the table would have more than 65,536 entries; errors of `make`;
 *   `TypeError` if `make` returns no allocator or a bucket can never serve its class; `MisuseError` with code `other-memory`,
 *   `misroute`, `shared-reset` or `owned`. The buckets are disposed then, except those owned by another combinator or returned
 *   twice by `make`
 * @example
 * ```ts
 * import { bucketize } from "@alloc/combinators";
 * import { Layout } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 *
 * using pools = bucketize((size) => freeList(size, { blocks: 100 }), { from: 16, to: 64, step: 16 });
 * pools.sizes; // => [16, 32, 48, 64]
 * pools.usableSize(Layout.of(20)); // => 32
 * pools.allocate(Layout.of(65)); // => 0
 *
 * using octaves = bucketize((size) => freeList(size), { from: 16, to: 256, factor: 2 });
 * octaves.sizes; // => [16, 32, 64, 128, 256]
 * ```
 */
export function bucketize<A extends Allocator>(make: (size: number) => A, options: SizeOptions): Bucketize<A> {
  requireFunction("bucketize((size) => freeList(size), …)", make);
  requireOptions("bucketize(make, { from, to, step })", options, ["from", "to", "step", "factor", "name"]);
  const { sizes, unit } = sizesOf(options);
  const buckets: A[] = [];
  try {
    for (const size of sizes) {
      const bucket = make(size);
      requireAllocator("bucketize", bucket);
      buckets.push(bucket);
      requireServed(size, bucket);
    }
    return withName(options, () => routing(buckets, sizes, unit));
  } catch (error) {
    const errors = [error];
    discard(errors, buckets);
    rethrow(errors);
    throw error;
  }
}

function requireServed(size: number, bucket: Allocator): void {
  if (bucket.usableSize(Layout.of(size, 1)) !== 0) return;
  throw new ArgumentError(
    `bucketize(make, …) expects make(${size}) to return an allocator that serves ${bytesText(size)}, got ${titleOf(bucket)}, which never does: write bucketize((size) => freeList(size), …)`,
  );
}

function routing<A extends Allocator>(buckets: readonly A[], sizes: readonly number[], unit: number): Bucketize<A> {
  requireMembers("bucketize", buckets);
  const Machine = withCapabilities(BucketizeMachine, (capability) => togetherCan(buckets, capability));
  return new Machine(buckets as unknown[] as Child[], sizes, unit) as unknown as Bucketize<A>;
}

/** The kind of {@link bucketize}. It needs no function: all buckets are there. */
export const bucketizeKind: Kind = {
  kind: "bucketize",
  attach(node) {
    const { sizes, unit } = sizesIn(node.options.sizes);
    const buckets = childrenIn(node, sizes.length);
    for (const [index, bucket] of buckets.entries()) requireServed(sizes[index]!, bucket);
    return routing(buckets, sizes, unit);
  },
};
