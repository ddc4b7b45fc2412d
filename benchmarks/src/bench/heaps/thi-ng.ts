/**
 * `@thi.ng/malloc`, used as in its README. Its realloc leaks the old block when it moves one (docs/peers.md) and would run out of
 * room, so a resize is a malloc, a copy and a free.
 *
 * @module
 */
import { Memory } from "@alloc/core";
import { MemPool } from "@thi.ng/malloc";
import { complete, ROOM } from "./complete.ts";

const buf = new ArrayBuffer(ROOM);
const pool = new MemPool({ buf, start: 8, align: 8 });

export const heap = complete({
  memory: Memory.over(buf),
  malloc: (size) => pool.malloc(size),
  calloc: (size) => pool.calloc(size),
  free: (ptr) => {
    pool.free(ptr);
  },
});
