/**
 * Plain: converts views to plain values for consoles, `JSON.stringify` and test runners.
 *
 * @module
 */
import { inspectKey } from "@alloc/core/author";
import { isView, VIEW } from "./alias.ts";

/** Maximum number of elements shown of a list. */
const MOST = 100;

/** Stands for the elements left out; prints without quotes. */
class More {
  readonly count: number;
  constructor(count: number) {
    this.count = count;
  }
  toJSON(): string {
    return `… ${this.count} more`;
  }
  [inspectKey](): string {
    return this.toJSON();
  }
}

/** Returns the first elements of a list and the number of the others. */
export function firstOf(length: number, at: (index: number) => unknown): unknown[] {
  const list = Array.from({ length: Math.min(length, MOST) }, (_, index) => at(index));
  if (length > MOST) list.push(new More(length - MOST));
  return list;
}

/** Returns what `show` returns, or a text if the memory was transferred away. */
export function printed<R>(what: string, show: () => R): R | string {
  try {
    return show();
  } catch {
    return `[${what} whose memory is gone]`;
  }
}

/**
 * Converts one level of a view to a plain value; returns anything else unchanged. For callers that do not call `toJSON` on the
 * result.
 */
export function fieldsOf(value: unknown): unknown {
  if (!isView(value)) return value;
  const names = (value as { [VIEW]: readonly string[] | true })[VIEW];
  if (names === true) return (value as { toJSON(): unknown }).toJSON();
  return Object.fromEntries(names.map((name) => [name, (value as Record<string, unknown>)[name]]));
}

/** Converts a view to a plain value, unbounded; returns anything else unchanged. */
export function plainOf(value: unknown): unknown {
  if (!isView(value)) return value;
  if (typeof (value as Iterable<unknown>)[Symbol.iterator] === "function")
    return Array.from(value as Iterable<unknown>, plainOf);
  const plain: Record<string, unknown> = {};
  for (const name of (value as { [VIEW]: readonly string[] })[VIEW]) {
    plain[name] = plainOf((value as Record<string, unknown>)[name]);
  }
  return plain;
}

/** Returns a text of all values in a view: two views of a struct have the same one exactly if no value differs. */
export function keyOf(view: unknown): string {
  return JSON.stringify(plainOf(view), (_, value) =>
    typeof value === "bigint" || (typeof value === "number" && !(Number.isFinite(value) && !Object.is(value, -0)))
      ? `${Object.is(value, -0) ? "-0" : value}`
      : value,
  );
}

/** Returns whether two plain values have the same fields and elements. */
export function deepEquals(plain: unknown, other: unknown): boolean {
  const it = plainOf(other) as { asymmetricMatch?(value: unknown): boolean } | null | undefined;
  if (typeof plain !== "object" || plain === null || typeof it !== "object" || it === null) {
    return Object.is(plain, it) || (typeof it === "object" && it?.asymmetricMatch?.(plain) === true);
  }
  if (typeof it.asymmetricMatch === "function") return it.asymmetricMatch(plain);
  const [mine, theirs] = [Object.keys(plain), Object.keys(it)];
  return (
    Array.isArray(plain) === Array.isArray(it) &&
    mine.length === theirs.length &&
    mine.every((key) => deepEquals((plain as never)[key], (it as never)[key]))
  );
}
