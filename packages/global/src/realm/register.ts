/**
 * Registration: whom Global forwards to.
 *
 *     overrides   [ … , newest ]            for a while: tests
 *     choice      registered, or System     once for the realm, by setGlobalAllocator or by the first use
 *
 * A block goes back where it came from only if the choice never changes. So it is made once, and to use Global makes
 * it: whoever registers after that is told where it was used. To ask Global for room, or for its memory, is to use
 * it; to look at it (describe, footprint, print) is not.
 *
 * @module
 */
import { type Allocator, type Disposable, disposeKey } from "@alloc/core";
import { accept } from "./accept.ts";
import type { GlobalAlloc } from "./global-alloc.ts";
import { type Choice, type Realm, realm } from "./realm.ts";
import { System } from "./the-system.ts";

/** Known by its name and code, as the errors of the core are. */
class GlobalAllocatorError extends Error {
  override readonly name: "GlobalAllocatorError";
  readonly code: Choice["code"];

  constructor({ code, trace }: Choice) {
    const what = code === "already-used" ? "the default is in use" : "a global allocator is registered";
    const remedy = "Register once, in the program, before anything allocates; in a test use overrideGlobalAllocator";
    super(`${what} already; the cause tells since where. ${remedy}`, { cause: trace });
    this.name = "GlobalAllocatorError";
    this.code = code;
  }
}

/**
 * Registers the allocator that {@link Global} and the free functions forward to: once for the realm, before anybody
 * has used them. A program that registers nothing gets {@link System}; a library never registers, but takes what its
 * host has.
 *
 * What is registered is not disposed by anyone but its owner. It must not allocate through Global: where its children or
 * parents show that it would, it is refused; a closure that does so cannot be seen, and calls itself without end.
 *
 * Source: `#[global_allocator]` of Rust, which refuses a second one when it links.
 *
 * @param allocator - an allocator, of this or another copy of the core, or an object in Rust's shape
 * @throws `GlobalAllocatorError` with code `already-registered` or `already-used`, whose `cause` has the stack of the
 *   first registration or use; `TypeError` if the allocator lacks a part or leads to Global. Then nothing has changed
 * @example
 * ```ts no-run
 * import { setGlobalAllocator, system } from "@alloc/global";
 *
 * setGlobalAllocator(system()); // in the first module of a program
 * ```
 */
export function setGlobalAllocator(allocator: Allocator | GlobalAlloc): void {
  const accepted = accept("setGlobalAllocator", allocator);
  const { choice } = realm();
  if (choice !== undefined) throw new GlobalAllocatorError(choice);
  choose(accepted, "already-registered", "the global allocator was registered here");
}

/**
 * Puts an allocator before what Global forwards to, until the answer is disposed. For tests: it is allowed at any
 * time, and neither it nor what is allocated meanwhile counts as registration or use of the default. Release the
 * blocks before it ends, and let nothing else of the realm allocate through Global meanwhile.
 *
 * Overrides nest: the newest that has not ended is in force, in whatever order they end. A second end does nothing. The
 * allocator is not disposed.
 *
 * Source: `setDefaultAllocatorRaw` of Bloomberg's BDE, with an end.
 *
 * @param allocator - as for {@link setGlobalAllocator}
 * @throws `TypeError` if the allocator lacks a part or leads to Global
 * @example
 * ```ts
 * import { Layout, orThrow } from "@alloc/core";
 * import { Global, overrideGlobalAllocator, system } from "@alloc/global";
 *
 * using heap = system();
 * using _ = overrideGlobalAllocator(heap);
 * const layout = Layout.of(100);
 * const ptr = orThrow(Global.allocate(layout), layout);
 * heap.sizeAt(ptr); // => 104
 * Global.deallocate(ptr, layout);
 * ```
 */
export function overrideGlobalAllocator(allocator: Allocator | GlobalAlloc): Disposable {
  const override = { allocator: accept("overrideGlobalAllocator", allocator) };
  const home = realm();
  const replace = (overrides: Realm["overrides"]) => {
    home.overrides = overrides;
    refresh(home);
  };
  replace([...home.overrides, override]);
  return { [disposeKey]: () => replace(home.overrides.filter((other) => other !== override)) };
}

/**
 * Returns whom Global forwards to. Where nothing was registered, this chooses System.
 *
 * @throws `RangeError` if the host has no addresses for the default memory: then nothing is chosen, and another one may be registered
 */
export function current(): Allocator {
  return realm().current ?? useSystem();
}

function useSystem(): Allocator {
  // Its memory is made now, or this throws.
  void System.memory;
  return choose(System, "already-used", "the default global allocator was first used here");
}

/** Returns whom Global would forward to, and chooses nothing. */
export function peek(): Allocator {
  return realm().current ?? System;
}

function choose(allocator: Allocator, code: Choice["code"], trace: string): Allocator {
  const home = realm();
  home.choice = { allocator, code, trace: new Error(trace) };
  refresh(home);
  return allocator;
}

function refresh(home: Realm): void {
  home.current = (home.overrides.at(-1) ?? home.choice)?.allocator;
}
