/**
 * What allocators need in common to be combined, and which capabilities they have together.
 *
 * @module
 */
import {
  type Allocator,
  ArgumentError,
  type Can,
  type CapabilitiesOf,
  type Capability,
  can,
  Layout,
  MisuseError,
} from "@alloc/core";
import { ancestorsOf, attempt, leavesOf, titleOf, uppersOf } from "@alloc/core/author";

/** Capabilities that every child must support for the whole to support them. */
type OfAll = "owns" | "reset" | "sizeAt" | "blocks";
/** Capabilities that one child must support for the whole to support them. */
type OfAny = "resizeInPlace" | "check" | "trim";
const OF_ALL: readonly Capability[] = ["owns", "reset", "sizeAt", "blocks"] satisfies OfAll[];

/** The capabilities of two allocators behind one. */
export type CapabilitiesOfPair<A, B> =
  | (CapabilitiesOf<A> & CapabilitiesOf<B> & OfAll)
  | ((CapabilitiesOf<A> | CapabilitiesOf<B>) & OfAny);

/** A child as seen by a combinator: a capability it lacks is also missing from the combinator, or called with `?.`. */
export type Child = Can<Capability>;

/** Whether several allocators behind one support a capability: {@link CapabilitiesOfPair} at run time. */
export function togetherCan(children: readonly Allocator[], capability: Capability): boolean {
  const has = (child: Allocator) => can(child, capability);
  return OF_ALL.includes(capability) ? children.every(has) : children.some(has);
}

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
 * Throws unless all allocators work in one memory, whatever wraps it.
 *
 * @throws `MisuseError` with code `other-memory`
 */
export function requireOneMemory(kind: string, children: readonly Allocator[]): void {
  if (children.every((child) => child.memory.beneath === children[0]!.memory.beneath)) return;
  throw new MisuseError(
    "other-memory",
    `${kind} expects allocators of one memory, got some of several: make them over one parent, as in freeList(64, { parent })`,
  );
}

/**
 * Throws if `owns` of the first allocator could claim blocks of the second because the chunks of the second lie in the first.
 *
 * @throws `MisuseError` with code `misroute`
 */
export function requireNoMisroute(kind: string, first: Allocator, second: Allocator): void {
  if (!liesIn(second, first)) return;
  throw new MisuseError(
    "misroute",
    `${kind} asks its first child whether it owns a block, but the second takes its chunks from the first, which would claim its blocks; swap the two`,
  );
}

/**
 * Throws if resetting all children would take the chunks of one away, because its parent is another child that supports `reset`.
 * A lent allocator cannot be reset, so a lent parent may stand beside its children. O(members and their ancestors).
 *
 * @throws `MisuseError` with code `shared-reset`
 */
export function requireNoSharedReset(kind: string, children: readonly Allocator[]): void {
  /** The child that hands out blocks of a leaf, if a reset of the child ends them; undefined if there are several. */
  const owners = new Map<Allocator, Allocator | undefined>();
  for (const child of children) {
    if (!can(child, "reset")) continue;
    for (const leaf of leavesOf(child)) owners.set(leaf, owners.has(leaf) ? undefined : child);
  }
  for (const child of children) {
    if (!ancestorsOf(child).some((leaf) => owners.has(leaf) && owners.get(leaf) !== child)) continue;
    throw new MisuseError(
      "shared-reset",
      `a child of ${kind} takes its chunks from another one, and a reset of both would take them away; lend the parent with byRef()`,
    );
  }
}

/**
 * Throws if two allocators hand out blocks of the same leaf, however they wrap it and whether or not it is lent: a block of one
 * would be released to the other, which counts and rounds it differently. O(members).
 *
 * @throws `MisuseError` with code `misroute`
 */
export function requireDistinct(kind: string, members: readonly Allocator[]): void {
  const owners = new Map<Allocator, number>();
  members.forEach((member, index) => {
    for (const leaf of sourcesOf(member)) {
      const other = owners.get(leaf) ?? index;
      owners.set(leaf, other);
      if (other === index) continue;
      throw new MisuseError(
        "misroute",
        `two members of ${kind} hand out blocks of the same ${titleOf(leaf)}: a block of one would go back to the other; give each a heap of its own`,
      );
    }
  });
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

/** Returns the leaves whose blocks an allocator hands out: what `Allocator.from` makes hands out those of its parts, or their parent. */
function sourcesOf(allocator: Allocator): Set<Allocator> {
  const sources = new Set<Allocator>(leavesOf(allocator));
  // Iterating a Set also visits the elements added meanwhile.
  for (const leaf of sources) {
    if ((leaf as Partial<Empty>).servesNothing) sources.delete(leaf);
    const { parts } = leaf as { parts?: Allocator };
    const behind = parts?.children === undefined ? parts?.parent : parts;
    if (behind !== undefined) for (const one of leavesOf(behind)) sources.add(one);
  }
  return sources;
}

/** A leaf that never hands out a block and may stand anywhere. */
export interface Empty {
  readonly servesNothing: true;
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
