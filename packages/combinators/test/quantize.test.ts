import { quantize } from "@alloc/combinators";
import { Allocator, can, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import { scoped } from "@alloc/scoped";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const memory = Memory.linear({ maximum: 8 * 2 ** 20 });
const parent = pages(memory);
const take = (allocator: Allocator, asked: Layout) => orThrow(allocator.allocate(asked), asked);

/** An allocator that records the sizes of its requests. */
function noting(sizes: number[]): Allocator {
  const inner = system({ parent });
  return Allocator.from({
    memory,
    allocate: (layout) => {
      sizes.push(layout.size);
      return inner.allocate(layout);
    },
    deallocate: (ptr, layout) => {
      sizes.push(-layout.size);
      inner.deallocate(ptr, layout);
    },
    usableSize: (layout) => inner.usableSize(layout),
  });
}

describe("the request to the child", () => {
  test("is the smallest multiple of the step, whatever fitting layout releases a block", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 900 }), fc.nat(), (step, size, fit) => {
        const sizes: number[] = [];
        const heap = quantize(noting(sizes), step);
        const ptr = take(heap, Layout.of(size));
        const slack = heap.usableSize(Layout.of(size)) - size;
        heap.deallocate(ptr, Layout.of(size + (fit % (slack + 1))));
        const rounded = Math.ceil(size / step) * step;
        expect(sizes).toEqual([rounded, -rounded]);
      }),
    );
  });

  test("is a multiple of the step also for a zeroed block", () => {
    const zeroed: number[] = [];
    const allocateZeroed = ({ size }: Layout) => {
      zeroed.push(size);
      return 65536 as Ptr;
    };
    const bare = { memory, allocate: () => NULL, deallocate: () => {}, allocateZeroed };
    expect([quantize(Allocator.from(bare), 48).allocateZeroed(Layout.of(49)), zeroed]).toEqual([65536, [96]]);
  });

  test("is left out while a block stays within its step, even if the child cannot resize in place", () => {
    const sizes: number[] = [];
    const heap = quantize(noting(sizes), 100);
    const ptr = take(heap, Layout.of(10));
    expect(heap.grow(ptr, Layout.of(10), Layout.of(100))).toBe(ptr);
    expect(heap.resizeInPlace(ptr, Layout.of(100), Layout.of(1))).toBe(true);
    expect(heap.shrink(ptr, Layout.of(100), Layout.of(1))).toBe(ptr);
    expect(sizes).toEqual([100]);
  });

  test("is a grow if a block passed by its sizeAt shrinks to a size that is rounded above that", () => {
    const inner = system({ parent });
    const calls: string[] = [];
    const heap = quantize(
      Allocator.from({
        memory,
        allocate: (layout) => inner.allocate(layout),
        deallocate: (ptr, layout) => inner.deallocate(ptr, layout),
        sizeAt: (ptr: Ptr) => inner.sizeAt(ptr),
        grow(ptr, from, to) {
          calls.push(`grow ${from.size} ${to.size}`);
          return inner.grow(ptr, from, to);
        },
      }),
      100,
    );
    const ptr = take(heap, Layout.of(90));
    const next = orThrow(heap.shrink(ptr, Layout.of(heap.sizeAt(ptr)), Layout.of(101)), Layout.of(101));
    expect([calls, heap.sizeAt(next)]).toEqual([["grow 104 200"], 200]);
  });
});

