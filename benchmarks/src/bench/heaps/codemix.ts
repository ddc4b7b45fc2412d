/**
 * `malloc` of codemix: an Allocator over an ArrayBuffer.
 *
 * @module
 */
import { createRequire } from "node:module";
import { Memory } from "@alloc/core";
import { complete, ROOM } from "./complete.ts";

/** The part of its interface that is used here; the package has no types. */
interface Heap {
  alloc(bytes: number): number;
  calloc(bytes: number): number;
  free(address: number): number;
}
const Heap = createRequire(import.meta.url)("malloc") as new (buffer: ArrayBuffer) => Heap;

const buffer = new ArrayBuffer(ROOM);
const inner = new Heap(buffer);

export const heap = complete({
  memory: Memory.over(buffer),
  malloc: (size) => inner.alloc(size),
  calloc: (size) => inner.calloc(size),
  free: (ptr) => {
    inner.free(ptr);
  },
});
