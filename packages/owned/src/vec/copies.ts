/**
 * Copies: one value, several times.
 *
 *     without a drop function     │ v │ ─▶ │ v │ v │ ─▶ │ v │ v │ v │ v │      its bytes, twice as many with each step
 *     with one                    clone(v)  clone(v)  v                       each with an owner of its own; v itself last
 *
 * Clone functions run before anything is written. If one throws, or the copies are not used, the clones are dropped, and the value
 * stays the caller's.
 *
 * @module
 */
import type { Ptr } from "@alloc/core";
import { attempt, rethrow } from "@alloc/core/author";
import { discard, Grave } from "../values/grave.ts";
import { type Parts, type Type, taken } from "../values/type.ts";
import type { Window } from "../values/window.ts";

export class Copies<T> {
  readonly type: Type<T>;
  readonly count: number;
  /** The clones and the value; the value alone if copying its bytes is enough. */
  readonly parts: Parts[] = [];

  /** Reads the value, and makes its clones. */
  constructor(type: Type<T>, value: T, count: number) {
    this.type = type;
    this.count = count;
    const own = taken(type, value);
    try {
      if (type.drop !== undefined) while (this.parts.length < count - 1) this.parts.push(cloned(type, own));
    } catch (error) {
      this.discard(error);
    }
    this.parts.push(own);
  }

  /** Writes them side by side. */
  writeAt(window: Window, at: Ptr): void {
    const { type, parts, count } = this;
    const { size } = type.layout;
    for (const [index, one] of parts.entries()) type.put(window, at + index * size, one);
    for (let done = parts.length; done < count; done *= 2) {
      window.memory.copy((at + done * size) as Ptr, at, Math.min(done, count - done) * size);
    }
  }

  /** Drops the clones, and throws the error. */
  discard(error: unknown): never {
    const errors = [error];
    for (const clone of this.parts.slice(0, this.count - 1)) attempt(errors, () => discard(this.type, clone));
    rethrow(errors);
    throw error;
  }
}

/** Makes a second value from one that was read. */
function cloned<T>(type: Type<T>, parts: Parts): Parts {
  const grave = new Grave(type, 1);
  let value: T;
  try {
    type.put(grave.window, grave.at, parts);
    value = type.read(grave.window, grave.at);
  } finally {
    grave.leave();
  }
  return taken(type, type.clone!(value as never));
}