describe("a block is resized by the child", () => {
  /** Blocks at 65536 that the child resizes as told, in any way. */
  function told() {
    const calls: string[] = [];
    const note = (call: string) => (ptr: Ptr, from: Layout, to: Layout) => {
      calls.push(`${call} ${from.size} ${to.size}`);
      return ptr;
    };
    const child = Allocator.from({
      memory,
      allocate: () => 65536 as Ptr,
      deallocate: () => {},
      grow: note("grow"),
      shrink: note("shrink"),
      resizeInPlace: (...args: [Ptr, Layout, Layout]) => note("resizeInPlace")(...args) !== NULL,
    });
    const heap = quantize(child, 2 ** 30);
    return { heap, calls, ptr: take(heap, Layout.of(1)) };
  }
  const [one, two] = [Layout.of(1), Layout.of(2 ** 30 + 1)];

  test("from one multiple of the step to another, as a grow or a shrink, or in place", () => {
    const { heap, calls, ptr } = told();
    expect([heap.grow(ptr, one, two), heap.shrink(ptr, two, one), heap.resizeInPlace(ptr, one, two)]).toEqual([
      ptr,
      ptr,
      true,
    ]);
    expect(calls).toEqual([
      "grow 1073741824 2147483648",
      "shrink 2147483648 1073741824",
      "resizeInPlace 1073741824 2147483648",
    ]);
  });

  test("but not to a size without a multiple of the step above it", () => {
    const { heap, calls, ptr } = told();
    const most = Layout.of(2 ** 32 - 8);
    expect([heap.grow(ptr, one, most), heap.resizeInPlace(ptr, one, most)]).toEqual([NULL, false]);
    expect(calls).toEqual([]);
  });

  test("but not in place from or to size 0, or to another align", () => {
    const { heap, calls, ptr } = told();
    const empty = Layout.of(0);
    expect(heap.resizeInPlace(empty.dangling, empty, two)).toBe(false);
    expect(heap.resizeInPlace(ptr, two, empty)).toBe(false);
    expect(heap.resizeInPlace(ptr, one, Layout.of(two.size, 16))).toBe(false);
    expect(calls).toEqual([]);
  });

  test("but never in place to another multiple if the child does not support it", () => {
    const heap = quantize(noting([]), 100);
    expect(heap.resizeInPlace(take(heap, Layout.of(10)), Layout.of(10), Layout.of(101))).toBe(false);
  });
});

test("a block whose sizeAt is not a multiple of the step can be released by it", () => {
  const heap = quantize(tinyHeap({ parent }), 100);
  for (const align of [1, 8]) {
    const ptr = take(heap, Layout.of(90));
    heap.deallocate(ptr, Layout.of(heap.sizeAt(ptr), align));
    expect(codeThrown(() => heap.sizeAt(ptr))).toBe("double-free");
  }
});

test("a wrong layout of another size is still detected", () => {
  const heap = quantize(tinyHeap({ parent }), 100);
  const ptr = take(heap, Layout.of(90));
  expect(codeThrown(() => heap.deallocate(ptr, Layout.of(101)))).toBe("wrong-layout");
});

test("growZeroed within a step clears the old bytes there", () => {
  const heap = quantize(freeList(128, { blocks: 1, parent }), 128);
  const ptr = take(heap, Layout.of(10));
  memory.fill(ptr, 128, 0x5a);
  expect(heap.growZeroed(ptr, Layout.of(10), Layout.of(20))).toBe(ptr);
  expect([...memory.view(Uint8Array, ptr, 128)].indexOf(0)).toBe(10);
  expect(memory.view(Uint8Array, ptr, 128).lastIndexOf(0x5a)).toBe(9);
});

test("a size that cannot be rounded up below 4 GiB returns NULL", () => {
  const heap = quantize(system({ parent }), 2 ** 31);
  expect([heap.usableSize(Layout.of(2 ** 31 + 1)), heap.allocate(Layout.of(2 ** 31 + 1))]).toEqual([0, NULL]);
  const ptr = take(quantize(system({ parent }), 8), Layout.of(8));
  expect(quantize(system({ parent }), 2 ** 31).resizeInPlace(ptr, Layout.of(8), Layout.of(2 ** 31 + 1))).toBe(false);
});

