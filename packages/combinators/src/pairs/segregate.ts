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
  ArgumentError,
  type BlockVisitor,
  type Can,
  type Layout,
  LayoutError,
  type Memory,
  type MisuseCode,
  type NameOption,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import {
  attempt,
  blocksOf,
  type CapabilitiesOfPair,
  childrenIn,
  hide,
  type Kind,
  move,
  nullPointer,
  requireLayouts,
  requireMembers,
  requireOptions,
  resetAll,
  rethrow,
  togetherCan,
  withCapabilities,
  withName,
} from "@alloc/core/author";
import { type Child, isAllocator, layoutOf, requireAllocator, shown } from "../composable.ts";

/** Two allocators as one: the first serves small requests, the second large ones. */
export type Segregate<A extends Allocator, B extends Allocator> = Can<Exclude<CapabilitiesOfPair<A, B>, "sizeAt">> & {
  /** Bytes: the largest small request. */
  readonly threshold: number;
  /** Serves requests up to the threshold. */
  readonly small: A;
  /** Serves requests above the threshold. */
  readonly large: B;
  readonly memory: A["memory"] & B["memory"];
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
    requireMembers("segregate", this.children);
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

/** A route of {@link segregate}: the largest request in bytes, and the allocator that serves it. */
export type Route<A extends Allocator = Allocator> = readonly [bytes: number, child: A];

/** The type that {@link segregate} returns: a pair for each route, the next one as its `large`. */
export type Segregated<R extends readonly Route[], B extends Allocator> = R extends readonly [
  Route<infer A>,
  ...infer Rest extends readonly Route[],
]
  ? Segregate<A, Segregated<Rest, B>>
  : B;

/**
 * Puts several allocators behind one, chosen by the size of the request: `segregate([64, a], [1024, b], c)`. The result is a pair
 * of the first allocator, `small`, and of all others, `large`, which is such a pair again. Each pair owns both and disposes them
 * with itself, the small one first. Lend an allocator with `byRef()` to keep it.
 *
 * Supports `owns`, `reset` and `blocks` if all of them do; `resizeInPlace`, `check` and `trim` if one does; never `sizeAt`,
 * because finding the allocator of a block requires its size. Returns NULL if the allocator for a size has no room: put
 * {@link fallback} there. A block that grows or shrinks across a threshold moves.
 *
 * Cost: a comparison and a call per route that is passed. No state.
 *
 * Source: `Segregator` of phobos; `alloc-compose` for the usable size that ends at the threshold.
 *
 * @param routes - pairs `[bytes, allocator]`, at least one: the allocator serves requests up to `bytes`, inclusive, that are too
 *   large for the route before; `bytes` is an integer from 1 to 2 ** 32 − 1, larger than in the route before. Last, the allocator
 *   that serves all larger requests, and options behind it: a `name` for the pair
 * @returns the pair
 * @throws `LayoutError` if a number of bytes is out of bounds; `MisuseError` with code `other-memory` if two of them work in
 *   different memories, `misroute` if two hand out blocks of one heap, `shared-reset` if one takes its chunks from another that is
 *   not lent, `owned` if one belongs to another combinator. None is adopted then
 * @example
 * ```ts
 * import { segregate } from "@alloc/combinators";
 * import { Layout, orThrow } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 * import { system } from "@alloc/global";
 *
 * using heap = segregate([64, freeList(64)], [1024, freeList(1024)], system());
 * const layout = Layout.of(64);
 * const small = orThrow(heap.allocate(layout), layout);
 * heap.small.owns(small); // => true
 * heap.usableSize(Layout.of(65)); // => 1024
 * heap.deallocate(small, layout);
 * ```
 */
export function segregate<R extends readonly [Route, ...Route[]], B extends Allocator>(
  ...routes: [...R, rest: B]
): Segregated<R, B>;
export function segregate<R extends readonly [Route, ...Route[]], B extends Allocator>(
  ...routes: [...R, rest: B, options: NameOption]
): Segregated<R, B>;
export function segregate(...given: readonly (Route | Allocator | NameOption)[]): Allocator {
  const isNamed = isAllocator(given.at(-2)) && !isAllocator(given.at(-1)) && !Array.isArray(given.at(-1));
  const options = (isNamed ? given.at(-1) : {}) as NameOption;
  const pairs = given.slice(0, isNamed ? -2 : -1) as readonly Route[];
  const rest = given.at(isNamed ? -2 : -1) as Allocator;
  if (pairs.length === 0) {
    throw new ArgumentError(
      "segregate expects at least one pair [bytes, allocator] and an allocator for larger sizes: write segregate([64, small], large)",
    );
  }
  requireOptions("segregate([64, small], large, { name })", options, ["name"]);
  let after = 0;
  for (const pair of pairs) {
    if (!Array.isArray(pair)) {
      throw new ArgumentError(
        `segregate expects pairs [bytes, allocator], then an allocator, got ${shown(pair)}: write segregate([64, small], large)`,
      );
    }
    checkThreshold(pair[0], after);
    after = pair[0];
  }
  const children = [...pairs.map(([, child]) => child), rest];
  for (const child of children) requireAllocator("segregate", child, "segregate([64, small], large)");
  requireMembers("segregate", children);
  const made: Allocator[] = [];
  try {
    const pair = (large: Allocator, [bytes, small]: Route) => {
      const Machine = withCapabilities(SegregateMachine, (capability) => togetherCan([small, large], capability));
      made.push(new Machine(bytes, small as Child, large as Child));
      return made.at(-1)!;
    };
    return withName(options, () => pairs.reduceRight(pair, rest));
  } catch (error) {
    for (const pair of made) for (const child of pair.children) pair.abandon(child);
    throw error;
  }
}

/** The kind of {@link segregate}. */
export const segregateKind: Kind = {
  kind: "segregate",
  attach(node) {
    const [small, large] = childrenIn(node, 2) as [Allocator, Allocator];
    return segregate([node.options.threshold as number, small], large);
  },
};

/** Throws a `LayoutError` unless a threshold is in bounds and larger than the one before it. */
function checkThreshold(threshold: number, after: number): void {
  if (Number.isInteger(threshold) && threshold > after && threshold < 2 ** 32) return;
  const rise = threshold > 0 && threshold <= after ? `; thresholds must rise, and the one before is ${after}` : "";
  throw new LayoutError(
    "size",
    `a threshold must be an integer from ${after + 1} to 4294967295 bytes, got ${shown(threshold)}${rise}`,
  );
}
