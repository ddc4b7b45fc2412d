/**
 * A realm in which this package is unused, for things that happen once per realm.
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import { test as plainTest, vi } from "vitest";

/** The exports that a module sees when it imports the package. */
export type Package = typeof import("@alloc/global") & typeof import("@alloc/global/compat");

const KEY = Symbol.for("@alloc/global:2");
const home = globalThis as { [KEY]?: unknown };

/** Evaluates the package and its imports once more. */
export async function anotherCopy(): Promise<Package> {
  vi.resetModules();
  return { ...(await import("@alloc/global")), ...(await import("@alloc/global/compat")) };
}

/** A test that uses `copy` gets the package in an unused realm. The realm is restored afterwards. */
export const test = plainTest.extend<{ copy: Package }>({
  copy: async ({ task: _ }, use) => {
    const known = home[KEY];
    delete home[KEY];
    await use(await anotherCopy());
    home[KEY] = known;
  },
});

type CodedError = Error & { readonly code?: string; readonly cause?: Error };

/** Returns the error that a call throws, or fails. */
export function errorOf(call: () => unknown): CodedError {
  try {
    call();
  } catch (error) {
    return error as CodedError;
  }
  throw new Error("expected an error, but nothing was thrown");
}

/** An allocator that forwards to another one, and a log of its calls: name and arguments. */
export function recorded(inner: Allocator): { allocator: Allocator; calls: unknown[][] } {
  const calls: unknown[][] = [];
  const get = (target: Allocator, key: PropertyKey) => {
    const value = Reflect.get(target, key);
    if (typeof value !== "function") return value;
    return (...args: unknown[]) => {
      calls.push([key, ...args]);
      return Reflect.apply(value, target, args);
    };
  };
  return { allocator: new Proxy(inner, { get }), calls };
}

/**
 * Returns the name of the candidate that Global forwards to. Allocators are compared by identity and never printed, because a
 * heap is some megabytes.
 */
export function targetOf(
  { Global }: Pick<Package, "Global">,
  candidates: Record<string, Allocator>,
): string | undefined {
  return Object.keys(candidates).find((name) => candidates[name] === Global.children[0]);
}
