/**
 * Window: what is seen of a memory, until the block that is looked at dies or moves.
 *
 *     view { window, at } ──▶ Window { u8 … f64 } ──▶ the bytes at `at`
 *                               │
 *               the memory grew: its views are empty or too short  ──▶ fresh ones, and again
 *               it was closed: its views are empty for good        ──▶ MisuseError("disposed")
 *
 * All views of a block read through one window. When the block dies the window is closed, and each of them throws, however
 * it was got. A read that misses returns undefined, so the way to the throw is the way that a grown memory takes anyway, and
 * live views pay nothing for it.
 *
 * Addresses become indices by `>>>`, which is right up to 4 GiB, and which a compiler knows cannot overflow. Those that handles and
 * windows keep go through `>>> 0`: an allocator that keeps its words in a Float64Array hands out numbers that an engine holds for
 * fractions, and then each access takes twice as long.
 *
 * @module
 */
import { type Memory, MisuseError, type Ptr } from "@alloc/core";

export type Views = Pick<Memory, "u8" | "i8" | "u16" | "i16" | "u32" | "i32" | "f32" | "f64" | "u64" | "i64">;

export class Window implements Views {
  readonly memory: Memory;
  /** Of elements: where the first one lies, and the end of the last one. */
  readonly start: number;
  end: number;
  isOpen = true;
  u8!: Uint8Array;
  i8!: Int8Array;
  u16!: Uint16Array;
  i16!: Int16Array;
  u32!: Uint32Array;
  i32!: Int32Array;
  f32!: Float32Array;
  f64!: Float64Array;
  u64!: BigUint64Array;
  i64!: BigInt64Array;

  /**
   * @param views - of the memory, which may be old
   * @throws `MisuseError` with code `no-bytes` if the memory has none
   */
  constructor(memory: Memory, start = 0, end = 0, views: Views = memory) {
    this.memory = memory;
    this.start = start >>> 0;
    this.end = end >>> 0;
    this.look(views);
  }

  /**
   * Takes fresh views, after a read or a write of bytes has missed.
   *
   * @throws `MisuseError` with code `out-of-bounds` if the bytes are not there: the memory has become shorter
   */
  renew(at: number, bytes: number): void {
    this.requireOpen();
    this.look(this.memory);
    this.memory.view(Uint8Array, at as Ptr, bytes);
  }

  /** Throws if what it showed has ended. */
  requireOpen(): void {
    if (this.isOpen) return;
    throw new MisuseError("disposed", "what this showed was dropped or has moved; ask its owner again");
  }

  /** Throws if an element that it showed was removed. Of what is no element it shows all. */
  requireElement(at: number): void {
    this.requireOpen();
    if (this.start === 0 || at < this.end) return;
    throw new MisuseError("disposed", "the element that this showed was removed; ask its owner for another one");
  }

  close(): void {
    this.isOpen = false;
    nothing ??= viewsOfNothing();
    this.look(nothing);
  }

  look(views: Views): void {
    this.u8 = views.u8;
    this.i8 = views.i8;
    this.u16 = views.u16;
    this.i16 = views.i16;
    this.u32 = views.u32;
    this.i32 = views.i32;
    this.f32 = views.f32;
    this.f64 = views.f64;
    this.u64 = views.u64;
    this.i64 = views.i64;
  }
}

let nothing: Views | undefined;

function viewsOfNothing(): Views {
  return {
    u8: new Uint8Array(),
    i8: new Int8Array(),
    u16: new Uint16Array(),
    i16: new Int16Array(),
    u32: new Uint32Array(),
    i32: new Int32Array(),
    f32: new Float32Array(),
    f64: new Float64Array(),
    u64: new BigUint64Array(),
    i64: new BigInt64Array(),
  };
}

const windows = new WeakMap<Memory, Window>();

/** Returns the window of a memory that is never closed, for what a handle does itself. */
export function windowOf(memory: Memory): Window {
  const known = windows.get(memory);
  if (known !== undefined) return known;
  const window = new Window(memory);
  windows.set(memory, window);
  return window;
}

/**
 * What shows a value that has parts, by names that no field may have: the window, and the address of the value. They are written out
 * wherever they are used: an engine does not take a name that stands in a variable for a constant.
 */
export interface Accessor {
  readonly "@alloc/window": Window;
  readonly "@alloc/at": number;
}

/** A place to read or to write once. */
export class Spot implements Accessor {
  readonly "@alloc/window": Window;
  readonly "@alloc/at": number;

  constructor(window: Window, at: number) {
    this["@alloc/window"] = window;
    this["@alloc/at"] = at;
  }
}
