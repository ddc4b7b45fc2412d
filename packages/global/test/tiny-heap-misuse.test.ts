import { Layout, type MisuseCode, type Ptr } from "@alloc/core";
import { type TinyHeap, tinyHeap } from "@alloc/global";
import { describe, expect, test } from "vitest";
import { addresses, KiB, misuseOf, take, withoutResize, wordsOf } from "./support.ts";

const of = (size: number, align?: number) => Layout.of(size, align);
const SIZES = [8, 24, 1000, 100_000];

/** Expects a misuse error with the address, and no changed word of the heap. */
function expectMisuse(heap: TinyHeap, ptr: number, code: MisuseCode, call: () => unknown): void {
  const before = wordsOf(heap);
  const misuse = misuseOf(call);
  expect(misuse.code).toBe(code);
  expect(misuse.message).toContain(`${ptr}`);
  expect(wordsOf(heap)).toEqual(before);
}

/** A heap with three live blocks of a layout; the middle one is tested. */
function three(layout: Layout): { heap: TinyHeap; ptr: Ptr } {
  const heap = tinyHeap({ parent: addresses() });
  const [, ptr] = [take(heap, layout), take(heap, layout), take(heap, layout)];
  return { heap, ptr };
}

/** Every call that takes a pointer: all of them detect a dead block. */
const CALLS: Record<string, (heap: TinyHeap, ptr: Ptr, layout: Layout) => unknown> = {
  deallocate: (heap, ptr, layout) => heap.deallocate(ptr, layout),
  sizeAt: (heap, ptr) => heap.sizeAt(ptr),
  resizeInPlace: (heap, ptr, layout) => heap.resizeInPlace(ptr, layout, of(layout.size + 1)),
  grow: (heap, ptr, layout) => heap.grow(ptr, layout, of(layout.size + 1)),
  shrink: (heap, ptr, layout) => heap.shrink(ptr, layout, of(layout.size - 1)),
};

test("a heap declares the four kinds of misuse it detects", () => {
  const declared = ["double-free", "foreign-pointer", "interior-pointer", "wrong-layout"];
  expect([...tinyHeap({ parent: addresses() }).detects].sort()).toEqual(declared);
});

describe.each(Object.entries(CALLS))("%s detects", (_, call) => {
  test.each(SIZES)("a block of %i released before", (size) => {
    const { heap, ptr } = three(of(size));
    heap.deallocate(ptr, of(size));
    expectMisuse(heap, ptr, "double-free", () => call(heap, ptr, of(size)));
  });

  test("a released block that became one range with the free one below it", () => {
    const { heap, ptr } = three(of(24));
    heap.deallocate((ptr - 24) as Ptr, of(24));
    heap.deallocate(ptr, of(24));
    expectMisuse(heap, ptr, "double-free", () => call(heap, ptr, of(24)));
  });

  test.each(SIZES)("an address inside a block of %i, down to half a byte", (size) => {
    const { heap, ptr } = three(of(size));
    for (const offset of [0.5, 1, 4, size / 2, heap.sizeAt(ptr) - 1, heap.sizeAt(ptr) - 0.5]) {
      const inside = (ptr + offset) as Ptr;
      expectMisuse(heap, inside, "interior-pointer", () => call(heap, inside, of(size)));
    }
  });

  test("an address outside, of the root, and of another heap between two chunks", () => {
    const root = addresses();
    const heap = tinyHeap({ parent: withoutResize(root) });
    take(heap, of(60 * KiB));
    const other = take(tinyHeap({ parent: root }), of(100));
    take(heap, of(60 * KiB));
    const above = take(root, of(4 * KiB));
    for (const ptr of [8, other, above, -8, 2 ** 32 - 65_552] as Ptr[]) {
      expectMisuse(heap, ptr, "foreign-pointer", () => call(heap, ptr, of(100)));
    }
  });

  test("any block of a heap without a chunk as foreign", () => {
    const heap = tinyHeap({ parent: addresses() });
    expectMisuse(heap, 65_536, "foreign-pointer", () => call(heap, 65_536 as Ptr, of(100)));
  });

  test("a block whose chunk was released as foreign", () => {
    const heap = tinyHeap({ parent: withoutResize(addresses()) });
    const ptr = take(heap, of(100 * KiB));
    heap.deallocate(ptr, of(100 * KiB));
    heap.trim();
    expectMisuse(heap, ptr, "foreign-pointer", () => call(heap, ptr, of(100 * KiB)));
  });

  test("a block from before a reset as released", () => {
    const { heap, ptr } = three(of(5000));
    heap.reset();
    expectMisuse(heap, ptr, "double-free", () => call(heap, ptr, of(5000)));
  });
});

describe.each<[string, (heap: TinyHeap, ptr: Ptr, layout: Layout) => unknown]>([
  ["deallocate", (heap, ptr, layout) => heap.deallocate(ptr, layout)],
  ["resizeInPlace", (heap, ptr, layout) => heap.resizeInPlace(ptr, layout, of(64))],
])("%s detects a layout of another size", (_, call) => {
  test.each([
    [8, 9],
    [24, 16],
    [1000, 992],
    [1000, 1001],
    [5000, 2 ** 31],
  ])("%i requested, %i passed", (asked, said) => {
    const { heap, ptr } = three(of(asked));
    expectMisuse(heap, ptr, "wrong-layout", () => call(heap, ptr, of(said)));
    heap.deallocate(ptr, of(asked));
  });
});

describe("above 2 GiB", () => {
  test("a double free and an interior pointer are detected", () => {
    const root = addresses(2 ** 32);
    take(root, of(3 * 2 ** 30, 4096));
    const heap = tinyHeap({ parent: root });
    const [first, second] = [take(heap, of(24)), take(heap, of(24))];
    expect(second).toBeGreaterThan(2 ** 31);
    heap.deallocate(first, of(24));
    expectMisuse(heap, first, "double-free", () => heap.deallocate(first, of(24)));
    expectMisuse(heap, second + 8, "interior-pointer", () => heap.sizeAt((second + 8) as Ptr));
  });
});
