/**
 * AssemblyScript's TLSF as an allocator, for the kit.
 *
 * @module
 */
import { type Allocator, Memory, MisuseError } from "@alloc/core";
import { adapt, type Peer, releasedTwice } from "./adapt.ts";
import { compileTlsf, type Tlsf } from "./tlsf.ts";

/** 2 MiB, taken as needed. */
const MOST_PAGES = 32;

const compiled = await compileTlsf(MOST_PAGES);

export default function make(): Allocator {
  return adapt(peer());
}

export function twice(): Allocator {
  return releasedTwice(peer());
}

function peer(): Peer {
  const { exports } = new WebAssembly.Instance(compiled, { env: { abort } });
  const heap = exports as Tlsf;
  return {
    memory: Memory.over(heap.memory, { from: 0 }),
    align: 16,
    detects: ["double-free"],
    malloc: (size) => roomOr0(() => heap.malloc(size)),
    realloc: (ptr, size) => roomOr0(() => heap.realloc(ptr, size)),
    free: (ptr) => heap.free(ptr),
  };
}

/** Called by its code for an error, with a message, and for a failed assertion, without one: that a block is in use. */
function abort(message: number): never {
  if (message === 0) throw new MisuseError("double-free", "the assertion that the block is in use failed");
  throw new Error("aborted");
}

/** It traps if there is no room; the adapter returns NULL then. */
function roomOr0(call: () => number): number {
  try {
    return call();
  } catch (error) {
    if ((error as Error).name === "MisuseError") throw error;
    return 0;
  }
}
