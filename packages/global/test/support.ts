/**
 * What the tests of this package share: parents of several kinds, and a look at the words of a chain.
 *
 * @module
 */
import {
  Allocator,
  type Can,
  type Layout,
  Memory,
  type MisuseError,
  orThrow,
  type Pages,
  type Ptr,
  pages,
} from "@alloc/core";
import { Extents } from "../src/heap/extents.ts";
import { FREE, GRANULE, KIND } from "../src/heap/records.ts";
import { classOf } from "../src/heap/size-classes.ts";
import { Slabs } from "../src/heap/slabs.ts";

export const KiB = 2 ** 10;
export const MiB = 2 ** 20;
export const GiB = 2 ** 30;

/** The same programs in every run, so that a test that was green stays green. */
export const RUNS = { seed: 1, numRuns: 100 } as const;

/** The root of a memory of its own, of addresses without bytes. */
export function addresses(length = 16 * MiB): Pages {
  return pages(Memory.virtual(length));
}

/** The root of a memory of its own, with bytes. */
export function bytes(length = 4 * MiB): Pages {
  return pages(Memory.over(new ArrayBuffer(length)));
}

/** A parent with the contract alone: its chunks stay as long as they are. */
export function withoutResize(root: Allocator): Can<never> {
  return Allocator.from({
    memory: root.memory,
    allocate: (layout) => root.allocate(layout),
    deallocate: (ptr, layout) => root.deallocate(ptr, layout),
    usableSize: (layout) => root.usableSize(layout),
    footprint: () => root.footprint(),
  });
}

/** A parent that has no room for more than `most` bytes at once, in one chunk or by a resize. */
export function upTo(most: number, root: Pages): Can<"resizeInPlace"> {
  return serving(({ size }) => size <= most, root);
}

/** A parent that has no room for less than `least` bytes. */
export function from(least: number, root: Pages): Can<"resizeInPlace"> {
  return serving(({ size }) => size >= least, root);
}

function serving(fits: (layout: Layout) => boolean, root: Pages): Can<"resizeInPlace"> {
  return Allocator.from({
    memory: root.memory,
    allocate: (layout) => (fits(layout) ? root.allocate(layout) : 0),
    deallocate: (ptr, layout) => root.deallocate(ptr, layout),
    usableSize: (layout) => (fits(layout) ? root.usableSize(layout) : 0),
    resizeInPlace: (ptr, from, to) => fits(to) && root.resizeInPlace(ptr, from, to),
    footprint: () => root.footprint(),
  });
}

/** Answers the block, which there must be room for. */
export function take(allocator: Allocator, layout: Layout): Ptr {
  return orThrow(allocator.allocate(layout), layout);
}

/** Asks for blocks of one layout until there is no room, and answers them. */
export function fill(allocator: Allocator, layout: Layout): Ptr[] {
  const all: Ptr[] = [];
  for (let ptr = allocator.allocate(layout); ptr !== 0; ptr = allocator.allocate(layout)) {
    if (all.push(ptr) > MiB) throw new Error("a memory of a few MiB has room without end");
  }
  return all;
}

/** Answers how many pairs of ranges `[start, end)` overlap; of sorted ranges only neighbours can. */
export function overlaps(ranges: Iterable<readonly [start: number, end: number]>): number {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  return sorted.filter(([start], index) => index > 0 && start < sorted[index - 1]![1]).length;
}

/** Answers the misuse that a call throws, or fails. */
export function misuseOf(call: () => unknown): MisuseError {
  try {
    call();
  } catch (error) {
    if ((error as Error).name === "MisuseError") return error as MisuseError;
    throw error;
  }
  throw new Error("expected a MisuseError, but nothing was thrown");
}

/** Copies the words of an allocator and of all that it stands on. */
export function wordsOf(allocator: Allocator): unknown {
  return structuredClone(allocator.describe().nodes.map(({ state }) => state));
}

/** The free extents, by address, in granules. */
export function freeOf(extents: Extents): { start: number; size: number }[] {
  const free: { start: number; size: number }[] = [];
  extents.records.each((record) => {
    if (extents.records.words[record + KIND] !== FREE) return;
    free.push({ start: extents.address(record), size: extents.size(record) });
  });
  return free.sort((a, b) => a.start - b.start);
}

/** Slabs and the extents that they lie in, with the calls that a heap makes of them. */
export function slabsOver(root: Pages) {
  const extents: Extents = new Extents(root.memory, root, () => slabs.releaseSpares());
  const slabs: Slabs = new Slabs(root.memory, extents);
  const get = (size: number): number => {
    const sizeClass = classOf(size);
    return slabs.allocate(sizeClass) || (slabs.add(sizeClass) ? slabs.allocate(sizeClass) : 0);
  };
  const slabAt = (ptr: number) => extents.directory.find(Math.floor(ptr / GRANULE));
  const locate = (ptr: number) => slabs.locate(slabAt(ptr), ptr);
  const put = (ptr: number) => slabs.release(slabAt(ptr), locate(ptr));
  /** Bytes of each slab of a size, in the order in which they were made. */
  const slabsOf = (size: number) => {
    const lengths: number[] = [];
    extents.records.each((record) => {
      if (extents.records.words[record + KIND] === classOf(size)) lengths.push(extents.size(record) * GRANULE);
    });
    return lengths;
  };
  const check = () => {
    extents.check();
    slabs.check();
  };
  return { extents, slabs, get, put, locate, slabsOf, check };
}
