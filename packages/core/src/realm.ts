/**
 * What a realm has one of, also when a program holds several copies of this package: the default memory, and the root of
 * what lies beneath each memory.
 *
 * @module
 */
import { Memory } from "./memory.ts";
import type { Pages } from "./pages.ts";

interface Realm {
  memory?: Memory;
  readonly roots: WeakMap<object, Pages>;
}

/** The number is that of the contract: copies with another one keep to themselves. */
const KEY = Symbol.for("@alloc/core:1");

export function realm(): Realm {
  const home = globalThis as { [KEY]?: Realm };
  home[KEY] ??= { roots: new WeakMap() };
  return home[KEY];
}

/**
 * Answers the memory that allocators use unless told otherwise: one per realm, not shared, made on first use. It may grow
 * to 4 GiB, of which only the addresses are reserved.
 *
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
