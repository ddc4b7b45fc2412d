/**
 * Window: the access of views to a memory, until their block ends or moves.
 *
 *     view { window, at } ──▶ Window { u8 … f64 } ──▶ the bytes at `at`
 *                               │
 *               the memory grew: its arrays are detached or too short  ──▶ renewed, and read again
 *               it was closed: its arrays are empty for good           ──▶ MisuseError("disposed")
 *
 * All views of a block read through one window. When the block ends, the window is closed and all its views throw. A missed read
 * gives undefined, so the check costs live views nothing: it is on the path that handles a grown memory anyway.
 *
 * The arrays are private. The message of a failing assert prints each element of what is enumerable in a view, and that would be the whole
 * memory. Public arrays that are not enumerable take longer to make than all else of a short Vec.
 *
 * Addresses become indices by `>>>`, which is correct up to 4 GiB and which a compiler knows cannot overflow. Addresses kept by
 * handles and windows go through `>>> 0`: an allocator with its words in a Float64Array returns numbers that engines treat as
 * doubles, which makes every access twice as slow.
 *
 * @module
 */
import { Memory, MisuseError, type Ptr } from "@alloc/core";

export type Views = Pick<Memory, "u8" | "i8" | "u16" | "i16" | "u32" | "i32" | "f32" | "f64" | "u64" | "i64">;

export class Window implements Views {
  readonly memory: Memory;
  /** For elements: address of the first one, and end of the last one. */
  readonly start: number;
  end: number;
  isOpen = true;
  #u8!: Uint8Array;
  #i8!: Int8Array;
  #u16!: Uint16Array;
  #i16!: Int16Array;
  #u32!: Uint32Array;
  #i32!: Int32Array;
  #f32!: Float32Array;
  #f64!: Float64Array;
  #u64!: BigUint64Array;
  #i64!: BigInt64Array;

  /**
   * @param views - typed arrays of the memory, possibly outdated
   * @throws `MisuseError` with code `no-bytes` if the memory has no bytes
   */
  constructor(memory: Memory, start = 0, end = 0, views: Views = memory) {
    this.memory = memory;
    this.start = start >>> 0;
    this.end = end >>> 0;
    this.look(views);
  }

  get u8(): Uint8Array {
    return this.#u8;
  }

  get i8(): Int8Array {
    return this.#i8;
  }

  get u16(): Uint16Array {
    return this.#u16;
  }

  get i16(): Int16Array {
    return this.#i16;
  }

  get u32(): Uint32Array {
    return this.#u32;
  }

  get i32(): Int32Array {
    return this.#i32;
  }

  get f32(): Float32Array {
    return this.#f32;
  }

  get f64(): Float64Array {
    return this.#f64;
  }

  get u64(): BigUint64Array {
    return this.#u64;
  }

  get i64(): BigInt64Array {
    return this.#i64;
  }

  /**
   * Renews the arrays after a read or a write has missed.
   *
   * @throws `MisuseError` with code `out-of-bounds` if the bytes are not there: the memory has become shorter
   */
  renew(at: number, bytes: number): void {
    this.requireOpen();
    this.look(this.memory);
    this.memory.view(Uint8Array, at as Ptr, bytes);
  }

  /** Throws if the window is closed. */
  requireOpen(): void {
    if (this.isOpen) return;
    throw new MisuseError("disposed", "the value of this view was dropped or has moved; get a new view from its owner");
  }

  /** Throws if the window is closed, or the element at an address was removed. A window of a single value has no such limit. */
  requireElement(at: number): void {
    this.requireOpen();
    if (this.start === 0 || at < this.end) return;
    throw new MisuseError("disposed", "the element of this view was removed; get a new view from its owner");
  }

  /** JSON leaves it out: a loop's view keeps it as an own property, and a spread copies that. */
  toJSON(): undefined {
    return undefined;
  }

  close(): void {
    this.isOpen = false;
    nothing ??= viewsOfNothing();
    this.look(nothing);
  }

  look(views: Views): void {
    this.#u8 = views.u8;
    this.#i8 = views.i8;
    this.#u16 = views.u16;
    this.#i16 = views.i16;
    this.#u32 = views.u32;
    this.#i32 = views.i32;
    this.#f32 = views.f32;
    this.#f64 = views.f64;
    this.#u64 = views.u64;
    this.#i64 = views.i64;
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

/** A property of the memory itself: looking one up in a WeakMap takes longer than making a block. */
const WINDOW: unique symbol = Symbol("window");

/** Returns the window of a memory that is never closed, for a handle's own accesses. */
export function windowOf(memory: Memory & { readonly [WINDOW]?: Window }): Window {
  const known = memory[WINDOW];
  if (known !== undefined && known.memory === memory) return known;
  const window = new Window(memory);
  Object.defineProperty(memory, WINDOW, { value: window, configurable: true });
  return window;
}

let closed: Window | undefined;

/** Closes a single view, of a type whose views make no further ones: it needs no window of its own. */
export function closeView(view: unknown): void {
  if (closed === undefined) {
    closed = new Window(Memory.over(new ArrayBuffer(0)));
    closed.close();
  }
  (view as { "@alloc/window": Window })["@alloc/window"] = closed;
}

/**
 * Base of struct and array views: the window and the address of the value, under names that no user field can have. The names are
 * written out wherever they are used, because engines do not treat a name in a variable as a constant.
 */
export interface Accessor {
  readonly "@alloc/window": Window;
  readonly "@alloc/at": number;
}

/** A temporary place for a single read or write. */
export class Cursor implements Accessor {
  readonly "@alloc/window": Window;
  readonly "@alloc/at": number;

  constructor(window: Window, at: number) {
    this["@alloc/window"] = window;
    this["@alloc/at"] = at;
  }
}
