/**
 * Members: what several allocators need in common to be combined, and which capabilities they have together.
 *
 *     fallback(freeList(64), system())        one memory, two heaps                        allowed
 *     fallback(heap, heap.byRef())            one heap, which may be released by either    misroute
 *     fallback(freeList(64, { parent }), …)   the parent beside its tenant                 shared-reset, unless it is lent
 *
 * All of it follows from the leaves of each member, and from the leaves that those take their chunks from.
 *
 * @module
 */
import { MisuseError } from "../base/errors.ts";
import { ancestorsOf, leavesOf, servesNothing } from "../chain/graph.ts";
import { titleOf } from "../chain/kind.ts";
import type { Allocator } from "./allocator.ts";
import { type CapabilitiesOf, type Capability, can } from "./capabilities.ts";

/** Capabilities that every member must support for the whole to support them. */
type OfAll = "owns" | "reset" | "sizeAt" | "blocks";
/** Capabilities that one member must support for the whole to support them. */
type OfAny = "resizeInPlace" | "check" | "trim";
const OF_ALL: readonly Capability[] = ["owns", "reset", "sizeAt", "blocks"] satisfies OfAll[];

/** The capabilities of two allocators behind one: {@link togetherCan} in types. */
export type CapabilitiesOfPair<A, B> =
  | (CapabilitiesOf<A> & CapabilitiesOf<B> & OfAll)
  | ((CapabilitiesOf<A> | CapabilitiesOf<B>) & OfAny);

/**
 * Returns whether several allocators behind one support a capability: `owns`, `reset`, `sizeAt` and `blocks` if all members do,
 * `resizeInPlace`, `check` and `trim` if one does. For authors of combinators: it decides for `withCapabilities`.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { togetherCan } from "@alloc/core/author";
 * import { freeList } from "@alloc/freelist";
 *
 * togetherCan([freeList(64), pages()], "owns"); // => true
 * togetherCan([freeList(64), pages()], "trim"); // => false
 * ```
 */
export function togetherCan(members: readonly Allocator[], capability: Capability): boolean {
  const has = (member: Allocator) => can(member, capability);
  return OF_ALL.includes(capability) ? members.every(has) : members.some(has);
}

/**
 * Throws unless allocators may stand beside each other in a combinator: in one memory, no heap twice, and none whose chunks the
 * reset of another one takes away. For authors of combinators: call it before `super` adopts the members, and again in
 * `requireFit`, which is called when a cascade below has made another member. O(members and their ancestors).
 *
 * @param kind - what the combinator is called in errors
 * @param members - the allocators, in the order in which they are asked
 * @param how - `routes: "owns"` if the first that `owns` a block gets it: then no member may lie in one that is asked before it
 * @throws `MisuseError` with code `other-memory`, `misroute` or `shared-reset`
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { requireMembers } from "@alloc/core/author";
 * import { freeList } from "@alloc/freelist";
 *
 * const [one, other] = [freeList(64), freeList(64)];
 * requireMembers("ring", [one, other]);
 * let code = "";
 * try {
 *   requireMembers("ring", [one, one.byRef()]);
 * } catch (error) {
 *   code = (error as { code: string }).code;
 * }
 * code; // => "misroute"
 * ```
 */
export function requireMembers(
  kind: string,
  members: readonly Allocator[],
  { routes = "size" }: { readonly routes?: "owns" | "size" } = {},
): void {
  requireOneMemory(kind, members);
  requireDistinct(kind, members);
  if (routes === "owns") requireNoneBefore(kind, members);
  requireNoSharedReset(kind, members);
}

/** Throws unless all allocators work in one memory, whatever wraps it. */
function requireOneMemory(kind: string, members: readonly Allocator[]): void {
  if (members.every((member) => member.memory.beneath === members[0]!.memory.beneath)) return;
  throw new MisuseError(
    "other-memory",
    `${kind} expects allocators of one memory, got some of several: make them over one parent, as in freeList(64, { parent })`,
  );
}

/**
 * Throws if two allocators hand out blocks of the same leaf, however they wrap it and whether or not it is lent: a block of one
 * would be released to the other, which counts and rounds it differently.
 */
function requireDistinct(kind: string, members: readonly Allocator[]): void {
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

/** Throws if `owns` of a member could claim blocks of a later one because the chunks of the later one lie in it. */
function requireNoneBefore(kind: string, members: readonly Allocator[]): void {
  const before = new Set<Allocator>();
  for (const member of members) {
    if (ancestorsOf(member).some((leaf) => before.has(leaf))) {
      throw new MisuseError(
        "misroute",
        `${kind} asks its members in turn whether they own a block, but one takes its chunks from a member before it, which would claim its blocks; swap the two`,
      );
    }
    for (const leaf of leavesOf(member)) before.add(leaf);
  }
}

/**
 * Throws if resetting all members would take the chunks of one away, because its parent is another member that supports `reset`.
 * A lent allocator cannot be reset, so a lent parent may stand beside its tenants.
 */
function requireNoSharedReset(kind: string, members: readonly Allocator[]): void {
  /** The member that hands out blocks of a leaf, if a reset of the member ends them; undefined if there are several. */
  const owners = new Map<Allocator, Allocator | undefined>();
  for (const member of members) {
    if (!can(member, "reset")) continue;
    for (const leaf of leavesOf(member)) owners.set(leaf, owners.has(leaf) ? undefined : member);
  }
  for (const member of members) {
    if (!ancestorsOf(member).some((leaf) => owners.has(leaf) && owners.get(leaf) !== member)) continue;
    throw new MisuseError(
      "shared-reset",
      `a child of ${kind} takes its chunks from another one, and a reset of both would take them away; lend the parent with byRef()`,
    );
  }
}

/**
 * Returns the leaves whose blocks an allocator hands out: those of {@link leavesOf} that serve anything, and for what
 * `Allocator.from` makes, those of its parts or their parent. For authors of combinators. O(members).
 */
export function sourcesOf(allocator: Allocator): Set<Allocator> {
  const sources = new Set<Allocator>(leavesOf(allocator));
  // Iterating a Set also visits the elements added meanwhile.
  for (const leaf of sources) {
    if (servesNothing(leaf)) sources.delete(leaf);
    const { parts } = leaf as { parts?: Allocator };
    const behind = parts?.children === undefined ? parts?.parent : parts;
    if (behind !== undefined) for (const one of leavesOf(behind)) sources.add(one);
  }
  return sources;
}
