/**
 * Realm: what exists once per realm, also if a program holds several copies of this package: the default memory, the root of each
 * address space, the links between allocators, and the hook for failed allocations.
 *
 * @module
 */
import type { Refusal } from "../allocator/refusals.ts";
import { Memory } from "../memory/memory.ts";
import type { Pages } from "../pages/pages.ts";
import type { Layout } from "../values/layout.ts";
import type { Ends } from "./kin.ts";

interface Realm {
  memory?: Memory;
  readonly roots: WeakMap<object, Pages>;
  /** The memories that threads share, by the text that identifies their words. */
  memories?: Map<string, WeakRef<Memory>>;
  readonly ends: Ends;
  /** Collects the chunks that parents refuse, for the combinator that is ending children now. */
  refusals?: Refusal[] | undefined;
  /** The hook for failed allocations, and whether it is running. */
  hook?: ((layout: Layout) => void) | undefined;
  isHandling?: boolean;
}

/** Copies of this package share a realm only if their contract has the same number. */
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
 * Returns the default memory of allocators: one per realm, not shared, made on first use. It may grow to 4 GiB, or less if the
 * host has fewer addresses left; only addresses are reserved.
 *
 * @throws `RangeError` if the host has no addresses left; the next call tries again
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
