/**
 * `@thi.ng/malloc`: a MemPool over an ArrayBuffer, or over a guest's memory, as in its README.
 *
 * @module
 */
import { type Allocator, Memory, type MisuseCode, MisuseError } from "@alloc/core";
import { MemPool } from "@thi.ng/malloc";
import { adapt, BASE, type Peer, ROOM, releasedTwice, within } from "./adapt.ts";

/** Over bytes of a fixed length. */
export default function make(): Allocator {
  return adapt(within(inBuffer()));
}

/** Over a WebAssembly memory, which may grow between two calls. */
export function inGuest(): Allocator {
  const guest = new WebAssembly.Memory({ initial: (BASE + ROOM) / 65536 });
  return adapt(within(peerOf(Memory.over(guest, { from: BASE }), guest.buffer)));
}

/** Also asked for more than it has. */
export function unbounded(): Allocator {
  return adapt(inBuffer());
}

export function twice(): Allocator {
  return releasedTwice(within(inBuffer()));
}

function inBuffer(): Peer {
  const buf = new ArrayBuffer(BASE + ROOM);
  return peerOf(Memory.over(buf), buf);
}

function peerOf(memory: Memory, buf: ArrayBuffer): Peer {
  const pool = new MemPool({ buf, start: BASE, align: 8 });
  const known = new Set<number>();
  const note = (ptr: number) => {
    known.add(ptr);
    return ptr;
  };
  /** `free` returns false for anything that is not its block, but not why: the code is determined here. */
  const nameOf = (ptr: number): MisuseCode => {
    if (known.has(ptr)) return "double-free";
    return ptr >= BASE && ptr < buf.byteLength ? "interior-pointer" : "foreign-pointer";
  };
  return {
    memory,
    align: 8,
    detects: ["double-free", "interior-pointer", "foreign-pointer"],
    malloc: (size) => note(pool.malloc(size)),
    calloc: (size) => note(pool.calloc(size)),
    realloc: (ptr, size) => note(pool.realloc(ptr, size)),
    free(ptr) {
      if (!pool.free(ptr)) throw new MisuseError(nameOf(ptr), `MemPool.free(${ptr}) returned false`);
    },
    reset: () => pool.freeAll(),
  };
}
