/**
 * Shared by the tests of this package: parents of several kinds, and access to the words of a chain.
 *
 * @module
 */
import {
  Allocator,
  type Can,
  can,
  type Layout,
  Memory,
  type MisuseError,
  orThrow,
  type Pages,
  type Ptr,
  pages,
} from "@alloc/core";
import { Heap } from "../src/heap/heap.ts";
import { Extents, type Hoard } from "../src/heap/large/extents.ts";
import { BITS, FREE, GRANULE, KIND } from "../src/heap/records.ts";
import { BASE, LIMIT, STRIDE, TOP } from "../src/heap/small/magazines.ts";
import { classOf, classSize } from "../src/heap/small/size-classes.ts";
import { Slabs } from "../src/heap/small/slabs.ts";

export { GRANULE } from "../src/heap/records.ts";
export const KiB = 2 ** 10;
export const MiB = 2 ** 20;
export const GiB = 2 ** 30;

/** The same programs in every run, so that a passing test keeps passing. */
export const RUNS = { seed: 1, numRuns: 100 } as const;

/** Returns the root of a new memory of addresses without bytes. */
export function addresses(length = 16 * MiB): Pages {
  return pages(Memory.virtual(length));
}

/** Returns the root of a new memory with bytes. */
export function bytes(length = 4 * MiB): Pages {
  return pages(Memory.over(new ArrayBuffer(length)));
}

/** A parent with only the required methods: its chunks never change their length. */
export function withoutResize(root: Allocator): Can<never> {
  return Allocator.from({
    memory: root.memory,
    allocate: (layout) => root.allocate(layout),
    deallocate: (ptr, layout) => root.deallocate(ptr, layout),
    usableSize: (layout) => root.usableSize(layout),
    footprint: () => root.footprint(),
  });
}

/** A parent without room for more than `most` bytes at once, in a new chunk or by a resize. */
export function upTo(most: number, root: Allocator): Can<"resizeInPlace"> {
  return serving(({ size }) => size <= most, root);
}

/** A parent without room for less than `least` bytes. */
export function from(least: number, root: Pages): Can<"resizeInPlace"> {
  return serving(({ size }) => size >= least, root);
}

function serving(fits: (layout: Layout) => boolean, root: Allocator): Can<"resizeInPlace"> {
  return Allocator.from({
    memory: root.memory,
    allocate: (layout) => (fits(layout) ? root.allocate(layout) : 0),
    deallocate: (ptr, layout) => root.deallocate(ptr, layout),
    usableSize: (layout) => (fits(layout) ? root.usableSize(layout) : 0),
    resizeInPlace: (ptr, from, to) => fits(to) && can(root, "resizeInPlace") && root.resizeInPlace(ptr, from, to),
    footprint: () => root.footprint(),
  });
}

/** Returns a block; there must be room for it. */
export function take(allocator: Allocator, layout: Layout): Ptr {
  return orThrow(allocator.allocate(layout), layout);
}

/** Requests blocks of one layout until there is no room, and returns them. */
export function fill(allocator: Allocator, layout: Layout): Ptr[] {
  const all: Ptr[] = [];
  for (let ptr = allocator.allocate(layout); ptr !== 0; ptr = allocator.allocate(layout)) {
    if (all.push(ptr) > MiB) throw new Error("a memory of a few MiB never runs out of room");
  }
  return all;
}

/** Returns how many pairs of ranges `[start, end)` overlap; in sorted ranges only neighbours can. */
export function overlaps(ranges: Iterable<readonly [start: number, end: number]>): number {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  return sorted.filter(([start], index) => index > 0 && start < sorted[index - 1]![1]).length;
}

/** Returns items in another order, the same in every run. */
export function shuffled<T>(items: readonly T[], seed = 1): T[] {
  const all = [...items];
  let state = seed;
  for (let last = all.length - 1; last > 0; last--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (last + 1));
    [all[last], all[other]] = [all[other]!, all[last]!];
  }
  return all;
}

/** Returns the misuse error of a call, or fails. */
export function misuseOf(call: () => unknown): MisuseError {
  try {
    call();
  } catch (error) {
    if ((error as Error).name === "MisuseError") return error as MisuseError;
    throw error;
  }
  throw new Error("expected a MisuseError, but nothing was thrown");
}

/** Copies the words of an allocator and of all allocators below it. */
export function wordsOf(allocator: Allocator): unknown {
  return structuredClone(allocator.describe().nodes.map(({ state }) => state));
}

