/**
 * adapt: makes an allocator of another project's malloc, using its own functions where it has them.
 *
 *     allocate    malloc        allocateZeroed    calloc        grow, shrink    realloc        deallocate    free
 *
 * The rest is provided as `fromMalloc` provides it: larger alignments, and size 0. Nothing is caught, asked twice or corrected, so
 * a fault that the check finds is the peer's, and no fault of the peer is hidden.
 *
 * @module
 */
import { Allocator, fromMalloc, type Malloc, type MisuseCode, type Null, type Ptr } from "@alloc/core";

/** The functions of a peer, in C's shape. */
export interface Peer extends Malloc {
  /** The alignment that `malloc` guarantees, in bytes. */
  readonly align: number;
  /** The misuse that its `free` claims to detect. */
  readonly detects?: readonly MisuseCode[];
  /** Returns a zeroed block, or 0 if there is no room. */
  calloc?(size: number): number;
  /** Forgets every block. */
  reset?(): void;
}

/** The room of an adapter, from {@link BASE} on: 1 MiB. */
export const ROOM = 2 ** 20;
/** Where it starts: our allocators never hand out the first 64 KiB. */
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

/** Returns the peer, never asked for more than {@link ROOM}, so that faults with oversized requests hide no other faults. */
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
 * Makes an allocator of a peer and releases one block twice. The result of the second release is ignored: a peer that detects or
 * tolerates it must work as before.
 */
export function releasedTwice(peer: Peer): Allocator {
  const ptr = peer.malloc(16);
  peer.free(ptr);
  try {
    peer.free(ptr);
  } catch {
    // The peer detected it.
  }
  return adapt(peer);
}
