/**
 * The end of an allocator: after `dispose` every call is a misuse, and the live path pays nothing for it.
 *
 *     before    allocator ──▶ FreeList.prototype
 *     after     allocator ──▶ every method throws, dispose does nothing ──▶ FreeList.prototype
 *
 * A disposed allocator gets another prototype, so no method has to ask whether it still may run.
 *
 * @module
 */
import { MisuseError } from "./errors.ts";
import { disposeKey } from "./symbols.ts";

/** One for each prototype, since to make it costs more than a short life: a frame of a region is ended by it. */
const ends = new WeakMap<object, object>();

/** Makes every method of an allocator throw MisuseError("disposed") from now on, but `dispose`, which does nothing. */
export function retire(allocator: object): void {
  const live = Object.getPrototypeOf(allocator);
  const end = ends.get(live) ?? new Proxy(live, { get });
  ends.set(live, end);
  Object.setPrototypeOf(allocator, end);
}

function get(live: object, key: PropertyKey, allocator: object): unknown {
  const value = Reflect.get(live, key, allocator);
  if (typeof value !== "function" || key in Object.prototype) return value;
  return key === "dispose" || key === disposeKey ? nothing : refuse;
}

function nothing(): void {}

function refuse(): never {
  throw new MisuseError("disposed", "it was disposed; make a new one");
}
