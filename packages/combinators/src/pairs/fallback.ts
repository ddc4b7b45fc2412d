/**
 * Fallback: asks the first allocator, and the second if the first has no room. The "or" of allocators.
 *
 *     allocate     primary ── NULL ──▶ secondary
 *     release      primary.owns(ptr)? ── yes ──▶ primary
 *                                     └─ no ───▶ secondary
 *     grow         in the primary ── NULL ──▶ allocate in the secondary, copy, release in the primary
 *
 * `owns` of the primary finds the child of a block, so the secondary needs none. That would fail if the secondary took its chunks
 * from the primary, or if both handed out blocks of one heap: the primary would claim them. Such pairs are refused on creation.
 *
 * @module
 */
import {
  Allocator,
  type BlockVisitor,
  type Can,
  type Layout,
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
import { type Child, requireAllocator, requireOwns } from "../composable.ts";

/** Two allocators as one: the second serves requests for which the first has no room. */
export type Fallback<A extends Allocator, B extends Allocator> = Can<CapabilitiesOfPair<A, B>> & {
  /** Asked first. */
  readonly primary: A;
  /** Asked if the primary has no room. */
  readonly secondary: B;
  readonly memory: A["memory"] & B["memory"];
};

class FallbackMachine extends Allocator {
  override readonly memory: Memory;
  override readonly detects: readonly MisuseCode[];
  readonly primary!: Child;
  readonly secondary!: Child;

  constructor(primary: Child, secondary: Child) {
    super(undefined, [primary, secondary]);
    this.memory = primary.memory;
    // As `inner` of a wrapper.
    hide(this, { primary, secondary });
    // A foreign pointer always ends up at the secondary.
    this.detects = secondary.detects.filter((code) => code === "foreign-pointer" || primary.detects.includes(code));
  }

  override allocate(layout: Layout): Ptr | Null {
    const ptr = this.primary.allocate(layout);
    return ptr !== 0 ? ptr : this.secondary.allocate(layout);
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    const ptr = this.primary.allocateZeroed(layout);
    return ptr !== 0 ? ptr : this.secondary.allocateZeroed(layout);
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    if (from?.size === 0) return this.allocate(to);
    if (!this.primary.owns(ptr)) return this.secondary.grow(ptr, from, to);
    const next = this.primary.grow(ptr, from, to);
    return next !== 0 ? next : this.migrate(ptr, from, to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    if (from?.size === 0) return this.expectLayout(to, "shrink").dangling;
    if (!this.primary.owns(ptr)) return this.secondary.shrink(ptr, from, to);
    const next = this.primary.shrink(ptr, from, to);
    return next !== 0 ? next : this.migrate(ptr, from, to);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout != null && layout.size === 0) return;
    if (this.primary.owns(ptr)) this.primary.deallocate(ptr, layout);
    else this.secondary.deallocate(ptr, layout);
  }

  override usableSize(layout: Layout): number {
    const primary = this.primary.usableSize(layout);
    const secondary = this.secondary.usableSize(layout);
    return primary === 0 || (secondary !== 0 && secondary < primary) ? secondary : primary;
  }

  owns(ptr: Ptr): boolean {
    return this.primary.owns(ptr) || this.secondary.owns(ptr);
  }

  reset(): void {
    resetAll(this);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    if (ptr === 0 && from.size !== 0) throw nullPointer("resizeInPlace");
    if (from.size === 0) return false;
    const child = this.primary.owns(ptr) ? this.primary : this.secondary;
    return child.resizeInPlace?.(ptr, from, to) ?? false;
  }

  sizeAt(ptr: Ptr): number {
    return this.primary.owns(ptr) ? this.primary.sizeAt(ptr) : this.secondary.sizeAt(ptr);
  }

  check(): void {
    this.primary.check?.();
    this.secondary.check?.();
  }

  trim(): void {
    const errors: unknown[] = [];
    attempt(errors, () => this.primary.trim?.());
    attempt(errors, () => this.secondary.trim?.());
    rethrow(errors);
  }

  blocks(visit: BlockVisitor): void {
    blocksOf(this.children, visit);
  }

  override describeSelf(): SelfDescription {
    return { kind: "fallback", options: {}, state: {} };
  }

  /** Throws unless the two may stand side by side: one of them has another member now. */
  requireFit(): void {
    requireMembers("fallback", this.children, { routes: "owns" });
  }

  /** Moves a block that the primary cannot resize to the secondary. On NULL it stays in the primary, unchanged. */
  migrate(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return move(this.primary, ptr, from, this.secondary, to);
  }
}

/**
 * Puts a second allocator behind the first, for requests for which the first has no room. The pair owns both children and
 * disposes them with itself, the primary first. Lend a child with `byRef()` to keep it.
 *
 * Supports `owns`, `reset`, `sizeAt` and `blocks` if both children do; `resizeInPlace`, `check` and `trim` if one does.
 *
 * Cost: one extra call if the primary has room, two if not; a release calls `owns` of the primary. No state.
 *
 * Source: `FallbackAllocator` of phobos. Unlike in the `allocators` crate, a block that the primary cannot grow moves to the
 * secondary.
 *
 * @param primary - asked first; it must support `owns`
 * @param secondary - asked if the primary returns NULL
 * @param options - a `name`
 * @returns the pair
 * @throws `TypeError` if the primary does not support `owns`; `MisuseError` with code `other-memory` if the children work in two
 *   memories, `misroute` if the secondary takes its chunks from the primary or both hand out blocks of one heap, `shared-reset`
 *   if the primary takes its chunks from the secondary and that is not lent, `owned` if a child belongs to another combinator.
 *   Neither child is adopted then
 * @example
 * ```ts
 * import { fallback } from "@alloc/combinators";
 * import { Layout, orThrow } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 * import { system } from "@alloc/global";
 *
 * using heap = fallback(freeList(64), system());
 * const small = orThrow(heap.allocate(Layout.of(40)), Layout.of(40));
 * heap.primary.owns(small); // => true
 * const grown = orThrow(heap.grow(small, Layout.of(40), Layout.of(400)), Layout.of(400));
 * heap.primary.owns(grown); // => false
 * heap.deallocate(grown, Layout.of(400));
 * ```
 */
export function fallback<A extends Can<"owns">, B extends Allocator>(
  primary: A,
  secondary: B,
  options: NameOption = {},
): Fallback<A, B> {
  for (const child of [primary, secondary]) requireAllocator("fallback", child, "fallback(primary, secondary)");
  requireOptions("fallback(primary, secondary, { name })", options, ["name"]);
  requireOwns(
    "fallback(primary, secondary) expects a primary",
    primary,
    "put it last, or give it an owns(ptr) where it is made",
  );
  requireMembers("fallback", [primary, secondary], { routes: "owns" });
  const Machine = withCapabilities(FallbackMachine, (capability) => togetherCan([primary, secondary], capability));
  const make = () => new Machine(primary as unknown as Child, secondary as unknown as Child);
  return withName(options, make) as unknown as Fallback<A, B>;
}

/** The kind of {@link fallback}. */
export const fallbackKind: Kind = {
  kind: "fallback",
  attach: (node) => fallback(...(childrenIn(node, 2) as [Can<"owns">, Allocator])),
};
