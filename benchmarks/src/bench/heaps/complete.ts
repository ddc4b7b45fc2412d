/**
 * complete: adds the rest of C's functions to a malloc and a free, where a heap lacks them.
 *
 * @module
 */
import type { Memory } from "@alloc/core";
import type { NumberHeap } from "../play.ts";

/** The functions of a heap. A result of 0 means no room. */
export interface BareHeap {
  readonly memory: Memory;
  malloc(size: number): number;
  calloc?(size: number): number;
  realloc?(ptr: number, size: number): number;
  free(ptr: number): void;
}

/** Room for all but the largest workload of the suite, for heaps that cannot grow: 512 MiB of addresses, touched only as used. */
export const ROOM = 2 ** 29;

/** Returns a heap with all of C's functions. Some return 0 for 0 bytes, as they may; then 1 byte is requested, so that there is a block. */
export function complete(bare: BareHeap): NumberHeap {
  const { memory } = bare;
  const malloc = (size: number) => bare.malloc(size || 1);
  const free = (ptr: number) => bare.free(ptr);
  return {
    memory,
    malloc,
    free,
    calloc: bare.calloc
      ? (size) => bare.calloc!(size || 1)
      : (size) => {
          const ptr = malloc(size);
          if (ptr !== 0) memory.u8.fill(0, ptr, ptr + size);
          return ptr;
        },
    realloc: bare.realloc
      ? (ptr, _from, to) => bare.realloc!(ptr, to || 1)
      : (ptr, from, to) => {
          const next = malloc(to);
          if (next === 0) return 0;
          memory.u8.copyWithin(next, ptr, ptr + Math.min(from, to));
          free(ptr);
          return next;
        },
  };
}
