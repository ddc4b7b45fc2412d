import { Layout, type Ptr } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addresses, bytes, from, GiB, KiB, MiB, RUNS, take, upTo, wordsOf } from "./support.ts";

const of = (size: number, align?: number) => Layout.of(size, align);
const ALIGNS = Array.from({ length: 17 }, (_, power) => 2 ** power);

describe("alignment", () => {
  test.each(ALIGNS)("%i is kept by blocks of 1 to 70000 bytes", (align) => {
    const heap = system({ parent: addresses(64 * MiB) });
    const blocks: Ptr[] = [];
    for (let size = 1; size <= 70_000; size = Math.ceil(size * 1.3)) blocks.push(take(heap, of(size, align)));
    heap.check();
    expect(blocks.filter((ptr) => ptr % align !== 0)).toEqual([]);
  });

  test.each([1, 2, 4, 8, 16, 64, 128, 256])("of %i costs a block of the same size nothing", (align) => {
    const heap = system({ parent: addresses() });
    const size = Math.max(align, 4);
    expect(heap.usableSize(of(align, align))).toBe(size);
    const count = (256 * KiB) / size;
    for (let block = 0; block < count; block++) take(heap, of(align, align));
    expect(heap.footprint().held).toBeLessThanOrEqual(1.1 * count * size);
  });

  test.each([
    [16, 16],
    [32, 64],
    [64, 64],
    [128, 128],
    [256, 256],
  ])("of %i rounds a block of 8 bytes up to %i, and releases it by any size between", (align, usable) => {
    const heap = system({ parent: addresses() });
    const ptr = take(heap, of(8, align));
    expect(heap.sizeAt(ptr)).toBe(usable);
    heap.deallocate(ptr, of(usable - 4, align));
    expect(heap.allocate(of(8, align))).toBe(ptr);
  });

  test("above 256 makes a large block, whatever the size", () => {
    const heap = system({ parent: addresses() });
    const ptr = take(heap, of(8, 512));
    expect([ptr % 512, heap.sizeAt(ptr)]).toEqual([0, 1040]);
  });
});

describe("sizeAt", () => {
  test("is the usable size of the request, and can release the block at align 1", () => {
    const heap = system({ parent: addresses() });
    const align = fc.constantFrom(...ALIGNS);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), align, (size, align) => {
        const layout = of(size, align);
        const ptr = take(heap, layout);
        const usable = heap.sizeAt(ptr);
        expect(usable).toBe(heap.usableSize(layout));
        expect(usable).toBeGreaterThanOrEqual(size);
        heap.deallocate(ptr, of(usable, 1));
        heap.check();
      }),
      { ...RUNS, numRuns: 500 },
    );
  });

  test("of a large block is its size rounded up to 16 bytes or a 64th of its octave, and at least 1040", () => {
    const heap = system({ parent: addresses() });
    const sizes = [1025, 1040, 1041, 2049, 5000, 100_000];
    expect(sizes.map((size) => heap.sizeAt(take(heap, of(size))))).toEqual([1040, 1040, 1056, 2080, 5056, 100_352]);
    expect(heap.sizeAt(take(heap, of(8, 4096)))).toBe(1040);
  });

  test("follows a block that is resized in place", () => {
    const heap = system({ parent: addresses() });
    const ptr = take(heap, of(2000));
    heap.grow(ptr, of(2000), of(3000));
    expect(heap.sizeAt(ptr)).toBe(3008);
  });
});

describe("a size near 4 GiB", () => {
  const HUGE = [
    of(2 ** 32 - 1, 1),
    of(2 ** 32 - 8, 8),
    of(2 ** 32 - 16, 16),
    of(2 ** 32 - 65536, 65536),
    of(2 ** 32 - 65536 - 4096, 16),
    of(2 ** 31, 2 ** 31),
    of(2 ** 31 - 16, 2 ** 31),
  ];
  /** A heap whose first chunk ends with the memory. */
  const atTheEdge = () => {
    const root = addresses(4 * GiB);
    take(root, of(4 * GiB - 2 * 65536 - MiB, 4096));
    return system({ parent: root });
  };

  test.each(HUGE.map((layout) => [`${layout}`, layout] as const))(
    "%s gets NULL, and again without a change",
    (_, layout) => {
      for (const heap of [atTheEdge(), system({ parent: addresses(MiB) }), system({ parent: bytes(MiB) })]) {
        const live = [take(heap, of(100)), take(heap, of(5000))];
        expect(heap.allocate(layout)).toBe(0);
        const before = wordsOf(heap);
        expect(heap.allocate(layout)).toBe(0);
        expect(wordsOf(heap)).toEqual(before);
        expect(live.map((ptr) => heap.sizeAt(ptr))).toEqual([104, 5056]);
        heap.check();
      }
    },
  );

  test("is refused by grow, in place or by a move", () => {
    const heap = atTheEdge();
    const ptr = take(heap, of(5000));
    const before = wordsOf(heap);
    expect(heap.resizeInPlace(ptr, of(5000), of(2 ** 32 - 8))).toBe(false);
    expect(wordsOf(heap)).toEqual(before);
  });

  test("is served if the memory has it: 2 GiB at align 1 GiB", () => {
    const heap = system({ parent: addresses(4 * GiB) });
    const layout = of(2 * GiB, GiB);
    expect(take(heap, layout)).toBe(GiB);
    heap.check();
  });
});

describe("usableSize is 0", () => {
  test("for more than the memory can ever have", () => {
    const heap = system({ parent: addresses(MiB) });
    expect(heap.usableSize(of(MiB - 8 * KiB))).toBe(MiB - 8 * KiB);
    expect(heap.usableSize(of(MiB - 8 * KiB + 1))).toBe(0);
    expect(heap.usableSize(of(2 ** 32 - 1, 1))).toBe(0);
  });

  test("for an align at which no address of the memory is left", () => {
    const heap = system({ parent: addresses(MiB) });
    expect(heap.usableSize(of(2000, MiB))).toBe(0);
    expect(heap.usableSize(of(8, MiB))).toBe(0);
  });

  test("for more than the parent ever has at once", () => {
    const heap = system({ parent: upTo(98_304, addresses()) });
    expect(heap.usableSize(of(98_000))).toBe(98_304);
    expect(heap.usableSize(of(98_305))).toBe(0);
  });

  test("for a small block if no chunk of the parent can hold a slab of them", () => {
    const heap = system({ parent: freeList(16, { parent: addresses() }) });
    expect(heap.allocate(of(24))).toBe(0);
    expect(heap.usableSize(of(24))).toBe(0);
  });

  test("never for a layout that is served, even if the parent has only large chunks", () => {
    const heap = system({ parent: from(64 * KiB, addresses()) });
    take(heap, of(2000));
    expect(heap.usableSize(of(2000))).toBe(2000);
  });
});
