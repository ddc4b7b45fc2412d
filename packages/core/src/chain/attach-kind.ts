/**
 * Kinds: how an allocator is made again on words that exist.
 *
 *     member of a description   { kind, options, state, parent, children }   ──▶   Kind.attach   ──▶   the same allocator, in this realm
 *
 * A package exports the kinds of its allocators, and each call that attaches a chain names those that it needs: nothing is
 * registered. `attach` may read words and must not write any, because other threads may use them.
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import { ArgumentError, shown } from "../base/errors.ts";
import type { Memory } from "../memory/memory.ts";
import type { ArrayType, ArrayView } from "../memory/views.ts";
import type { Member } from "./graph.ts";

/** A member that is being made again: its parent and its children have been already. */
export interface Node {
  /** The memory that all members use. */
  readonly memory: Memory;
  /** As `describeSelf` returned them, with the `name` if it had one. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Its words, by name. */
  readonly state: Readonly<Record<string, ArrayView>>;
  /** The allocator that it takes chunks from. */
  readonly parent: Allocator | undefined;
  /** The allocators that it asks. */
  readonly children: readonly Allocator[];
  /** The kinds that members are made with, for a combinator that makes further ones. */
  readonly kinds: readonly Kind[];
}

/**
 * How the allocators of one factory are made again. For authors: export one for each factory, as `freeListKind`.
 */
export interface Kind {
  /** The kind in descriptions: `"freeList"`. */
  readonly kind: string;
  /** Only members with this name. */
  readonly name?: string;
  /**
   * Makes the allocator again. Its name need not be passed on.
   *
   * @throws {@link ArgumentError} for options, children or words that its factory could not have made, or what the factory throws for
   *   them; nothing has changed then
   */
  attach(node: Node): Allocator;
}

/**
 * Returns the kind for a member: one with its name before one without, and the last of several, so that a list may end with what replaces
 * others in it; `undefined` if there is none.
 */
export function kindFor({ kind, options }: Pick<Member, "kind" | "options">, kinds: readonly Kind[]): Kind | undefined {
  const some = kinds.filter((it) => it.kind === kind);
  return (
    some.findLast(({ name }) => name !== undefined && name === options.name) ??
    some.findLast((it) => it.name === undefined)
  );
}

/**
 * Returns the children of a member. For kinds of combinators.
 *
 * @param count - how many its factory takes
 * @throws {@link ArgumentError} if there are fewer or more
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { childrenIn } from "@alloc/core/author";
 *
 * childrenIn({ children: [pages()] }, 1)[0] === pages(); // => true
 * ```
 */
export function childrenIn({ children }: Pick<Node, "children">, count: number): readonly Allocator[] {
  if (children.length === count) return children;
  throw new ArgumentError(`attach expects a member with ${count} children, got ${children.length}`);
}

/**
 * Returns the parent of a member. For kinds of leaves.
 *
 * @throws {@link ArgumentError} if it has none
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { requireParent } from "@alloc/core/author";
 *
 * requireParent({ parent: pages() }) === pages(); // => true
 * ```
 */
export function requireParent({ parent }: Pick<Node, "parent">): Allocator {
  if (parent !== undefined) return parent;
  throw new ArgumentError("attach expects a member with a parent, got none");
}

/**
 * Returns the words of a member. For kinds.
 *
 * @param name - as in the state of its `describeSelf`
 * @param Type - the type that the factory makes, or the types that it chooses from
 * @param least - the smallest number of elements
 * @throws {@link ArgumentError} if they are missing, of another type, or too short
 * @example
 * ```ts
 * import { Memory, pages } from "@alloc/core";
 * import { wordsIn } from "@alloc/core/author";
 *
 * const memory = Memory.virtual(65536);
 * const { state } = pages(memory).describeSelf();
 * wordsIn({ state }, "counters", Float64Array, 3).length; // => 3
 * ```
 */
export function wordsIn<T extends ArrayType>(
  { state }: Pick<Node, "state">,
  name: string,
  Type: T | readonly T[],
  least = 0,
): InstanceType<T> {
  const words = state[name];
  const types = [Type].flat().map((it) => it.name);
  // By name, because the words may come from another realm.
  if (words !== undefined && types.includes(words.constructor.name) && words.length >= least)
    return words as InstanceType<T>;
  const got = words?.length === undefined ? shown(words) : `${words.constructor.name}(${words.length})`;
  throw new ArgumentError(`attach expects ${types.join(" or ")}(${least}) or longer as ${name}, got ${got}`);
}
