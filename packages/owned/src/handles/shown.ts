/**
 * Shown: how consoles, `JSON.stringify` and test runners show a handle.
 *
 *     JSON.stringify(box)      {"x":1,"y":2}                              null if spent
 *     console.log(box)         Box of struct { x, y } { x: 1, y: 2 }
 *     console.log(vec)         Vec of u32, length 3 [ 1, 2, 3 ]           the first 100 elements
 *     String(box)              Box of struct { x, y }
 *
 * @module
 */
import { inspectKey } from "@alloc/core/author";

type Inspect = (value: unknown, options: object) => string;

export abstract class Shown {
  /** The kind of handle: `"Box"`. */
  abstract readonly kind: string;
  abstract readonly type: { readonly "@alloc/Type": string };
  abstract readonly isLive: boolean;
  abstract readonly spentBy: string | undefined;
  abstract readonly address: number;

  /** Returns what it owns in printable form, of bounded size. */
  abstract contents(): unknown;

  /** Makes a test runner compare two handles by identity. */
  get [Symbol.toStringTag](): string {
    return `${this} at ${this.address}`;
  }

  toJSON(): unknown {
    return this.isLive ? this.contents() : null;
  }

  toString(): string {
    return `${this.kind} of ${this.type["@alloc/Type"]}`;
  }

  [inspectKey](_depth: number, options: object, inspect?: Inspect): string {
    if (!this.isLive) return `${this} (${this.spentBy === undefined ? "its memory is gone" : "spent"})`;
    let contents: unknown;
    try {
      contents = this.contents();
    } catch {
      return `${this} (its memory is gone)`;
    }
    return contents === undefined ? `${this}` : `${this} ${inspect?.(contents, options) ?? JSON.stringify(contents)}`;
  }
}
