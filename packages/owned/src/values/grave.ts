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
import { attempt, Memory, type Ptr, rethrow } from "@alloc/core";
import type { Parts, Type } from "./type.ts";
import { Window } from "./window.ts";

/** Bytes of the memory that small graves share. */
const ROOM = 4096;
/** Bytes up to which a loop copies quicker than a call. */
const FEW = 64;
let room: Window | undefined;
let top = 0;

export class Grave<T> {
  readonly type: Type<T>;
  readonly window: Window;
  readonly at: number;
  readonly count: number;
  /** Whether it is one of the small ones. */
  readonly isSmall: boolean;

  constructor(type: Type<T>, count: number) {
    const bytes = count * type.layout.size;
    const isSmall = top + bytes <= ROOM;
    this.type = type;
    this.count = count;
    this.at = isSmall ? top : 0;
    this.isSmall = isSmall;
    if (isSmall) {
      room ??= new Window(Memory.over(new ArrayBuffer(ROOM)));
      this.window = new Window(room.memory, 0, 0, room);
      top = (top + bytes + 15) & -16;
    } else this.window = new Window(Memory.over(new ArrayBuffer(bytes)));
  }

  /** Runs the drop functions, the first value first, and leaves the grave. Throws what they throw once all have run. */
  drop(): void {
    const { type, window, at, count } = this;
    if (count === 1) {
      try {
        type.drop?.(window, at);
      } finally {
        this.leave();
      }
      return;
    }
    const errors: unknown[] = [];
    const { size } = type.layout;
    for (let index = 0; index < count; index++) attempt(errors, () => type.drop?.(window, at + index * size));
    this.leave();
    rethrow(errors);
  }

  /** Leaves it without dropping anything. */
  leave(): void {
    this.window.close();
    if (this.isSmall) top = this.at;
  }
}

/**
 * Copies values out of a memory. The caller drops or leaves them before it returns.
 *
 * @throws `MisuseError` with code `out-of-bounds` if the memory has become shorter than that
 */
export function bury<T>(type: Type<T>, memory: Memory, at: number, count: number): Grave<T> {
  const bytes = count * type.layout.size;
  const { u8 } = memory;
  if (bytes !== 0 && at + bytes > u8.length) memory.view(Uint8Array, at as Ptr, bytes);
  const grave = new Grave(type, count);
  const to = grave.window.u8;
  if (bytes > FEW) to.set(u8.subarray(at, at + bytes), grave.at);
  else for (let index = 0; index < bytes; index++) to[grave.at + index] = u8[at + index]!;
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
