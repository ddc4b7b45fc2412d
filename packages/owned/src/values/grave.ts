/**
 * Grave: drops values from a private copy, which no other code can reach.
 *
 *     │ a │ b │ old │ d │        in the block: overwritten by a new value, or cut off
 *           ╰─────▶ │ old │      in a private memory: shown to the drop function
 *
 * Small graves share a memory as a stack: a grave made within a drop function is released before the outer one.
 *
 * @module
 */
import { Memory, type Ptr } from "@alloc/core";
import { attempt, rethrow } from "@alloc/core/author";
import type { Parts, Type } from "./type.ts";
import { Window } from "./window.ts";

/** Size of the memory shared by small graves, in bytes. */
const ROOM = 4096;
/** Up to this many bytes a loop copies faster than a call. */
const FEW = 64;
let room: Window | undefined;
let top = 0;

export class Grave<T> {
  readonly type: Type<T>;
  readonly window: Window;
  readonly at: number;
  readonly count: number;
  /** Whether it is in the shared memory. */
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
      this.window = type.isFlat ? room : new Window(room.memory, 0, 0, room);
      top = (top + bytes + 15) & -16;
    } else this.window = new Window(Memory.over(new ArrayBuffer(bytes)));
  }

  /** Runs the drop functions, first to last, and releases the grave. Throws their errors at the end. */
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

  /** Releases the grave without dropping. */
  leave(): void {
    if (!this.type.isFlat) this.window.close();
    if (this.isSmall) top = this.at;
  }
}

/**
 * Copies values out of a memory. The caller must drop or leave them before it returns.
 *
 * @throws `MisuseError` with code `out-of-bounds` if the memory has become shorter than that
 */
export function copyOut<T>(type: Type<T>, memory: Memory, at: number, count: number): Grave<T> {
  const bytes = count * type.layout.size;
  const { u8 } = memory;
  if (bytes !== 0 && at + bytes > u8.length) memory.view(Uint8Array, at as Ptr, bytes);
  const grave = new Grave(type, count);
  const to = grave.window.u8;
  if (bytes > FEW) to.set(u8.subarray(at, at + bytes), grave.at);
  else for (let index = 0; index < bytes; index++) to[grave.at + index] = u8[at + index]!;
  return grave;
}

/** Copies values from several places out of a memory, as {@link copyOut} does. */
export function gather<T>(type: Type<T>, memory: Memory, places: readonly number[]): Grave<T> {
  const { size } = type.layout;
  for (const at of places) memory.view(Uint8Array, at as Ptr, size);
  const grave = new Grave(type, places.length);
  const { u8 } = memory;
  for (const [nth, at] of places.entries()) grave.window.u8.set(u8.subarray(at, at + size), grave.at + nth * size);
  return grave;
}

/** Runs a step with a cloned value that has no owner yet. On failure drops the value. */
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

/** Drops a value that has no owner. */
export function discard<T>(type: Type<T>, parts: Parts): void {
  if (type.drop === undefined) return;
  const grave = new Grave(type, 1);
  type.put(grave.window, grave.at, parts);
  grave.drop();
}
