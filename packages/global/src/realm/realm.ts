/**
 * Registry: what exists once per realm, also if a program holds several copies of this package.
 *
 *     globalThis[Symbol.for("@alloc/global:2")]
 *         system                          the shared heap
 *         choice · overrides · current    the allocator behind Global
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import type { SystemHeap } from "../system.ts";

/** Why an allocator cannot be registered: the `code` of a `GlobalAllocatorError`. */
export type GlobalAllocatorCode = "already-registered" | "already-used";

/** The allocator that was chosen once for the realm; `code` is the code of the error for a second choice. */
export interface Choice {
  readonly allocator: Allocator;
  readonly code: GlobalAllocatorCode;
  /** Its stack shows where the choice was made. */
  readonly trace: Error;
}

export interface Registry {
  system?: SystemHeap;
  choice?: Choice;
  /** Temporary replacements of the choice, the newest last. */
  overrides: readonly { readonly allocator: Allocator }[];
  /** The newest override, or the choice: cached, so that a call reads one field. */
  current?: Allocator | undefined;
}

/** Copies of this package share a realm only if their contract has the same number. */
const KEY = Symbol.for("@alloc/global:2");
let found: Registry | undefined;

export function registry(): Registry {
  return found ?? find();
}

function find(): Registry {
  const home = globalThis as { [KEY]?: Registry };
  home[KEY] ??= { overrides: [] };
  found = home[KEY];
  return found;
}
