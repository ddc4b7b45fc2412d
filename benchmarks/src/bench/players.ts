/**
 * Players: every contender called from JavaScript, by name, each made in its own process.
 *
 * A peer is called as its users call it, with numbers or arrays, without a Layout or a checking wrapper. Missing functions are
 * composed: a calloc is a malloc and a fill, a realloc a malloc, a copy and a free. No peer takes an alignment.
 *
 * @module
 */
import { createRequire } from "node:module";
import { type Allocator, can, type Footprint, Layout, Memory, pages } from "@alloc/core";
import { CHAINS } from "../chains.ts";
import type { Columns } from "./columns.ts";
import { EMPTY } from "./empty.ts";
import { type NumberHeap, type ObjectHeap, playAllocator, playNothing, playNumbers, playObjects } from "./play.ts";
import type { Request } from "./sample.ts";

/** A contender in a process, ready to play. */
export interface Player {
  /** Plays the events from `begin` to `end`; live blocks stay live between calls. */
  play(begin: number, end: number): void;
  /** Returns the bytes in use now. The caller looks for the maximum. */
  held(): number;
  /** Returns the most bytes in use at once, if the contender knows better than samples can tell. */
  peak?(): number;
  /** Returns the bytes not given back to the parent, before and after a trim. */
  kept?(): { readonly asItIs: number; readonly trimmed: number };
}

/** Makes a player for a request. A timed player has nothing in its way. */
type Make = (columns: Columns, mode: Request["mode"]) => Player | Promise<Player>;

export const PLAYERS: Readonly<Record<string, Make>> = {
  [EMPTY.JavaScript]: nothing,
  system: (columns, mode) => ours(columns, mode, CHAINS.system.make),
  checked: (columns, mode) => ours(columns, mode, CHAINS.checked.make),
  tinyHeap: (columns, mode) => ours(columns, mode, CHAINS.tinyHeap.make),
  chain: (columns, mode) => ours(columns, mode, CHAINS.chain.make),
  floor: async (columns, mode) => ours(columns, mode, (await import("./heaps/floor.ts")).floor),
  "thi-ng": async (columns, mode) => numbers(columns, mode, (await import("./heaps/thi-ng.ts")).heap),
  codemix: async (columns, mode) => numbers(columns, mode, (await import("./heaps/codemix.ts")).heap),
  assemblyscript: async (columns, mode) => numbers(columns, mode, (await import("./heaps/assemblyscript.ts")).heap),
  emscripten: async (columns, mode) => numbers(columns, mode, (await import("./heaps/emscripten.ts")).heap),
  "typedarray-pool": (columns) => objects(columns, pooled()),
  "new Uint8Array": (columns) => {
    const make = (size: number) => new Uint8Array(size);
    return objects(columns, { make, makeZeroed: make, drop() {} });
  },
  "Buffer.allocUnsafe": (columns) =>
    objects(columns, { make: (size) => Buffer.allocUnsafe(size), makeZeroed: (size) => Buffer.alloc(size), drop() {} }),
};

/** Plays through an allocator in its own memory. */
function ours(columns: Columns, mode: Request["mode"], make: (memory: Memory) => Allocator): Player {
  const memory = Memory.linear();
  const heap = make(memory);
  const ptrs = new Uint32Array(columns.slots);
  const parent = pages(memory);
  const of = mode === "garbage" ? made(columns) : Layout.of;
  const sum = ({ held, bookkeeping }: Footprint) => held + bookkeeping;
  return {
    play: (begin, end) => playAllocator(columns, begin, end, heap, ptrs, of),
    held: () => sum(heap.footprint()),
    peak: () => heap.footprint().peak,
    kept() {
      const asItIs = parent.footprint().held;
      for (const part of [heap, ...heap.children]) if (can(part, "trim")) part.trim();
      return { asItIs, trimmed: parent.footprint().held };
    },
  };
}

/** Returns layouts made in advance, of the sizes and the one alignment of some columns. */
function made({ size, before, align }: Columns): (size: number) => Layout {
  const layouts: Layout[] = [];
  for (const bytes of new Set([...size, ...before])) layouts[bytes] = Layout.of(bytes, align[0]!);
  return (bytes) => layouts[bytes]!;
}

/** Plays the loop without the calls. */
function nothing(columns: Columns): Player {
  const memory = Memory.linear();
  const ptrs = new Uint32Array(columns.slots);
  let sum = 0;
  return {
    play(begin, end) {
      sum += playNothing(columns, begin, end, memory, ptrs);
    },
    held: () => (Number.isNaN(sum) ? 1 : 0),
  };
}

/** Plays through a malloc. Bytes in use are the range from the lowest to the highest byte ever handed out. */
function numbers(columns: Columns, mode: Request["mode"], heap: NumberHeap): Player {
  const ptrs = new Uint32Array(columns.slots);
  let [low, high] = [2 ** 32, 0];
  const spied = (ptr: number, size: number) => {
    low = Math.min(low, ptr);
    high = Math.max(high, ptr + size);
    return ptr;
  };
  const spy: NumberHeap = {
    memory: heap.memory,
    malloc: (size, align) => spied(heap.malloc(size, align), size),
    calloc: (size, align) => spied(heap.calloc(size, align), size),
    realloc: (ptr, from, to, align) => spied(heap.realloc(ptr, from, to, align), to),
    free: (ptr, size) => heap.free(ptr, size),
  };
  const played = mode === "memory" ? spy : heap;
  return {
    play: (begin, end) => playNumbers(columns, begin, end, played, ptrs),
    held: () => Math.max(0, high - low),
  };
}

/** Plays through arrays. Bytes in use are the growth of the process. */
function objects(columns: Columns, heap: ObjectHeap): Player {
  const blocks: Uint8Array[] = Array(columns.slots).fill(new Uint8Array(0));
  const before = process.memoryUsage.rss();
  return {
    play: (begin, end) => playObjects(columns, begin, end, heap, blocks),
    held: () => process.memoryUsage.rss() - before,
  };
}

function pooled(): ObjectHeap {
  const pool = createRequire(import.meta.url)("typedarray-pool") as {
    mallocUint8(size: number): Uint8Array;
    freeUint8(block: Uint8Array): void;
  };
  return {
    make: (size) => pool.mallocUint8(size),
    makeZeroed: (size) => pool.mallocUint8(size).fill(0),
    drop: (block) => pool.freeUint8(block),
  };
}
