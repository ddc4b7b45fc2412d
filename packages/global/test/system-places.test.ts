import { Layout, Memory, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { describe, expect, test } from "vitest";
import { addresses, fill, GiB, KiB, MiB, overlaps, shuffled, take } from "./support.ts";

const of = (size: number, align?: number) => Layout.of(size, align);
const times = <T>(count: number, call: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => call(i));

describe("more than 65,535 extents", () => {
  test("are live, released and joined again", () => {
    const root = addresses(256 * MiB);
    const heap = system({ parent: root });
    const count = 70_000;
    const blocks = times(count, (index) => take(heap, of(1025 + (index % 3) * 100)));
    const layoutAt = (index: number) => of(1025 + (index % 3) * 100);
    heap.check();
    expect(new Set(blocks).size).toBe(count);
    for (let index = 0; index < count; index += 2) heap.deallocate(blocks[index]!, layoutAt(index));
    heap.check();
    for (let index = 1; index < count; index += 2) {
      if (heap.sizeAt(blocks[index]!) !== heap.usableSize(layoutAt(index))) expect(index).toBe("as it was asked for");
    }
    for (let index = 1; index < count; index += 2) heap.deallocate(blocks[index]!, layoutAt(index));
    heap.trim();
    heap.check();
    expect([heap.footprint().held, root.footprint().held]).toEqual([0, 0]);
  });

  test("are slabs, with separate blocks", () => {
    const heap = system({ parent: addresses(256 * MiB) });
    // Blocks alternate with large ones to keep slabs short: the heap is full of holes of one slab.
    const pins = times(66_000, () => take(heap, of(1025)));
    for (let index = 0; index < pins.length; index += 2) heap.deallocate(pins[index]!, of(1025));
    const small = times(200_000, (index) => take(heap, of(index % 2 === 0 ? 100 : 300)));
    heap.check();
    const ends = small.map((ptr, index) => [ptr, ptr + (index % 2 === 0 ? 104 : 304)] as const);
    expect(overlaps(ends)).toBe(0);
  });
});

describe("above 2 GiB", () => {
  const high = () => {
    const root = addresses(4 * GiB);
    take(root, of(2 * GiB - 256 * KiB, 4096));
    return system({ parent: root });
  };

  test("blocks of every size are allocated, grow in place, are released and allocated again", () => {
    const heap = high();
    take(heap, of(300 * KiB));
    for (let round = 0; round < 3; round++) {
      const sizes = [1, 4, 12, 100, 1000, 1025, 3000, 70_000];
      const live = sizes.flatMap((size) => times(50, () => ({ ptr: take(heap, of(size)), size })));
      expect(live.filter(({ ptr }) => ptr < 2 * GiB)).toEqual([]);
      expect(overlaps(live.map(({ ptr, size }) => [ptr, ptr + size] as const))).toBe(0);
      expect(live.filter(({ ptr, size }) => heap.sizeAt(ptr) !== heap.usableSize(of(size)))).toEqual([]);
      heap.check();
      for (const { ptr, size } of shuffled(live)) heap.deallocate(ptr, of(size));
      heap.check();
    }
  });

  test("a large block is resized in place, and owned", () => {
    const heap = high();
    take(heap, of(300 * KiB));
    const ptr = take(heap, of(2000));
    expect(heap.resizeInPlace(ptr, of(2000), of(MiB))).toBe(true);
    expect(heap.resizeInPlace(ptr, of(MiB), of(1500))).toBe(true);
    expect([heap.owns(ptr), heap.sizeAt(ptr)]).toEqual([true, 1504]);
  });

  test("a block lies across the boundary, and small ones on either side", () => {
    const heap = high();
    const across = take(heap, of(400 * KiB));
    expect([across < 2 * GiB, across + 400 * KiB > 2 * GiB]).toEqual([true, true]);
    heap.deallocate(across, of(400 * KiB));
    heap.trim();
    const small = times(10_000, () => take(heap, of(60)));
    expect([small[0]! < 2 * GiB, small.at(-1)! > 2 * GiB]).toEqual([true, true]);
    for (const ptr of shuffled(small)) heap.deallocate(ptr, of(60));
    heap.trim();
    expect(heap.footprint().held).toBe(0);
  });
});

describe("in a shared memory, whose words other threads hold, none is replaced", () => {
  test("by a program of all sizes that fills it, again and again", () => {
    const heap = system({ parent: pages(Memory.over(new SharedArrayBuffer(MiB), { owner: true })) });
    const before = { ...heap.describeSelf().state };
    for (const size of [1, 4, 12, 20, 32, 64, 100, 512, 1000, 1025, 1100, 5000]) {
      const layout = of(size, 1);
      const blocks = shuffled(fill(heap, layout), size);
      // Every other one stays live until the next size was allocated.
      for (const ptr of blocks.splice(0, blocks.length / 2)) heap.deallocate(ptr, layout);
      const others = fill(heap, of(size + 30, 1));
      for (const ptr of others) heap.deallocate(ptr, of(size + 30, 1));
      for (const ptr of blocks) heap.deallocate(ptr, layout);
    }
    heap.check();
    const after = heap.describeSelf().state;
    expect(Object.keys(before).filter((name) => before[name] !== after[name])).toEqual([]);
  });
});
