/**
 * Members: how a cascade makes one more, and what it must have in common with those that are there.
 *
 * @module
 */
import { type Allocator, type Capability, can, rethrow } from "@alloc/core";
import {
  type Child,
  discard,
  requireAllocator,
  requireApart,
  requireOneMemory,
  requireOwns,
  takesFrom,
} from "../composable.ts";

/**
 * Makes a member; told how many there are. Undefined, or an AllocError, says that there is no room for another one. While it runs the
 * cascade serves what its members have room for, and makes no other member.
 */
export type MakeMember<A extends Allocator> = (index: number) => A | undefined;

/** What every member must support if the first one does. */
const ALIKE: readonly Capability[] = ["owns", "reset", "sizeAt", "blocks"];

/**
 * Makes the first member.
 *
 * @throws what `make` throws; `TypeError` if it makes nothing that owns, and what was made is disposed then
 */
export function makeFirst<A extends Allocator>(make: MakeMember<A>): A {
  const first = make(0);
  if (first === undefined) throw new TypeError("cascade needs at least one member, and make(0) returned undefined");
  requireAllocator("cascade", first);
  orDiscard(first, () => requireOwns("cascade", first));
  return first;
}

/**
 * Makes a member that supports what the others do, and lies apart from them.
 *
 * @returns undefined if there is no room for a member
 * @throws what `make` throws; `TypeError`, or `MisuseError` with code `other-memory` or `misroute`, and what was made is disposed
 *   then, unless members live by it
 */
export function makeMember(make: MakeMember<Allocator>, members: readonly Child[]): Child | undefined {
  const member = unlessNoRoom(() => make(members.length));
  if (member === undefined) return undefined;
  requireAllocator("cascade", member);
  if (members.includes(member as Child) && !member.isLent)
    throw new TypeError("cascade needs a new member, and make returned an old one");
  if (members.some((other) => takesFrom(member, other)))
    orDiscard(member, () => requireApart("cascade", member, members));
  // Not disposed: members may live by it.
  else requireApart("cascade", member, members);
  orDiscard(member, () => {
    requireOneMemory("cascade", [members[0]!, member]);
    requireAlike(members[0]!, member);
  });
  return member as Child;
}

/** Runs a step; if it throws, an allocator that was made for it is disposed. */
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

function requireAlike(first: Allocator, member: Allocator): void {
  const lacks = ALIKE.find((capability) => can(first, capability) && !can(member, capability));
  if (lacks !== undefined)
    throw new TypeError(`cascade needs members alike; the first has ${lacks}, a later one has not`);
}