/** The free extents, by address, in granules. */
export function freeOf(extents: Extents): { start: number; size: number }[] {
  const free: { start: number; size: number }[] = [];
  extents.each((record) => {
    if (extents.words[record + KIND] !== FREE) return;
    free.push({ start: extents.address(record), size: extents.size(record) });
  });
  return free.sort((a, b) => a.start - b.start);
}

/** A cache that keeps nothing. */
export const NOTHING_KEPT: Hoard = { release: () => false, releaseAll: () => {}, kept: () => 0 };

/** Slabs and their extents, with calls for single blocks and for many. */
export function slabsOver(root: Allocator) {
  const release = (): boolean => slabs.releaseSpares();
  const extents: Extents = new Extents(root.memory, root, {
    release,
    releaseAll: () => void release(),
    kept: () => slabs.free / GRANULE,
  });
  const slabs: Slabs = new Slabs(root.memory, extents);
  /** Returns as many blocks as there is room for, up to `count`, in the order in which a magazine hands them out. */
  const getMany = (size: number, count: number): number[] => {
    const sizeClass = classOf(size);
    const all: number[] = [];
    while (all.length < count && (slabs.partial[sizeClass] !== 0 || slabs.add(sizeClass))) {
      const into = new Uint32Array(1 + count - all.length);
      const taken = slabs.take(sizeClass, count - all.length, into, 0);
      all.push(...into.subarray(1, 1 + taken).reverse());
    }
    return all;
  };
  const get = (size: number): number => getMany(size, 1)[0] ?? 0;
  const putMany = (size: number, blocks: readonly number[]): void =>
    slabs.put(classOf(size), Uint32Array.of(0, ...blocks), 0, blocks.length);
  const slabAt = (ptr: number) => extents.directory.find(Math.floor(ptr / GRANULE));
  const locate = (ptr: number) => slabs.locate(slabAt(ptr), ptr);
  const put = (ptr: number) => putMany(classSize(slabs.classAt(ptr)), [ptr]);
  /** Bytes of each slab of a size, in the order of creation. */
  const slabsOf = (size: number) => {
    const lengths: number[] = [];
    extents.each((record) => {
      if (extents.words[record + KIND] === classOf(size)) lengths.push(extents.size(record) * GRANULE);
    });
    return lengths;
  };
  /** Bytes of the used extents, and of the free ones below the top. */
  const held = () => extents.top.held * GRANULE;
  const check = () => {
    extents.check();
    slabs.check();
  };
  return { extents, slabs, get, put, getMany, putMany, locate, slabsOf, held, check };
}

/** The magazines of a heap, used as in `system.ts`. */
export function magazinesOver(root: Allocator) {
  const heap = new Heap(root);
  const { magazines, slabs } = heap;
  const word = (sizeClass: number, which: number) => magazines.words[sizeClass * STRIDE + which]!;
  const get = (sizeClass: number): number => {
    const top = word(sizeClass, TOP);
    const ptr = magazines.words[top]!;
    if (ptr === 0) return heap.refill(sizeClass * STRIDE);
    magazines.words[sizeClass * STRIDE + TOP] = top - 1;
    return ptr;
  };
  const put = (sizeClass: number, ptr: number): void => {
    const top = word(sizeClass, TOP);
    if (top >= word(sizeClass, LIMIT)) magazines.push(sizeClass * STRIDE, ptr);
    else {
      magazines.words[top + 1] = ptr;
      magazines.words[sizeClass * STRIDE + TOP] = top + 1;
    }
  };
  const room = (sizeClass: number) => word(sizeClass, LIMIT) - word(sizeClass, BASE);
  /** The contents of the magazine of a class, the next block to be handed out first. */
  const inside = (sizeClass: number): number[] => {
    const all: number[] = [];
    magazines.each((ptr, of) => void (of === sizeClass && all.push(ptr)));
    return all;
  };
  /** The taken blocks of all slabs of a class. */
  const taken = (sizeClass: number): number => {
    let free = 0;
    heap.extents.each((record) => {
      const { words } = heap.extents;
      if (words[record + KIND] === sizeClass) free += slabs.bits.free(words[record + BITS]!);
    });
    return slabs.population[sizeClass]! - free;
  };
  return { heap, magazines, slabs, word, get, put, room, inside, taken };
}
