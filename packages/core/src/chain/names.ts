/**
 * Names: a text by which people tell the members of a chain apart, and programs find one.
 *
 *     fallback(freeList(64, { name: "nodes" }), system())
 *         find(heap, "nodes") ──▶ the free list          reports and errors: freeList "nodes"
 *
 * Names are kept beside the allocators, not in them: a field that some instances lack would slow down the code that all of them share.
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import { ArgumentError, isAllocator, MisuseError, shown } from "../base/errors.ts";
import { graphOf } from "./graph.ts";
import { kinOf } from "./kin.ts";
import { nameOf } from "./kind.ts";

/** No control character, line break, lone surrogate or unassigned code point. */
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]{1,40}$/u;

/** The name of an allocator, an option of its factory. */
export interface NameOption {
  /** 1 to 40 printable characters, for reports, errors and `find`. Default: none. */
  readonly name?: string;
}

/**
 * Makes an allocator and gives it a name. For factories with the option `name`.
 *
 * @param options - the options of the factory, which {@link requireOptions} has checked
 * @param make - makes the allocator. It is not called if the name is refused
 * @returns the result of `make`
 * @throws `TypeError` if the name is not a text, too long, or not printable
 */
export function withName<A extends Allocator>(options: { readonly name?: string | undefined }, make: () => A): A {
  const { name } = options;
  if (name === undefined) return make();
  if (typeof name !== "string" || !PRINTABLE.test(name)) {
    throw new ArgumentError(`a name must be a text of 1 to 40 printable characters, got ${shown(name)}`);
  }
  const made = make();
  kinOf(made).name = name;
  return made;
}

/**
 * Finds a member of a chain by its name: the allocator itself, its children, their parents, and so on, also where they are lent.
 *
 * Cost: O(members).
 *
 * @param heap - the chain
 * @param name - as passed to the factory of the member: `freeList(64, { name: "nodes" })`
 * @returns the member; undefined if none has the name
 * @throws {@link MisuseError} `ambiguous-name` if two members have it; `TypeError` for anything but an allocator and a text
 * @example
 * ```ts
 * import { fallback } from "@alloc/combinators";
 * import { find } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 * import { system } from "@alloc/global";
 *
 * using heap = fallback(freeList(64, { name: "nodes" }), system());
 * find(heap, "nodes") === heap.primary; // => true
 * find(heap, "edges"); // => undefined
 * String(heap); // => 'fallback(freeList "nodes", system)'
 * ```
 */
export function find(heap: Allocator, name: string): Allocator | undefined {
  if (!isAllocator(heap) || typeof name !== "string") {
    const got = `${shown(heap)} and ${shown(name)}`;
    throw new ArgumentError(`find expects an allocator and a name, got ${got}: write find(heap, "nodes")`);
  }
  const [found, other] = [...graphOf(heap)].filter((member) => nameOf(member) === name);
  if (other === undefined) return found;
  throw new MisuseError(
    "ambiguous-name",
    `two members of this chain are named ${JSON.stringify(name)}: give each a name of its own`,
  );
}
