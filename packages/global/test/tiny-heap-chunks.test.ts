import { Layout, Memory, pages } from "@alloc/core";
import { tinyHeap } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TinyHeapMachine } from "../src/tiny-heap.ts";
import { addresses, bytes, fill, from, KiB, MiB, RUNS, take, upTo, withoutResize, wordsOf } from "./support.ts";

const of = (size: number, align?: number) => Layout.of(size, align);
const times = <T>(count: number, call: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => call(i));

describe("chunks", () => {
  test("grow by an eighth: 32 MiB of small blocks make at most 60 requests to the parent", () => {
    const root = addresses(64 * MiB);
    let calls = 0;
    const allocate = (layout: Layout) => {
      calls++;
      return root.allocate(layout);
    };
    const counting = Object.assign(withoutResize(root), { allocate });
    const heap = tinyHeap({ parent: counting });
    for (let block = 0; block < 8192; block++) take(heap, of(4 * KiB));
    expect(calls).toBeLessThanOrEqual(60);
  });

  test("are only as long as needed if the parent has no more", () => {
    const heap = tinyHeap({ parent: upTo(4 * KiB, addresses()) });
    take(heap, of(4 * KiB));
    expect(heap.footprint().held).toBe(4 * KiB);
  });

  test("may be longer than needed if the parent has none shorter", () => {
    const heap = tinyHeap({ parent: from(64 * KiB, addresses()) });
    expect(heap.usableSize(of(100))).toBe(104);
    take(heap, of(100));
  });

  test("fill a memory to its last byte", () => {
    const heap = tinyHeap({ parent: bytes(MiB) });
    expect(fill(heap, of(64 * KiB)).length).toBe(15);
  });
});

describe("trim returns", () => {
  test.each([
    ["all of a parent that can resize", false],
    ["all of a parent that cannot", true],
  ])("%s, when nothing is live", (_, rigid) => {
    const root = addresses();
    const heap = tinyHeap({ parent: rigid ? withoutResize(root) : root });
    const blocks = times(300, (index) => [take(heap, of(1 + 37 * index)), of(1 + 37 * index)] as const);
    for (const [ptr, layout] of blocks) heap.deallocate(ptr, layout);
    heap.trim();
    expect([root.footprint().held, heap.footprint().held]).toEqual([0, 0]);
    take(heap, of(100));
  });

  test("the end after the last live block, except for a granule of the root, 4 KiB", () => {
    const root = addresses();
    const heap = tinyHeap({ parent: root });
    take(heap, of(100));
    heap.deallocate(take(heap, of(MiB)), of(MiB));
    heap.trim();
    heap.check();
    expect([root.footprint().held, heap.footprint().held]).toEqual([4 * KiB, 4 * KiB]);
  });

  test("the free chunks around a live block, which stays", () => {
    const root = addresses();
    const heap = tinyHeap({ parent: withoutResize(root) });
    const blocks = times(8, () => take(heap, of(64 * KiB)));
    for (const [index, ptr] of blocks.entries()) if (index !== 3) heap.deallocate(ptr, of(64 * KiB));
    heap.trim();
    expect(root.footprint().held).toBe(64 * KiB);
    expect(blocks.map((ptr) => heap.owns(ptr))).toEqual(blocks.map((_, index) => index === 3));
  });
});

test("reset keeps the chunks, which have room for the same blocks again", () => {
  const root = addresses();
  const heap = tinyHeap({ parent: withoutResize(root) });
  const first = fill(heap, of(3000));
  const { held } = root.footprint();
  heap.reset();
  expect(fill(heap, of(3000)).sort()).toEqual(first.sort());
  expect(root.footprint().held).toBe(held);
});

test("dispose gives every chunk back, even with live blocks", () => {
  const root = addresses();
  const heap = tinyHeap({ parent: withoutResize(root) });
  times(50, (index) => take(heap, of(1 + 1000 * index)));
  heap.dispose();
  expect(root.footprint().held).toBe(0);
});

describe("when the marks run out, in a shared memory", () => {
  const crowded = () => new TinyHeapMachine(pages(Memory.over(new SharedArrayBuffer(MiB), { owner: true })), 32);

  test("NULL is returned, and nothing has changed", () => {
    const heap = crowded();
    const { marks } = heap;
    const blocks = fill(heap, of(8));
    expect(heap.marks).toBe(marks);
    expect(blocks.length).toBeGreaterThan(20);
    const before = wordsOf(heap);
    expect(heap.allocate(of(8))).toBe(0);
    expect(heap.grow(blocks[0]!, of(8), of(100))).toBe(0);
    expect(wordsOf(heap)).toEqual(before);
    heap.check();
  });

  test("none is written beyond the last one, wherever blocks lie and whatever happens to them", () => {
    const block = fc.record({ size: fc.integer({ min: 1, max: 9000 }), power: fc.nat(13), to: fc.nat(9000) });
    fc.assert(
      fc.property(fc.array(block, { minLength: 10, maxLength: 30 }), fc.boolean(), (blocks, rigid) => {
        const root = pages(Memory.over(new SharedArrayBuffer(MiB), { owner: true }));
        const heap = new TinyHeapMachine(rigid ? upTo(8 * KiB, root) : root, 16);
        const { marks } = heap;
        for (const { size, power, to } of blocks) {
          const ptr = heap.allocate(of(size, 2 ** power));
          if (ptr !== 0) heap.resizeInPlace(ptr, of(size, 2 ** power), of(to, 2 ** power));
          heap.check();
        }
        heap.trim();
        heap.check();
        expect(heap.marks).toBe(marks);
      }),
      RUNS,
    );
  });

  test("a block is not shrunk, because the rest would need one", () => {
    const heap = crowded();
    const large = take(heap, of(800));
    fill(heap, of(8));
    expect(heap.resizeInPlace(large, of(800), of(80))).toBe(false);
    expect(heap.resizeInPlace(large, of(800), of(793))).toBe(true);
    expect(heap.sizeAt(large)).toBe(800);
  });

  test("releases make marks available again", () => {
    const heap = crowded();
    const blocks = fill(heap, of(8));
    for (const ptr of blocks) heap.deallocate(ptr, of(8));
    expect(fill(heap, of(8)).length).toBe(blocks.length);
    heap.reset();
    heap.trim();
    expect(heap.footprint().held).toBe(0);
  });
});

describe("in a shared memory", () => {
  test("no word array is replaced, by as many blocks of 8 bytes as there is room for", () => {
    const heap = tinyHeap({ parent: pages(Memory.over(new SharedArrayBuffer(256 * KiB), { owner: true })) });
    const before = heap.describeSelf().state;
    expect(fill(heap, of(8)).length).toBe((256 * KiB - 64) / 8);
    const after = heap.describeSelf().state;
    expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual([]);
  });

  test("of 100,006 bytes, not a multiple of a granule, there is room", () => {
    const heap = tinyHeap({ parent: pages(Memory.over(new SharedArrayBuffer(100_006), { owner: true })) });
    expect(heap.sizeAt(take(heap, of(1000)))).toBe(1000);
  });
});
