/**
 * Arguments of factories: checks for JavaScript callers, with messages that show the right call.
 *
 *     freeList(64, { parent: memory })   ──▶   freeList expects an allocator as its parent, got an object of Memory:
 *                                              write freeList(blockSize, { parent: pages(memory) })
 *
 * They run once when an allocator is made, so they cost calls nothing.
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import type { Memory } from "../memory/memory.ts";
import { ArgumentError, isAllocator, isGuestMemory, isLayout, shown } from "./errors.ts";

/**
 * Throws unless a value is an allocator.
 *
 * @param call - the function it was passed to: `"limit"`
 * @param example - the call as it should be written: `"limit(allocator, bytes)"`
 * @throws {@link ArgumentError} that shows the right call
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { requireAllocator } from "@alloc/core/author";
 *
 * requireAllocator("limit", pages(), "limit(allocator, bytes)");
 * ```
 */
export function requireAllocator(call: string, value: unknown, example?: string): asserts value is Allocator {
  if (isAllocator(value)) return;
  const { build } = Object(value) as { build?: unknown };
  if (typeof build === "function") {
    throw new ArgumentError(`${call} expects an allocator, got a chain that is not built: call its build() first`);
  }
  const write = example === undefined ? "" : `: write ${example}`;
  throw new ArgumentError(`${call} expects an allocator, got ${shown(value)}${write}`);
}

/**
 * Throws unless a value is an object of options with no other keys than those named. An allocator, a layout, a memory or an array
 * is not one. A key whose value is `undefined` counts as left out, and an instance of a class may have fields of its own.
 *
 * @param call - the function it was passed to, as it is written: `"bucketize(make, { from, to, step })"`
 * @param names - the names of all options
 * @throws {@link ArgumentError} that shows the right call, or what a misspelt key was probably meant to be
 * @example
 * ```ts
 * import { requireOptions } from "@alloc/core/author";
 *
 * let said = "";
 * try {
 *   requireOptions("budget({ bytes })", { byte: 1000 }, ["bytes", "count"]);
 * } catch (error) {
 *   said = (error as Error).message;
 * }
 * said; // => 'budget expects the options bytes, count, got "byte": did you mean bytes?'
 * ```
 */
export function requireOptions(call: string, value: unknown, names: readonly string[]): void {
  if (!isOptions(value)) {
    throw new ArgumentError(`${nameOf(call)} expects an object of options, got ${shown(value)}: write ${call}`);
  }
  const above: unknown = Object.getPrototypeOf(value);
  if (above !== null && Object.getPrototypeOf(above) !== null) return;
  for (const [key, option] of Object.entries(value as object)) {
    if (option === undefined || names.includes(key)) continue;
    const near = names.find((name) => isNear(key, name, 1)) ?? names.find((name) => isNear(key, name, 2));
    const remedy = near === undefined ? "leave it out" : `did you mean ${near}?`;
    throw new ArgumentError(`${nameOf(call)} expects the options ${names.join(", ")}, got ${shown(key)}: ${remedy}`);
  }
}

/** Whether a text becomes another one by adding, removing or replacing at most this many characters. */
function isNear(a: string, b: string, edits: number): boolean {
  if (a === b) return true;
  const [restOfA, restOfB] = [a.slice(1), b.slice(1)];
  if (a[0] === b[0]) return isNear(restOfA, restOfB, edits);
  if (edits === 0) return false;
  return isNear(restOfA, b, edits - 1) || isNear(a, restOfB, edits - 1) || isNear(restOfA, restOfB, edits - 1);
}

/**
 * Throws unless a value is a memory.
 *
 * @param call - the function it was passed to, as it is written: `"pages(Memory.over(buffer))"`
 * @throws {@link ArgumentError} that shows the right call
 */
export function requireMemory(call: string, value: unknown): asserts value is Memory {
  if (isMemory(value)) return;
  // Not `memory.buffer`: it is detached when the memory grows.
  const write = isGuestMemory(value) ? call.replace("buffer", "memory") : call;
  throw new ArgumentError(`${nameOf(call)} expects a Memory, got ${shown(value)}: write ${write}`);
}

/**
 * Throws unless a value is a function.
 *
 * @param call - the function it was passed to, as it is written: `"cascade((index) => freeList(64))"`
 * @throws {@link ArgumentError} that shows the right call
 */
export function requireFunction(call: string, value: unknown): void {
  if (typeof value === "function") return;
  throw new ArgumentError(`${nameOf(call)} expects a function, got ${shown(value)}: write ${call}`);
}

/**
 * Throws unless a value is true, false or undefined.
 *
 * @param call - the function it was passed to, as it is written: `"system({ checked: true })"`
 * @param name - the name of the option
 * @throws {@link ArgumentError} that shows the right call
 */
export function requireFlag(call: string, name: string, value: unknown): void {
  if (value === undefined || typeof value === "boolean") return;
  throw new ArgumentError(`${nameOf(call)} expects true or false as ${name}, got ${shown(value)}: write ${call}`);
}

/** Whether a value is an object of options. An allocator has a `parent` too, so the compiler takes it for one. */
function isOptions(value: unknown): boolean {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject && !isAllocator(value) && !isLayout(value) && !isMemory(value);
}

/** Whether a value is a memory, of any copy of this package. */
function isMemory(value: unknown): boolean {
  const { beneath, words } = Object(value) as { beneath?: unknown; words?: unknown };
  return typeof words === "function" && typeof beneath === "object";
}

/** Returns the name of the function that a call calls. */
function nameOf(call: string): string {
  return call.replace(/\(.*/, "");
}

/**
 * Throws unless an object has parts: a `memory`, and otherwise functions.
 *
 * @param caller - the function it was passed to
 * @param names - the parts that it must have
 * @param further - parts that may be missing
 * @internal
 */
export function requireParts(
  caller: string,
  parts: object,
  names: readonly string[],
  further: readonly string[] = [],
): void {
  const given = Object(parts) as Record<string, unknown>;
  const isRight = (name: string) => (name === "memory" ? isMemory(given[name]) : typeof given[name] === "function");
  const missing = names.find((name) => given[name] == null);
  if (missing !== undefined) throw new ArgumentError(`${caller} needs ${names.join(", ")}; ${missing} is missing`);
  const wrong = [...names, ...further.filter((name) => given[name] !== undefined)].find((name) => !isRight(name));
  if (wrong !== undefined) {
    const what = wrong === "memory" ? "a Memory" : "a function";
    const target = isGuestMemory(given[wrong]) ? "memory" : "buffer";
    const remedy = wrong === "memory" ? `: write memory: Memory.over(${target})` : "";
    throw new ArgumentError(`${caller} expects ${what} as ${wrong}, got ${shown(given[wrong])}${remedy}`);
  }
  const { parent } = given;
  if (parent === undefined || isAllocator(parent)) return;
  throw new ArgumentError(`${caller} expects an allocator as parent, got ${shown(parent)}`);
}
