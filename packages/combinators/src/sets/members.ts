/**
 * Members: how a cascade creates another member, and what it must have in common with the existing ones.
 *
 * @module
 */
import { type Allocator, ArgumentError, type Capability, can } from "@alloc/core";
import { attempt, recycle, requireFunction, requireMembers, rethrow, titleOf } from "@alloc/core/author";
import { type Child, discard, requireAllocator, requireOwns, takesFrom } from "../composable.ts";
import type { Apart } from "./apart.ts";
import type { Roster } from "./roster.ts";
import { FIRST, HINT } from "./seats.ts";

/**
 * Creates a member, given the number of existing ones. Returns undefined or throws an `AllocError` if there is no room for
 * another one. While it runs, the cascade serves requests from its existing members and creates no other.
 */
export type MakeMember<A extends Allocator> = (index: number) => A | undefined;

/** The call in messages. */
const CALL = "cascade(make)";

/** Capabilities that every member must support if the first one does. */
const ALIKE: readonly Capability[] = ["owns", "reset", "sizeAt", "blocks"];

/**
 * Creates the first member.
 *
 * @throws errors of `make`; `TypeError` if the result is not an allocator or does not support `owns`, in which case it is disposed
 */
export function makeFirst<A extends Allocator>(make: MakeMember<A>): A {
  requireFunction("cascade((index) => freeList(64))", make);
  const first = make(0);
  if (first === undefined)
    throw new ArgumentError(
      `${CALL} expects an allocator as make(0), got undefined: write cascade((index) => freeList(64))`,
    );
  requireAllocator("cascade", first);
  orDiscard(first, () =>
    requireOwns(`${CALL} expects an allocator`, first, "use freeList, system or scoped, or give it an owns(ptr)"),
  );
  return first;
}

/**
 * Creates a member that supports the capabilities of the others and lies apart from them.
 *
 * @returns undefined if there is no room for a member
 * @throws errors of `make`; `TypeError`, or `MisuseError` with code `other-memory` or `misroute`. The new member is disposed
 *   then, unless other members depend on it
 */
export function makeMember(
  make: MakeMember<Allocator>,
  cascade: Allocator & { readonly members: readonly Child[]; readonly apart: Apart },
): Child | undefined {
  const { members } = cascade;
  const member = unlessNoRoom(() => make(members.length));
  if (member === undefined) return undefined;
  requireAllocator("cascade", member);
  if (members.includes(member as Child) && !member.isLent)
    throw new ArgumentError(`${CALL} expects a new allocator of each call of make, got a member: create it in make`);
  try {
    cascade.apart.require(member, cascade);
  } catch (error) {
    const errors = [error];
    // Otherwise members may depend on it.
    if (members.some((other) => takesFrom(member, other))) discard(errors, [member]);
    rethrow(errors);
  }
  orDiscard(member, () => requireAlike(members[0]!, member));
  return member as Child;
}

/**
 * Takes members in that were made again.
 *
 * @throws as {@link makeMember}; no member is owned then
 */
export function enterAll(cascade: Roster, members: readonly Allocator[]): void {
  try {
    const first = cascade.slots[FIRST]!;
    requireOwns(`${CALL} expects an allocator`, first, "attach the members that it had");
    for (const member of members) {
      cascade.apart.require(member, cascade);
      requireAlike(first, member);
      cascade.seat(member as Child);
      cascade.late?.know();
    }
    cascade.catchUp();
    const hint = cascade.live[HINT]!;
    if (hint >= 0 && hint < cascade.slots.length) return;
    throw new ArgumentError(
      `attach expects one of ${cascade.members.length} members of a cascade as hint, got ${hint}`,
    );
  } catch (error) {
    for (const child of cascade.children) cascade.abandon(child);
    throw error;
  }
}

/** Runs a step. If it throws, the allocator created for it is disposed. */
export function orDiscard(made: Allocator, step: () => void): void {
  try {
    step();
  } catch (error) {
    const errors = [error];
    discard(errors, [made]);
    rethrow(errors);
  }
}

function unlessNoRoom<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if ((Object(error) as Error).name === "AllocError") return undefined;
    throw error;
  }
}

/** Throws unless a member works in the memory of the first, beside it, and has its capabilities. */
function requireAlike(first: Allocator, member: Allocator): void {
  requireMembers("cascade", [first, member]);
  const lacks = ALIKE.find((capability) => can(first, capability) && !can(member, capability));
  if (lacks !== undefined)
    throw new ArgumentError(
      `${CALL} expects members with the capabilities of the first, got ${titleOf(member)}, which does not support ${lacks}: return one kind`,
    );
}

/** Gives back the chunks of a cascade that were refused before, and its words. Its members have ended. */
export function giveBack({ refusals, memory, live, notes, late }: Roster, errors: unknown[]): void {
  attempt(errors, () => refusals.giveAgain());
  late?.close();
  recycle(memory, live, notes);
}
