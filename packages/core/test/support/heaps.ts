/**
 * Heaps for tests: as plain as possible, with visible state.
 *
 * @module
 */
import { Allocator, alignUp, type ByteHooks, type Can, Memory, MisuseError, type Ptr } from "@alloc/core";

/** First fit between the live blocks. It detects the release of a dead block. */
export class FirstFit {
  readonly base: number;
  readonly end: number;
  /** Bytes of each live block by address. */
  readonly live = new Map<number, number>();

  constructor(base: number, end: number) {
    this.base = base;
    this.end = end;
  }

  /** Returns the address of `bytes` bytes, 0 if there is no room. */
  take(bytes: number, align: number): number {
    let start = alignUp(this.base, align);
    for (const [address, size] of [...this.live].sort(([a], [b]) => a - b)) {
      if (start + bytes <= address) break;
      start = Math.max(start, alignUp(address + size, align));
    }
    if (start + bytes > this.end) return 0;
    this.live.set(start, bytes);
    return start;
  }

  sizeAt(address: number): number {
    const bytes = this.live.get(address);
    if (bytes === undefined) throw new MisuseError("double-free", `nothing is live at ${address}`);
    return bytes;
  }

  release(address: number): void {
    this.sizeAt(address);
    this.live.delete(address);
  }
}

/** A malloc as a guest exports it: it takes and returns i32, so addresses from 2 GiB on are negative. */
export class GuestMalloc {
  readonly memory: Memory;
  readonly align: number;
  readonly heap: FirstFit;
  /** The requested sizes, as unsigned numbers. */
  readonly asked: number[] = [];

  constructor(memory: Memory, base: number, end: number, align = 8) {
    this.memory = memory;
    this.align = align;
    this.heap = new FirstFit(base, end);
  }

  malloc = (size: number): number => {
    this.asked.push(size >>> 0);
    return this.heap.take(Math.max(size >>> 0, 1), this.align) | 0;
  };

  free = (ptr: number): void => {
    if (ptr !== 0) this.heap.release(ptr >>> 0);
  };

  realloc = (ptr: number, size: number): number => {
    if (ptr === 0) return this.malloc(size);
    const bytes = this.heap.sizeAt(ptr >>> 0);
    const next = this.malloc(size);
    if (next === 0) return 0;
    this.memory.copy((next >>> 0) as Ptr, (ptr >>> 0) as Ptr, Math.min(bytes, size >>> 0));
    this.free(ptr);
    return next;
  };
}

/** A first fit as an allocator of 64 KiB, by default over bytes. */
export function plainHeap(memory = Memory.over(new ArrayBuffer(65536))): { heap: FirstFit; allocator: Can<"sizeAt"> } {
  const heap = new FirstFit(64, 65536);
  const allocator = Allocator.from({
    memory,
    allocate: ({ size, align }) => heap.take(size, align) as Ptr,
    deallocate: (ptr) => heap.release(ptr),
    sizeAt: (ptr: Ptr) => heap.sizeAt(ptr),
  });
  return { heap, allocator };
}

/** Addresses up to 4 GiB; those from `base` on have bytes that only the hooks can reach. */
export function hookedMemory(base: number, bytes: number): { memory: Memory; at(address: number): Uint8Array } {
  const store = new Uint8Array(bytes);
  const hooks: ByteHooks = {
    copy: (to, from, length) => store.copyWithin(to - base, from - base, from - base + length),
    fill: (ptr, length, value) => store.fill(value, ptr - base, ptr - base + length),
  };
  return { memory: Memory.virtual(2 ** 32, hooks), at: (address) => store.subarray(address - base) };
}
