/**
 * The loops of `bench engines` over blocks: through allocators, through heaps of numbers, and over fixed places.
 *
 *     allocate ──▶ write the first and the last byte ──▶ … ──▶ read both and add them up ──▶ release
 *
 * The sum is the same for every contender, so each pass shows that no block lost its bytes. An allocator gets a new Layout with
 * each call. The functions use nothing but their parameters, so that they can be compiled anew for another caller.
 *
 * @module
 */
import { type Allocator, Layout, type Memory, type Ptr } from "@alloc/core";
import { OTHERS, WAYS } from "../chains/made.ts";
import { type Heap, heapOf, PEERS } from "./heaps.ts";
import type { Loop, Loops } from "./loop.ts";

/** Blocks live at once. */
const BLOCKS = 1000;
/** Blocks that are replaced in a pass of the churn. */
const REPLACED = 9000;
/** Blocks that each other chain makes first. */
const OTHER_BLOCKS = 20_000;
/** The largest block, in bytes: the distance of the fixed places. */
const LARGEST = 256;

/** What a pass does: `2 * place` allocates a block, `2 * place + 1` releases it. */
interface Script {
  readonly events: Uint16Array;
  /** Bytes of the block at each place. */
  readonly sizes: Uint16Array;
}

const places = Array.from({ length: BLOCKS }, (_, at) => at);
const random = (at: number, bits: number) => Math.imul(at + 1, 0x9e3779b9) >>> (32 - bits);
const replaced = Array.from({ length: REPLACED }, (_, at) => random(at, 16) % BLOCKS);

const SCRIPTS: Readonly<Record<string, Script>> = {
  pair: scriptOf(
    places.flatMap(() => [0, 1]),
    () => 64,
  ),
  LIFO: scriptOf([...places.map((at) => 2 * at), ...places.map((at) => 2 * at + 1).reverse()], () => 64),
  churn: scriptOf(
    [
      ...places.map((at) => 2 * at),
      ...replaced.flatMap((at) => [2 * at + 1, 2 * at]),
      ...places.map((at) => 2 * at + 1),
    ],
    (at) => 17 + (random(at, 8) % (LARGEST - 16)),
  ),
};

function scriptOf(events: readonly number[], sizeOf: (place: number) => number): Script {
  return { events: Uint16Array.from(events), sizes: Uint16Array.from(places, sizeOf) };
}

function playAllocator(
  { events, sizes }: Script,
  heap: Pick<Allocator, "allocate" | "deallocate">,
  memory: Memory,
  of: typeof Layout.of,
  ptrs: Uint32Array,
): number {
  let { u8 } = memory;
  let sum = 0;
  for (let at = 0; at < events.length; at++) {
    const event = events[at]!;
    const place = event >> 1;
    const size = sizes[place]!;
    if ((event & 1) === 0) {
      const ptr = heap.allocate(of(size, 8));
      if (ptr + size > u8.length) u8 = memory.u8;
      ptrs[place] = ptr;
      u8[ptr] = place;
      u8[ptr + size - 1] = size;
    } else {
      const ptr = ptrs[place]! as Ptr;
      sum += u8[ptr]! + u8[ptr + size - 1]!;
      heap.deallocate(ptr, of(size, 8));
    }
  }
  return sum;
}

function playHeap({ events, sizes }: Script, heap: Heap, ptrs: Uint32Array): number {
  const { u8 } = heap;
  let sum = 0;
  for (let at = 0; at < events.length; at++) {
    const event = events[at]!;
    const place = event >> 1;
    const size = sizes[place]!;
    if ((event & 1) === 0) {
      const ptr = heap.malloc(size);
      ptrs[place] = ptr;
      u8[ptr] = place;
      u8[ptr + size - 1] = size;
    } else {
      const ptr = ptrs[place]!;
      sum += u8[ptr]! + u8[ptr + size - 1]!;
      heap.free(ptr);
    }
  }
  return sum;
}

function playPlaces({ events, sizes }: Script, u8: Uint8Array, step: number, ptrs: Uint32Array): number {
  let sum = 0;
  for (let at = 0; at < events.length; at++) {
    const event = events[at]!;
    const place = event >> 1;
    const size = sizes[place]!;
    if ((event & 1) === 0) {
      const ptr = place * step;
      ptrs[place] = ptr;
      u8[ptr] = place;
      u8[ptr + size - 1] = size;
    } else {
      const ptr = ptrs[place]!;
      sum += u8[ptr]! + u8[ptr + size - 1]!;
    }
  }
  return sum;
}

/** What a pass of a script returns: each block has its place in the first byte and its size in the last. */
function sumOf({ events, sizes }: Script): number {
  let sum = 0;
  for (const event of events) if ((event & 1) === 1) sum += ((event >> 1) & 255) + (sizes[event >> 1]! & 255);
  return sum;
}

function allocators(script: Script, make: () => Allocator): () => number {
  const heap = make();
  const ptrs = new Uint32Array(BLOCKS);
  return () => playAllocator(script, heap, heap.memory, Layout.of, ptrs);
}

/** Uses ten other chains first, each through a caller of its own, as a larger program does. */
function amongOthers(script: Script, make: () => Allocator): () => number {
  for (const [at, other] of OTHERS.entries()) {
    const heap = other();
    const play = new Function(
      `"use strict";return ${playAllocator}\n//# sourceURL=caller:${at}`,
    )() as typeof playAllocator;
    for (let pass = 0; pass < OTHER_BLOCKS / (script.events.length / 2); pass++)
      play(script, heap, heap.memory, Layout.of, new Uint32Array(BLOCKS));
    heap.dispose();
  }
  return allocators(script, make);
}

/** A pass of each contender. The first one is the plain loop. */
const CONTENDERS: Readonly<Record<string, (script: Script) => () => number>> = {
  "fixed places": (script) => {
    const u8 = new Uint8Array(BLOCKS * LARGEST);
    const ptrs = new Uint32Array(BLOCKS);
    return () => playPlaces(script, u8, LARGEST, ptrs);
  },
  "system()": (script) => allocators(script, heapOf),
  "chain, shared": (script) => amongOthers(script, WAYS.shared as () => Allocator),
  "chain, specialised": (script) => amongOthers(script, WAYS.specialised as () => Allocator),
  ...Object.fromEntries(
    Object.entries(PEERS).map(([name, make]) => [
      name,
      (script: Script) => {
        const heap = make();
        const ptrs = new Uint32Array(BLOCKS);
        return () => playHeap(script, heap, ptrs);
      },
    ]),
  ),
};

/** The loops, by name and contender. */
export const BLOCK_LOOPS: Loops = Object.fromEntries(
  Object.entries(SCRIPTS).map(([name, script]) => [
    name,
    Object.fromEntries(
      Object.entries(CONTENDERS).map(([contender, make]) => [
        contender,
        (): Loop => ({ operations: script.events.length / 2, sum: sumOf(script), pass: make(script) }),
      ]),
    ),
  ]),
);
