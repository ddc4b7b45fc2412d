/**
 * Grave: values that are dropped where nobody else can reach their bytes.
 *
 *     │ a │ b │ old │ d │        in the block: a new value comes there, or the elements end before it
 *           ╰─────▶ │ old │      in a memory of ours: the drop function is shown this
 *
 * Small ones share a memory, as a stack: a drop function that makes another grave is back before its own is left.
 *
 * @module
 */
import { alignUp, attempt, Memory, type Ptr, rethrow } from "@alloc/core";
import type { Parts, Type } from "./type.ts";
import { Window } from "./window.ts";

/** Bytes of the memory that small graves share. */
const ROOM = 4096;
let room: Memory | undefined;
let top = 0;

export class Grave<T> {
  readonly type: Type<T>;
  readonly window: Window;
  readonly at: number;
  readonly count: number;
  /** Where the stack of small ones was; undefined for one of its own memory. */
  readonly top: number | undefined;

  constructor(type: Type<T>, count: number) {
    const bytes = count * type.layout.size;
    const isSmall = top + bytes <= ROOM;
    if (isSmall) room ??= Memory.over(new ArrayBuffer(ROOM));
    this.type = type;
    this.count = count;
    this.at = isSmall ? top : 0;
    this.top = isSmall ? top : undefined;
    this.window = new Window(isSmall ? room! : Memory.over(new ArrayBuffer(bytes)));
    if (isSmall) top = alignUp(top + bytes, 16);
  }

  /** Runs the drop functions, the first value first, and leaves the grave. Throws what they throw once all have run. */
  drop(): void {
    const { type, window, at, count } = this;
    const errors: unknown[] = [];
    const { size } = type.layout;
    for (let index = 0; index < count; index++) attempt(errors, () => type.drop?.(window, at + index * size));
    this.leave();
    rethrow(errors);
  }

  /** Leaves it without dropping anything. */
  leave(): void {
    this.window.close();
    if (this.top !== undefined) top = this.top;
  }
}

/** Copies values out of a memory. The caller drops or leaves them before it returns. */
export function bury<T>(type: Type<T>, memory: Memory, at: number, count: number): Grave<T> {
  const grave = new Grave(type, count);
  const bytes = count * type.layout.size;
  if (bytes !== 0) grave.window.u8.set(memory.view(Uint8Array, at as Ptr, bytes), grave.at);
  return grave;
}

/** Does something with a value that nobody owns yet: one that was cloned. If that fails, it is dropped. */
export function orDiscard<T, R>(type: Type<T>, parts: Parts, use: () => R): R {
  try {
    return use();
  } catch (error) {
    const errors = [error];
    attempt(errors, () => discard(type, parts));
    rethrow(errors);
    throw error;
  }
}

/** Drops a value that nobody owns. */
export function discard<T>(type: Type<T>, parts: Parts): void {
  if (type.drop === undefined) return;
  const grave = new Grave(type, 1);
  type.put(grave.window, grave.at, parts);
  grave.drop();
}
