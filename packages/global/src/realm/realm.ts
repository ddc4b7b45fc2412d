/**
 * What a realm has one of, also when a program holds several copies of this package.
 *
 *     globalThis[Symbol.for("@alloc/global:2")]
 *         system                          the heap that everyone shares
 *         choice · overrides · current    whom Global forwards to
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import type { SystemHeap } from "../system.ts";

/** How it was decided, once for the realm, whom Global forwards to; `code` is that of the error which tells so. */
export interface Choice {
  readonly allocator: Allocator;
  readonly code: "already-registered" | "already-used";
  /** Its stack tells where. */
  readonly trace: Error;
}

export interface Realm {
  system?: SystemHeap;
  choice?: Choice;
  /** What stands before the choice for a while, the newest last. */
  overrides: readonly { readonly allocator: Allocator }[];
  /** The newest override, or the choice: kept, so that a call looks at one field. */
  current?: Allocator | undefined;
}

/** The number is that of the contract: copies with another one keep to themselves. */
const KEY = Symbol.for("@alloc/global:2");
let found: Realm | undefined;

export function realm(): Realm {
  return found ?? find();
}

function find(): Realm {
  const home = globalThis as { [KEY]?: Realm };
  home[KEY] ??= { overrides: [] };
  found = home[KEY];
  return found;
}
