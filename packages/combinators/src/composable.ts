/**
 * What the combinators of this package share: checks of members that come later, and small steps. What every combinator needs
 * stands in `@alloc/core/author`.
 *
 * @module
 */
import { type Allocator, ArgumentError, type Can, type Capability, can, Layout, MisuseError } from "@alloc/core";
import { ancestorsOf, attempt, leavesOf, sourcesOf, titleOf, uppersOf } from "@alloc/core/author";

/** A child as seen by a combinator: a capability it lacks is also missing from the combinator, or called with `?.`. */
export type Child = Can<Capability>;

export { isAllocator, requireAllocator, shown } from "@alloc/core/author";

/**
 * Throws unless an allocator supports `owns`. For JavaScript callers.
 *
 * @param expected - the call and what it expects: `"fallback(primary, secondary) expects a primary"`
 * @param remedy - what to do
 */
export function requireOwns(expected: string, allocator: Allocator, remedy: string): void {
  if (can(allocator, "owns")) return;
  throw new ArgumentError(`${expected} that supports owns(ptr), got ${titleOf(allocator)}, which does not: ${remedy}`);
}

/**
 * Throws if an allocator shares a leaf with another one, takes chunks from it, or provides its chunks: both would claim the same
 * blocks.
 *
 * @throws `MisuseError` with code `misroute`
 */
export function requireApart(kind: string, one: Allocator, others: readonly Allocator[]): void {
  const [sources, leaves, ancestors] = [sourcesOf(one), new Set(leavesOf(one)), new Set(ancestorsOf(one))];
  for (const other of others) {
    const shares = shareOne(sourcesOf(other), sources);
    if (!shares && !shareOne(leavesOf(other), ancestors) && !shareOne(ancestorsOf(other), leaves)) continue;
    throw new MisuseError(
      "misroute",
      `${kind} asks its members which one owns a block, but two of them are the same heap or lie in each other; make a new one each time, over a parent that is not a member`,
    );
  }
}

/**
 * Throws if a member that a combinator has just taken in may not stand beside what that is combined with, at every height: what was
 * asked when the chain was made is asked again. O(members).
 *
 * @throws `MisuseError` with code `misroute` or `shared-reset`
 */
export function requireLateFit(combinator: Allocator): void {
  for (const [upper, child] of uppersOf(combinator)) (upper as Partial<Combining>).requireFit?.(child);
}

/** A combinator of several children. */
interface Combining {
  /** Throws unless a child, which has another member now, may stand beside the other children. */
  requireFit(child: Allocator): void;
}

/** Returns a layout; undefined if its size is out of bounds. */
export function layoutOf(size: number, align: number): Layout | undefined {
  return size > 2 ** 32 - align ? undefined : Layout.of(size, align);
}

/**
 * Disposes the results of a factory whose combinator could not be created. A result owned by another combinator is kept, and so
 * is one that the factory returned twice, because it existed before.
 */
export function discard(errors: unknown[], made: readonly Allocator[]): void {
  // An allocator that takes chunks from another one has more ancestors, so it goes first.
  const depth = new Map(made.map((allocator) => [allocator, ancestorsOf(allocator).length]));
  for (const allocator of made.toSorted((a, b) => depth.get(b)! - depth.get(a)!)) {
    if (made.indexOf(allocator) !== made.lastIndexOf(allocator) || allocator.isOwned) continue;
    attempt(errors, () => allocator.dispose());
  }
}

/**
 * Whether an allocator, or one of its leaves, is in the middle of a call. It must not be trimmed then: the running call relies on
 * the state it found.
 */
export function isInUse(allocator: Allocator): boolean {
  return allocator.isBusy || leavesOf(allocator).some((leaf) => leaf.isBusy);
}

/** Whether an allocator takes chunks from another one and hands out none of its blocks. */
export function takesFrom(allocator: Allocator, other: Allocator): boolean {
  return liesIn(allocator, other) && !shareOne(sourcesOf(other), sourcesOf(allocator));
}

/** Whether chunks of an allocator come from a leaf of another one. */
function liesIn(allocator: Allocator, other: Allocator): boolean {
  return shareOne(leavesOf(other), new Set(ancestorsOf(allocator)));
}

/** Whether one of some allocators is in a set. */
function shareOne(some: Iterable<Allocator>, set: ReadonlySet<Allocator>): boolean {
  for (const one of some) if (set.has(one)) return true;
  return false;
}
