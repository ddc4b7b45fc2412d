/**
 * Small memories, and parents that serve small chunks only.
 *
 * @module
 */
import { type Allocator, type Capabilities, Layout, Memory, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addresses, fill, KiB } from "./support.ts";

type Heap = Allocator & Pick<Capabilities, "check" | "trim">;

const HEAPS: Record<string, (parent: Allocator) => Heap> = {
  "system()": (parent) => system({ parent }),
  "system({ checked: true })": (parent) => system({ parent, checked: true }),
  "tinyHeap()": (parent) => tinyHeap({ parent }),
};
const MEMORIES: Record<string, [bytes: number, make: () => Memory]> = {
  "an ArrayBuffer of 4 KiB": [4 * KiB, () => Memory.over(new ArrayBuffer(4 * KiB))],
  "a page above its heap base": [
    64 * KiB - 1040,
    () => Memory.over(new WebAssembly.Memory({ initial: 1, maximum: 1 }), { from: 1040, maximum: 64 * KiB }),
  ],
  "64 KiB of addresses from 65536": [64 * KiB, () => Memory.virtual(64 * KiB, { base: 64 * KiB })],
};

describe.each(Object.entries(HEAPS))("%s", (_, make) => {
  describe.each(Object.entries(MEMORIES))("in %s", (_, [bytes, memory]) => {
    test.each([1, 8, 16, 24, 64, 100, 256, 400])("serves nine tenths of it in blocks of %i, twice", (size) => {
      const heap = make(pages(memory()));
      const layout = Layout.of(size);
      const usable = heap.usableSize(layout);
      for (let round = 0; round < 2; round++) {
        const all = fill(heap, layout);
        expect((all.length * usable) / bytes).toBeGreaterThanOrEqual(0.9);
        heap.check();
        for (const ptr of all) heap.deallocate(ptr, layout);
      }
    });

    test("serves nine tenths of it in blocks of any sizes up to 256", () => {
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 30, maxLength: 60 }), (sizes) => {
          const heap = make(pages(memory()));
          let sum = 0;
          for (let next = 0; ; next++) {
            const layout = Layout.of(sizes[next % sizes.length]!, 4);
            if (heap.allocate(layout) === 0) break;
            sum += heap.usableSize(layout);
          }
          expect((sum + 256) / bytes).toBeGreaterThanOrEqual(0.9);
          heap.check();
        }),
        { seed: 1, numRuns: 20 },
      );
    });
  });

  test("serves 256 uniforms at align 256 in 64 KiB", () => {
    const heap = make(pages(Memory.virtual(64 * KiB, { base: 64 * KiB })));
    const sizes = [64, 80, 144, 208, 256];
    let count = 0;
    for (; ; count++) {
      const ptr = heap.allocate(Layout.of(sizes[count % sizes.length]!, 256));
      if (ptr === 0) break;
      expect(ptr % 256).toBe(0);
    }
    expect(count).toBeGreaterThanOrEqual(256);
  });

  test.each([256, 600, 1040, 1904, 3000])("over chunks of %i serves exactly the layouts with a usableSize", (chunk) => {
    const heap = make(freeList(chunk, { blocks: 40, parent: addresses() }));
    let before = 0;
    for (let size = 1; size < 2 * chunk; size += 7) {
      const layout = Layout.of(size);
      const usable = heap.usableSize(layout);
      const ptr = heap.allocate(layout);
      expect([size, ptr !== 0]).toEqual([size, usable !== 0]);
      if (usable !== 0) expect(usable).toBeGreaterThanOrEqual(Math.max(size, before));
      before = usable;
      if (ptr !== 0) heap.deallocate(ptr, layout);
      heap.trim();
    }
  });
});
