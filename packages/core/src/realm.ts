/**
 * What a realm has one of, also when a program holds several copies of this package: the default memory, the root of what lies
 * beneath each memory, what stands on what, and what runs where an allocation failed.
 *
 * @module
 */
import type { Ends } from "./kin.ts";
import type { Layout } from "./layout.ts";
import { Memory } from "./memory.ts";
import type { Pages } from "./pages.ts";
import type { Refusal } from "./refusals.ts";

interface Realm {
  memory?: Memory;
  readonly roots: WeakMap<object, Pages>;
  readonly ends: Ends;
  /** Where the chunks go that a parent refuses to take back: those of the combinator that is ending children now. */
  refusals?: Refusal[] | undefined;
  /** What runs where an allocation failed, and whether it runs now. */
  hook?: ((layout: Layout) => void) | undefined;
  isHandling?: boolean;
}

/** The number is that of the contract: copies with another one keep to themselves. */
const KEY = Symbol.for("@alloc/core:2");

let found: Realm | undefined;

export function realm(): Realm {
  found ??= find();
  return found;
}

function find(): Realm {
  const home = globalThis as { [KEY]?: Realm };
  const ends: Ends = { kin: new WeakMap(), reasons: new WeakMap(), retired: new WeakMap(), ending: [] };
  home[KEY] ??= { roots: new WeakMap(), ends };
  return home[KEY];
}

/**
 * Returns the memory that allocators use by default: one per realm, not shared, made on first use. It may grow to 4 GiB, of which
 * only the addresses are reserved; to less where the host has fewer addresses left.
 *
 * @throws `RangeError` if the host has no addresses left. Nothing is kept then: the next call tries again
 * @example
 * ```ts
 * import { defaultMemory, pages } from "@alloc/core";
 *
 * pages().memory === defaultMemory(); // => true
 * ```
 */
export function defaultMemory(): Memory {
  const home = realm();
  home.memory ??= Memory.linear();
  return home.memory;
}
