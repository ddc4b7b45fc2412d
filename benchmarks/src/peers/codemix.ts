/**
 * `malloc` of codemix: an Allocator over a part of an ArrayBuffer. Its addresses count from the start of that part.
 *
 * @module
 */
import { createRequire } from "node:module";
import { type Allocator, Memory, MisuseError } from "@alloc/core";
import { adapt, BASE, type Peer, ROOM, releasedTwice, within } from "./adapt.ts";

/** The part of its interface that is used here; the package has no types. */
interface Heap {
  alloc(bytes: number): number;
  calloc(bytes: number): number;
  free(address: number): number;
}
const Heap = createRequire(import.meta.url)("malloc") as new (buffer: ArrayBuffer, offset: number) => Heap;

export default function make(): Allocator {
  return adapt(peer());
}

export function twice(): Allocator {
  return releasedTwice(peer());
}

function peer(): Peer {
  const buffer = new ArrayBuffer(BASE + ROOM);
  const heap = new Heap(buffer, BASE);
  const addressOf = (offset: number) => (offset === 0 ? 0 : BASE + offset);
  // A size larger than its range is a RangeError, or no int32; the adapter returns NULL for it.
  return within({
    memory: Memory.over(buffer),
    align: 8,
    detects: ["foreign-pointer"],
    malloc: (size) => addressOf(heap.alloc(size)),
    calloc: (size) => addressOf(heap.calloc(size)),
    free(ptr) {
      try {
        heap.free(ptr - BASE);
      } catch (error) {
        throw new MisuseError("foreign-pointer", `free(${ptr - BASE}) threw ${error}`);
      }
    },
  });
}
