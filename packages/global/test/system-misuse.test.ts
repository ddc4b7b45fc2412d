import { Layout, type MisuseCode, type Ptr } from "@alloc/core";
import { type System, system } from "@alloc/global";
import { describe, expect, test } from "vitest";
import { addresses, KiB, misuseOf, take, withoutResize, wordsOf } from "./support.ts";

const of = (size: number, align?: number) => Layout.of(size, align);
const SIZES = [8, 24, 512, 1000, 1025, 5000, 100_000];

/** Expects a misuse that names the address, and leaves every word of the heap as it was. */
function expectMisuse(heap: System, ptr: number, code: MisuseCode, call: () => unknown): void {
  const before = wordsOf(heap);
  const misuse = misuseOf(call);
  expect({ code: misuse.code, message: misuse.message }).toEqual({
    code,
    message: expect.stringMatching(new RegExp(`(^|[^0-9.])${`${ptr}`.replace(".", "\\.")}([^0-9.]|$)`)),
  });
  expect(wordsOf(heap)).toEqual(before);
  heap.check();
}

/** A heap with three live blocks of a layout; the one in the middle is tried. */
function three(layout: Layout): { heap: System; ptr: Ptr } {
  const heap = system({ parent: addresses() });
  const [, ptr] = [take(heap, layout), take(heap, layout), take(heap, layout)];
  return { heap, ptr };
}

/** Every call that takes a pointer: what is no live block is seen by all of them. */
const CALLS: Record<string, (heap: System, ptr: Ptr, layout: Layout) => unknown> = {
  deallocate: (heap, ptr, layout) => heap.deallocate(ptr, layout),
  sizeAt: (heap, ptr) => heap.sizeAt(ptr),
  resizeInPlace: (heap, ptr, layout) => heap.resizeInPlace(ptr, layout, of(layout.size + 1)),
  grow: (heap, ptr, layout) => heap.grow(ptr, layout, of(layout.size + 1)),
  shrink: (heap, ptr, layout) => heap.shrink(ptr, layout, of(layout.size - 1)),
};

test("a heap declares the four kinds of misuse that it sees", () => {
  const declared = ["double-free", "interior-pointer", "foreign-pointer", "wrong-layout"];
  expect([...system({ parent: addresses() }).sees]).toEqual(declared);
});

describe.each(Object.entries(CALLS))("%s sees", (_, call) => {
  test.each(SIZES)("a block of %i that was released before", (size) => {
    const { heap, ptr } = three(of(size));
    heap.deallocate(ptr, of(size));
    expectMisuse(heap, ptr, "double-free", () => call(heap, ptr, of(size)));
  });

  test.each(SIZES)("an address inside a block of %i, at its second byte, its middle and its last", (size) => {
    const { heap, ptr } = three(of(size));
    for (const offset of [0.5, 1, size / 2, heap.sizeAt(ptr) - 1]) {
      const inside = (ptr + offset) as Ptr;
      expectMisuse(heap, inside, "interior-pointer", () => call(heap, inside, of(size)));
    }
  });

  test("an address below the heap and one above it", () => {
    const root = addresses();
    const low = take(root, of(4 * KiB));
    const heap = system({ parent: root });
    take(heap, of(100));
    const high = take(root, of(4 * KiB));
    for (const ptr of [low, high, 8 as Ptr, (2 ** 32 - 65_552) as Ptr]) {
      expectMisuse(heap, ptr, "foreign-pointer", () => call(heap, ptr, of(4 * KiB)));
    }
  });

  test("any address of the 2 KiB below the heap, whatever lies in it", () => {
    for (let blocks = 1; blocks <= 40; blocks++) {
      const root = addresses();
      take(root, of(4 * KiB));
      const heap = system({ parent: root });
      const base = take(heap, of(512));
      for (let block = 1; block < blocks; block++) take(heap, of(512));
      for (let ptr = (base - 2 * KiB) as Ptr; ptr < base; ptr = (ptr + 8) as Ptr) {
        expect(misuseOf(() => call(heap, ptr, of(264))).code).toBe("foreign-pointer");
      }
    }
  });

  test("a block of a heap without any chunk as foreign", () => {
    const heap = system({ parent: addresses() });
    expectMisuse(heap, 65_536, "foreign-pointer", () => call(heap, 65_536 as Ptr, of(100)));
  });

  test("a block whose chunk was given back as foreign", () => {
    const heap = system({ parent: withoutResize(addresses()) });
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

describe("deallocate sees a layout", () => {
  test.each([
    [8, 9],
    [24, 16],
    [512, 513],
    [1000, 900],
    [1000, 1025],
    [1025, 1000],
    [1040, 1041],
    [5000, 5009],
    [100_000, 99_000],
  ])("of another size: %i asked, %i released", (asked, released) => {
    const { heap, ptr } = three(of(asked));
    expectMisuse(heap, ptr, "wrong-layout", () => heap.deallocate(ptr, of(released)));
    heap.deallocate(ptr, of(asked));
  });

  test("of an align that makes it another size", () => {
    const { heap, ptr } = three(of(24));
    expectMisuse(heap, ptr, "wrong-layout", () => heap.deallocate(ptr, of(24, 64)));
  });
});

describe("resizeInPlace sees a layout of another size", () => {
  test.each([
    [24, 64, 60],
    [2000, 5000, 5000],
    [2000, 5000, 6000],
    [5000, 2000, 1500],
  ])("of a block of %i, said to be one of %i, to become %i", (asked, said, to) => {
    const { heap, ptr } = three(of(asked));
    expectMisuse(heap, ptr, "wrong-layout", () => heap.resizeInPlace(ptr, of(said), of(to)));
  });
});

test("a block that is moved by a grow is dead at its old address", () => {
  const root = addresses();
  const heap = system({ parent: withoutResize(root) });
  const ptr = take(heap, of(5000));
  take(heap, of(5000));
  const moved = take(heap, of(6000));
  heap.deallocate(ptr, of(5000));
  expect(moved).not.toBe(ptr);
  expectMisuse(heap, ptr, "double-free", () => heap.deallocate(ptr, of(5000)));
});