test("a size whose rounded size the child cannot serve returns NULL, even if the child could serve the size", () => {
  const heap = quantize(freeList(64, { parent }), 100);
  expect([heap.usableSize(Layout.of(10)), heap.allocate(Layout.of(10))]).toEqual([0, NULL]);
});

test("it supports the capabilities of its child, and resizeInPlace", () => {
  const bare = Allocator.from({ memory, allocate: () => NULL, deallocate: () => {} });
  const powers = ["owns", "reset", "resizeInPlace", "defer", "sizeAt", "check", "trim"] as const;
  const of = (allocator: Allocator) => powers.filter((power) => can<Allocator, typeof power>(allocator, power));
  for (const child of [system({ parent }), freeList(64, { parent }), scoped(64, { parent })]) {
    expect(of(quantize(child, 8))).toEqual(of(child));
  }
  expect(of(quantize(bare, 8))).toEqual(["resizeInPlace"]);
});

describe("a function of sizes", () => {
  const octave = (size: number) => 2 ** Math.ceil(Math.log2(size));

  test("rounds", () => {
    const heap = quantize(system({ parent }), octave);
    expect([1, 33, 64].map((size) => heap.usableSize(Layout.of(size)))).toEqual([1, 64, 64]);
    const { nodes, root } = heap.describe();
    expect(nodes[root]).toMatchObject({ kind: "quantize", options: {} });
  });

  test("may round size 0 up, which still makes no block", () => {
    const heap = quantize(tinyHeap({ parent }), (size) => Math.max(32, octave(size)));
    const [empty, layout] = [Layout.of(0), Layout.of(8)];
    expect([heap.usableSize(empty), heap.allocate(empty), heap.allocateZeroed(empty)]).toEqual([
      0,
      empty.dangling,
      empty.dangling,
    ]);
    const ptr = orThrow(heap.grow(empty.dangling, empty, layout), layout);
    expect(heap.owns(ptr)).toBe(true);
    expect(heap.resizeInPlace(ptr, layout, empty)).toBe(false);
    expect(heap.resizeInPlace(empty.dangling, empty, layout)).toBe(false);
    expect(heap.shrink(ptr, layout, empty)).toBe(empty.dangling);
    expect(codeThrown(() => heap.sizeAt(ptr))).toBe("double-free");
    heap.deallocate(empty.dangling, empty);
  });

  test("is tested with all powers of two to 2 ** 30 and their neighbours, and with its own results", () => {
    const tried = new Set<number>();
    quantize(system({ parent }), (size) => {
      tried.add(size);
      return octave(size);
    });
    const powers = Array.from({ length: 31 }, (_, power) => 2 ** power);
    const around = powers.flatMap((power) => [power, power + 1, 2 * power - 1]);
    expect(tried).toEqual(new Set([...around, 2 ** 31]));
  });
});

describe("an invalid rounding is refused", () => {
  test.each([0, -8, 1.5, NaN, Infinity])("a step of %s bytes", (step) => {
    expect(codeThrown(() => quantize(system({ parent }), step))).toBe("size");
  });

  test.each([
    ["down", (size: number) => size - (size % 8)],
    ["to fractions", (size: number) => Math.floor(size) + 0.5],
    ["not the same again", (size: number) => size + 8],
    ["not monotone", (size: number) => (size < 16 ? 64 : Math.ceil(size / 16) * 16)],
  ])("one %s", (_, round) => {
    expect(codeThrown(() => quantize(system({ parent }), round))).toBe("size");
  });

  test("with the size and both results", () => {
    const message =
      "a rounding function must return integers, never less than the size, be monotone, and keep its own results; it rounded 1 byte to 9, and those to 17";
    expect(() => quantize(system({ parent }), (size) => size + 8)).toThrow(expect.objectContaining({ message }));
  });
});

test("describe names the step", () => {
  const { nodes, root } = quantize(system({ parent }), 48).describe();
  expect(nodes[root]).toMatchObject({ kind: "quantize", options: { step: 48 } });
});
