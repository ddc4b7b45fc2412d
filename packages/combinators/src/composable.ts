/**
 * What allocators must have in common to be combined, and what they can do together.
 *
 * @module
 */
import {
  type Allocator,
  ancestorsOf,
  type Can,
  can,
  Layout,
  leavesOf,
  MisuseError,
  type Power,
  type PowersOf,
} from "@alloc/core";

/** What every child must be able to do, for the whole to be. */
type OfAll = "owns" | "reset" | "sizeAt";
/** What one child must be able to do. */
type OfAny = "resizeInPlace" | "check" | "trim";
const OF_ALL: readonly Power[] = ["owns", "reset", "sizeAt"] satisfies OfAll[];

/** The powers of two allocators behind one. */
export type PowersOfPair<A, B> = (PowersOf<A> & PowersOf<B> & OfAll) | ((PowersOf<A> | PowersOf<B>) & OfAny);

/** A child as a machine sees it: what it lacks, the machine lacks, or asks for with `?.`. */
export type Child = Can<Power>;

/** Whether several allocators behind one have a power: the run time of {@link PowersOfPair}. */
export function togetherCan(children: readonly Allocator[], power: Power): boolean {
  const has = (child: Allocator) => can(child, power);
  return OF_ALL.includes(power) ? children.every(has) : children.some(has);
}

/** Throws a `TypeError` unless an allocator can tell which blocks are its own. For those whom no compiler told. */
export function requireOwns(kind: string, allocator: Allocator): void {
  if (can(allocator, "owns")) return;
  throw new TypeError(`${kind} asks its first child which blocks are its own, and this one has no owns(ptr)`);
}

/**
 * Throws unless all work in one memory, whatever wraps it.
 *
 * @throws `MisuseError` with code `other-memory`
 */
export function requireOneMemory(kind: string, children: readonly Allocator[]): void {
  if (children.every((child) => child.memory.beneath === children[0]!.memory.beneath)) return;
  throw new MisuseError("other-memory", `${kind} needs children that work in one memory, and these work in several`);
}

/**
 * Throws if `owns` of the first could claim blocks of the second: when the chunks of the second lie in the first.
 *
 * @throws `MisuseError` with code `misroute`
 */
export function requireNoMisroute(kind: string, first: Allocator, second: Allocator): void {
  if (!liesIn(second, first)) return;
  throw new MisuseError(
    "misroute",
    `${kind} asks its first child who owns a block, but the second takes its chunks from the first, which would claim them; swap the two`,
  );
}

/**
 * Throws if a reset of all children would take the chunks of one away: when another one that can be reset is its parent.
 * What is lent cannot be reset, so a parent that is lent may stand beside its children.
 *
 * @throws `MisuseError` with code `shared-reset`
 */
export function requireNoSharedReset(kind: string, children: readonly Allocator[]): void {
  for (const parent of children) {
    const isReset = can(parent, "reset");
    if (!isReset || !children.some((child) => child !== parent && liesIn(child, parent))) continue;
    throw new MisuseError(
      "shared-reset",
      `a child of ${kind} takes its chunks from another one, and a reset of both would take them away; lend the parent with byRef()`,
    );
  }
}

/**
 * Throws if an allocator shares a leaf with another one, or has chunks from it, or the other way round: then both would
 * claim the same blocks.
 *
 * @throws `MisuseError` with code `misroute`
 */
export function requireApart(kind: string, one: Allocator, others: readonly Allocator[]): void {
  const leaves = leavesOf(one);
  for (const other of others) {
    const shares = leavesOf(other).some((leaf) => leaves.includes(leaf));
    if (!shares && !liesIn(one, other) && !liesIn(other, one)) continue;
    throw new MisuseError(
      "misroute",
      `${kind} asks its members who owns a block, but two of them are the same heap or lie in each other; make a new one each time, of a parent that is no member`,
    );
  }
}

/** Answers a layout, undefined if there is none so large. */
export function layoutOf(size: number, align: number): Layout | undefined {
  return size > 2 ** 32 - align ? undefined : Layout.of(size, align);
}

/** Whether chunks of an allocator come from a leaf of another one. */
function liesIn(allocator: Allocator, other: Allocator): boolean {
  const ancestors = ancestorsOf(allocator);
  return leavesOf(other).some((leaf) => ancestors.includes(leaf));
}
