/**
 * adapt: a malloc of somebody else as an allocator, by its own functions wherever it has one.
 *
 *     allocate    malloc        allocateZeroed    calloc        grow, shrink    realloc        deallocate    free
 *
 * What it does not have is provided as `fromMalloc` provides it: blocks of a larger align, and size 0. Nothing is caught, asked
 * twice or put right here: a fault that the check finds is the peer's, and one that it has is not hidden.
 *
 * @module
 */
import { Allocator, fromMalloc, type Malloc, type MisuseCode, type Null, type Ptr } from "@alloc/core";

/** The functions of a peer, in C's shape. */
export interface Peer extends Malloc {
  /** The alignment that `malloc` guarantees, in bytes. */
  readonly align: number;
  /** The misuse that its `free` says it detects. */
  readonly detects?: readonly MisuseCode[];
  /** Answers a block whose bytes are 0, or 0 where there is no room. */
  calloc?(size: number): number;
  /** Forgets every block. */
  reset?(): void;
}

/** What a peer's adapters have for room, from {@link BASE} on: 1 MiB. */
export const ROOM = 2 ** 20;
/** Where it begins: nobody of ours hands out the first 64 KiB. */
export const BASE = 65536;

/** Makes an allocator of a peer. */
export function adapt(peer: Peer): Allocator {
  const inner = fromMalloc(peer);
  const { memory, align, detects = [] } = peer;
  return Allocator.from({
    memory,
    detects,
    allocate: (layout) => inner.allocate(layout),
    allocateZeroed(layout) {
      const own = peer.calloc !== undefined && layout.align <= align;
      return own ? ((peer.calloc!(layout.size) >>> 0) as Ptr | Null) : inner.allocateZeroed(layout);
    },
    grow: (ptr, from, to) => inner.grow(ptr, from, to),
    shrink: (ptr, from, to) => inner.shrink(ptr, from, to),
    deallocate: (ptr, layout) => inner.deallocate(ptr, layout),
    ...(peer.reset === undefined ? {} : { reset: () => peer.reset!() }),
  });
}

/** Answers the peer, asked for no more than {@link ROOM}: what it does with a size that it cannot have hides nothing else then. */
export function within(peer: Peer): Peer {
  const ask = (size: number, call: () => number) => (size > ROOM ? 0 : call());
  const { calloc, realloc } = peer;
  return {
    ...peer,
    malloc: (size) => ask(size, () => peer.malloc(size)),
    ...(calloc && { calloc: (size) => ask(size, () => calloc(size)) }),
    ...(realloc && { realloc: (ptr, size) => ask(size, () => realloc(ptr, size)) }),
  };
}

/**
 * Makes an allocator of a peer on which one block was released twice. What the second release says is not asked: whoever detects it,
 * or bears it, is as good as new.
 */
export function releasedTwice(peer: Peer): Allocator {
  const ptr = peer.malloc(16);
  peer.free(ptr);
  try {
    peer.free(ptr);
  } catch {
    // It was seen.
  }
  return adapt(peer);
}
