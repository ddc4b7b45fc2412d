/**
 * The timed loops: one for allocators that take a Layout, one for a malloc of numbers, one for a pool of objects.
 *
 * Timed is what a program does: the loop, a new Layout for each call that takes one, the call, and one write to the first and to
 * the last byte of each block. The empty loop does the rest: it reads the same events, stores an address where the others do,
 * always writes to one place, and makes no Layout. Its time is subtracted. Each process plays one contender, so every call here
 * sees one kind of callee.
 * @module
 */
import { type Allocator, Layout, type Memory, type Ptr } from "@alloc/core";
import { ALLOCATE, ALLOCATE_ZEROED, type Columns, RELEASE, RESIZE } from "./columns.ts";

/** A malloc in C's shape, called from JavaScript. */
export interface NumberHeap {
  readonly memory: Memory;
  malloc(size: number, align: number): number;
  calloc(size: number, align: number): number;
  realloc(ptr: number, from: number, to: number, align: number): number;
  free(ptr: number, size: number): void;
}

/** A pool that hands out arrays of bytes. */
export interface ObjectHeap {
  make(size: number): Uint8Array;
  makeZeroed(size: number): Uint8Array;
  drop(block: Uint8Array): void;
}

/** Plays events through an allocator; `of` returns a layout. */
export function playAllocator(
  columns: Columns,
  begin: number,
  end: number,
  heap: Allocator,
  ptrs: Uint32Array,
  of: (size: number, align: number) => Layout = Layout.of,
): void {
  const { kinds, slot: slots, size: sizes, before: befores, align: aligns } = columns;
  const { memory } = heap;
  let { u8 } = memory;
  for (let index = begin; index < end; index++) {
    const kind = kinds[index]!;
    const slot = slots[index]!;
    const size = sizes[index]!;
    const align = aligns[index]!;
    let ptr: number;
    if (kind === RELEASE) {
      heap.deallocate(ptrs[slot]! as Ptr, of(befores[index]!, align));
      continue;
    }
    if (kind === ALLOCATE) ptr = heap.allocate(of(size, align));
    else if (kind === ALLOCATE_ZEROED) ptr = heap.allocateZeroed(of(size, align));
    else {
      const from = of(befores[index]!, align);
      const to = of(size, align);
      const old = ptrs[slot]! as Ptr;
      ptr = to.size < from.size ? heap.shrink(old, from, to) : heap.grow(old, from, to);
    }
    if (ptr === 0) throw noRoom(size);
    ptrs[slot] = ptr;
    if (size === 0) continue;
    if (ptr + size > u8.length) u8 = memory.u8; // the memory grew
    u8[ptr] = 1;
    u8[ptr + size - 1] = 1;
  }
}

/** Plays events through a malloc of numbers. */
export function playNumbers(columns: Columns, begin: number, end: number, heap: NumberHeap, ptrs: Uint32Array): void {
  const { kinds, slot: slots, size: sizes, before: befores, align: aligns } = columns;
  const { memory } = heap;
  let { u8 } = memory;
  for (let index = begin; index < end; index++) {
    const kind = kinds[index]!;
    const slot = slots[index]!;
    const size = sizes[index]!;
    const align = aligns[index]!;
    let ptr: number;
    if (kind === RELEASE) {
      heap.free(ptrs[slot]!, befores[index]!);
      continue;
    }
    if (kind === ALLOCATE) ptr = heap.malloc(size, align);
    else if (kind === ALLOCATE_ZEROED) ptr = heap.calloc(size, align);
    else ptr = heap.realloc(ptrs[slot]!, befores[index]!, size, align);
    if (ptr === 0) throw noRoom(size);
    ptrs[slot] = ptr;
    if (size === 0) continue;
    if (ptr + size > u8.length) u8 = memory.u8; // the memory grew
    u8[ptr] = 1;
    u8[ptr + size - 1] = 1;
  }
}

/** Plays events without a heap: everything the other loops do except the calls. The result keeps the compiler from removing the reads. */
export function playNothing(columns: Columns, begin: number, end: number, memory: Memory, ptrs: Uint32Array): number {
  const { kinds, slot: slots, size: sizes, before: befores, align: aligns } = columns;
  let { u8 } = memory;
  let sum = 0;
  for (let index = begin; index < end; index++) {
    const kind = kinds[index]!;
    const slot = slots[index]!;
    const size = sizes[index]!;
    sum = (sum + aligns[index]!) | 0;
    if (kind === RELEASE) {
      sum = (sum + ptrs[slot]! + befores[index]!) | 0;
      continue;
    }
    if (kind === RESIZE) sum = (sum + ptrs[slot]! + befores[index]!) | 0;
    ptrs[slot] = PLACE;
    if (size === 0) continue;
    if (PLACE + (size & 1) > u8.length) u8 = memory.u8;
    u8[PLACE] = 1;
    u8[PLACE + (size & 1)] = 1;
  }
  return sum;
}

/** Plays events through a pool of objects. */
export function playObjects(
  columns: Columns,
  begin: number,
  end: number,
  heap: ObjectHeap,
  blocks: Uint8Array[],
): void {
  const { kinds, slot: slots, size: sizes, before: befores } = columns;
  for (let index = begin; index < end; index++) {
    const kind = kinds[index]!;
    const slot = slots[index]!;
    const size = sizes[index]!;
    if (kind === ALLOCATE) {
      blocks[slot] = touchObject(heap.make(size), size);
    } else if (kind === ALLOCATE_ZEROED) {
      blocks[slot] = touchObject(heap.makeZeroed(size), size);
    } else if (kind === RESIZE) {
      const old = blocks[slot]!;
      const next = heap.make(size);
      const kept = Math.min(size, befores[index]!);
      if (next !== old) next.set(kept === old.length ? old : old.subarray(0, kept));
      heap.drop(old);
      blocks[slot] = touchObject(next, size);
    } else {
      heap.drop(blocks[slot]!);
      blocks[slot] = NOTHING;
    }
  }
}

/** The place that the empty loop writes to. */
const PLACE = 64;
/** The content of a slot whose block was released. */
const NOTHING = new Uint8Array(0);

function noRoom(size: number): Error {
  return new Error(`no room for ${size} bytes`);
}

function touchObject(block: Uint8Array, size: number): Uint8Array {
  if (size > 0) {
    block[0] = 1;
    block[size - 1] = 1;
  }
  return block;
}
