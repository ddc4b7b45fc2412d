/**
 * Registration: the allocator behind Global.
 *
 *     overrides   [ … , newest ]            temporary, for tests
 *     choice      registered, or System     once per realm, by setGlobalAllocator or by the first use
 *
 * A block returns to the allocator that it came from only if the choice never changes. So it is made once, at the latest by the
 * first use of Global; a later registration throws and shows where that was. Allocating from Global and reading its memory are
 * uses; describing, measuring and printing it are not.
 *
 * @module
 */
import type { Allocator, Disposable } from "@alloc/core";
import { disposeKey } from "@alloc/core/author";
import { accept } from "./accept.ts";
import type { GlobalAlloc } from "./global-alloc.ts";
import { type Choice, type GlobalAllocatorCode, type Registry, registry } from "./realm.ts";
import { System } from "./the-system.ts";

/** Recognise it by its name and code, like the errors of the core. */
class GlobalAllocatorError extends Error {
  override readonly name: "GlobalAllocatorError";
  readonly code: GlobalAllocatorCode;

  constructor({ code, trace }: Choice) {
    const what = code === "already-used" ? "the default is already in use" : "a global allocator is already registered";
    const remedy = "Register once, in the program, before anything allocates; in a test use overrideGlobalAllocator";
    super(`${what}; \`cause\` has the stack. ${remedy}`, { cause: trace });
    this.name = "GlobalAllocatorError";
    this.code = code;
  }
}

/**
 * Registers the allocator behind {@link Global} and the free functions: once per realm, before their first use. By default it is
 * {@link System}. Programs register; libraries never do, but use what their host registered.
 *
 * Only its owner disposes it. It must not allocate through Global: if its children or parents show that it would, it is refused.
 * A closure that does so cannot be detected, and recurses endlessly.
 *
 * Source: `#[global_allocator]` of Rust, which refuses a second one at link time.
 *
 * @param allocator - an allocator, of this or another copy of the core, or an object in Rust's shape
 * @throws `GlobalAllocatorError` with code `already-registered` or `already-used`, whose `cause` has the stack of the first
 *   registration or use; `TypeError` if the allocator lacks a part or leads to Global. Nothing has changed then
 * @example
 * ```ts no-run
 * import { setGlobalAllocator, system } from "@alloc/global";
 *
 * setGlobalAllocator(system()); // in the first module of a program
 * ```
 */
export function setGlobalAllocator(allocator: Allocator | GlobalAlloc): void {
  const accepted = accept("setGlobalAllocator", allocator);
  const { choice } = registry();
  if (choice !== undefined) throw new GlobalAllocatorError(choice);
  choose(accepted, "already-registered", "the global allocator was registered here");
}

/**
 * Replaces the allocator behind Global until the result is disposed. For tests: it is allowed at any time, and neither it nor
 * allocations meanwhile count as registration or use of the default. Release the blocks before it ends, and let nothing else in
 * the realm allocate through Global meanwhile.
 *
 * Overrides nest: the newest that has not ended is in force, in whatever order they end. Ending one twice does nothing. The
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
  const home = registry();
  const replace = (overrides: Registry["overrides"]) => {
    home.overrides = overrides;
    refresh(home);
  };
  replace([...home.overrides, override]);
  const dispose = () => replace(home.overrides.filter((other) => other !== override));
  return { dispose, [disposeKey]: dispose };
}

/**
 * Returns the allocator behind Global. Chooses System if none was registered.
 *
 * @throws `RangeError` if the host has no addresses for the default memory; nothing is chosen then, and registration stays
 *   possible
 */
export function current(): Allocator {
  return registry().current ?? useSystem();
}

function useSystem(): Allocator {
  // Makes its memory now, or throws.
  void System.memory;
  return choose(System, "already-used", "the default global allocator was first used here");
}

/** Returns the allocator behind Global without choosing one. */
export function peek(): Allocator {
  return registry().current ?? System;
}

function choose(allocator: Allocator, code: Choice["code"], trace: string): Allocator {
  const home = registry();
  home.choice = { allocator, code, trace: new Error(trace) };
  refresh(home);
  return allocator;
}

function refresh(home: Registry): void {
  home.current = (home.overrides.at(-1) ?? home.choice)?.allocator;
}
