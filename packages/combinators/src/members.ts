/**
 * Members: how a cascade makes one more, and what it must have in common with those that are there.
 *
 * @module
 */
import { type Allocator, can, type Power } from "@alloc/core";
import { type Child, requireApart, requireOneMemory, requireOwns } from "./composable.ts";

/**
 * Makes a member; told how many there are. Undefined, or an AllocError, says that there is no room for another one.
 */
export type MakeMember<A extends Allocator> = (index: number) => A | undefined;

/** What every member must be able to do if the first one is. */
const ALIKE: readonly Power[] = ["owns", "reset", "sizeAt"];

/** Makes the first member; an AllocError goes on. */
export function makeFirst<A extends Allocator>(make: MakeMember<A>): A {
  const first = make(0);
  if (first === undefined) throw new TypeError("cascade needs at least one member, and make(0) answered undefined");
  requireOwns("cascade", first);
  return first;
}

/**
 * Makes a member that can do what the others can, and lies apart from them.
 *
 * @returns undefined if there is no room for a member
 * @throws `TypeError`, or `MisuseError` with code `other-memory`, and what was made is disposed then; or `misroute`
 */
export function makeMember(make: MakeMember<Allocator>, members: readonly Child[]): Child | undefined {
  const member = unlessNoRoom(() => make(members.length));
  if (member === undefined) return undefined;
  if (members.includes(member as Child))
    throw new TypeError("cascade needs a new member, and make answered an old one");
  // It is not disposed: members may live by it.
  requireApart("cascade", member, members);
  try {
    requireOneMemory("cascade", [members[0]!, member]);
    requireAlike(members[0]!, member);
  } catch (error) {
    member.dispose();
    throw error;
  }
  return member as Child;
}

function unlessNoRoom<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if ((error as Error).name === "AllocError") return undefined;
    throw error;
  }
}

function requireAlike(first: Allocator, member: Allocator): void {
  const lacks = ALIKE.find((power) => can(first, power) && !can(member, power));
  if (lacks !== undefined)
    throw new TypeError(`cascade needs members alike; the first has ${lacks}, a later one has not`);
}
