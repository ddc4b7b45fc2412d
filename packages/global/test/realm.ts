/**
 * A realm in which nobody has used this package: for what happens once in a realm.
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import { test as plainTest, vi } from "vitest";

/** What a module detects that imports the package. */
export type Package = typeof import("@alloc/global");

const KEY = Symbol.for("@alloc/global:2");
const home = globalThis as { [KEY]?: unknown };

/** Evaluates the package, and all that it imports, once more. */
export async function anotherCopy(): Promise<Package> {
  vi.resetModules();
  return await import("@alloc/global");
}

/** A test that asks for `copy` gets the package as it is where nobody has used it. The realm is afterwards as it was. */
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

/** An allocator that does what another one does, and the calls that were made of it: name and arguments. */
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
 * Returns the name of the candidate that Global forwards to. Its allocators are compared by identity, and nothing is printed
 * of them: a heap is some megabytes.
 */
export function targetOf(
  { Global }: Pick<Package, "Global">,
  candidates: Record<string, Allocator>,
): string | undefined {
  return Object.keys(candidates).find((name) => candidates[name] === Global.children[0]);
}
