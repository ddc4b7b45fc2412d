import { Allocator, ArgumentError, Layout, Memory, NULL, type Null, orThrow, type Ptr, pages } from "@alloc/core";
import { type FiveFunctions, fromFiveFunctions, toFiveFunctions } from "@alloc/core/compat";
import { describeAllocator } from "@alloc/testkit/vitest";
import { describe, expect, test, vi } from "vitest";
import { FirstFit, hookedMemory, plainHeap } from "./support/heaps.ts";

const KiB = 1024;
const HIGH = 3 * 2 ** 30;
const NAMES = ["allocate", "deallocate", "reallocate", "reallocateInPlace", "usableSize"] as const;
const eight = Layout.of(8);

/** Five functions as a Rust library of 2015 exports them: sizes in steps of 16, addresses as i32, resizes in place only downwards. */
function library(memory = Memory.over(new ArrayBuffer(128 * KiB)), base = 64 * KiB) {
  const heap = new FirstFit(base, base + 64 * KiB);
  const usableSize = (size: number) => Math.ceil(size / 16) * 16;
  const allocate = (size: number, align: number) => heap.take(usableSize(size), align) | 0;
  const deallocate = (ptr: number, oldSize: number) => {
    expect(usableSize(oldSize), "the size that a block is given back with").toBe(heap.sizeAt(ptr >>> 0));
    heap.release(ptr >>> 0);
  };
  const five: FiveFunctions = {
    allocate,
    deallocate,
    usableSize,
    reallocate(ptr, oldSize, size, align) {
      const next = allocate(size, align);
      if (next === 0) return 0;
      memory.copy((next >>> 0) as Ptr, (ptr >>> 0) as Ptr, Math.min(oldSize, size));
      deallocate(ptr, oldSize);
      return next;
    },
    reallocateInPlace(ptr, oldSize, size) {
      const bytes = heap.sizeAt(ptr >>> 0);
      expect(usableSize(oldSize)).toBe(bytes);
      if (usableSize(size) > bytes) return bytes;
      heap.live.set(ptr >>> 0, usableSize(size));
      return usableSize(size);
    },
  };
  return { memory, heap, five };
}

const bounds = { programs: 60, maxSize: 8 * KiB, maxAlign: 8 * KiB };
/** An allocator over such a library. */
const of = ({ memory, five }: ReturnType<typeof library>) => fromFiveFunctions(memory, five);
const high = () => library(hookedMemory(HIGH, 64 * KiB).memory, HIGH);

describeAllocator("fromFiveFunctions", () => of(library()), bounds);
describeAllocator("fromFiveFunctions of negative addresses from 3 GiB on", () => of(high()), bounds);

const root = pages(Memory.linear({ maximum: 2 ** 22 }));
describeAllocator("there and back: fromFiveFunctions of toFiveFunctions of pages", () => {
  return fromFiveFunctions(root.memory, toFiveFunctions(root.byRef()));
});

describe("fromFiveFunctions", () => {
  test.each(NAMES)("refuses functions without %s and names it", (missing) => {
    const { memory, five } = library();
    expect(() => fromFiveFunctions(memory, { ...five, [missing]: undefined } as unknown as FiveFunctions)).toThrow(
      new ArgumentError(
        `fromFiveFunctions needs allocate, deallocate, reallocate, reallocateInPlace, usableSize; ${missing} is missing`,
      ),
    );
  });

  test("reads addresses from 2 GiB on as unsigned", () => {
    const allocator = of(high());
    const ptr = orThrow(allocator.allocate(eight), eight);
    expect(ptr).toBe(HIGH);
    allocator.allocate(eight);
    expect(allocator.grow(ptr, eight, Layout.of(32))).toBe(HIGH + 32);
  });

  test("takes the old size from reallocateInPlace as false, and the usable size of the new one as true", () => {
    const allocator = of(library());
    const layout = Layout.of(64);
    const ptr = orThrow(allocator.allocate(layout), layout);
    expect(allocator.resizeInPlace(ptr, layout, Layout.of(65))).toBe(false);
    expect(allocator.resizeInPlace(ptr, layout, Layout.of(30))).toBe(true);
    expect(allocator.resizeInPlace(ptr, Layout.of(30), Layout.of(32))).toBe(true);
  });

  test("takes the old size as false for a larger and for a smaller request", () => {
    const { memory, five } = library();
    const allocator = fromFiveFunctions(memory, { ...five, reallocateInPlace: (_ptr, oldSize) => oldSize });
    const layout = Layout.of(64);
    const ptr = orThrow(allocator.allocate(layout), layout);
    for (const size of [16, 48, 80, 640]) expect(allocator.resizeInPlace(ptr, layout, Layout.of(size))).toBe(false);
  });

  test("forwards a grow and a shrink to reallocate if the align stays, and otherwise moves", () => {
    const { memory, five, heap } = library();
    const reallocate = vi.fn(five.reallocate);
    const allocator = fromFiveFunctions(memory, { ...five, reallocate });
    let ptr = orThrow(allocator.allocate(eight), eight);
    ptr = orThrow(allocator.grow(ptr, eight, Layout.of(100)), eight);
    ptr = orThrow(allocator.shrink(ptr, Layout.of(100), eight), eight);
    expect(reallocate.mock.calls.map(([, oldSize, size]) => [oldSize, size])).toEqual([
      [8, 100],
      [100, 8],
    ]);
    ptr = orThrow(allocator.grow(ptr, eight, Layout.of(8, 256)), eight);
    expect([ptr % 256, reallocate.mock.calls.length, heap.live.size]).toEqual([0, 2, 1]);
  });

  test("forwards usableSize", () => {
    expect(of(library()).usableSize(Layout.of(17))).toBe(32);
  });

  test("never resizes in place to another align, and does not ask", () => {
    const { memory, five } = library();
    const reallocateInPlace = vi.fn(five.reallocateInPlace);
    const allocator = fromFiveFunctions(memory, { ...five, reallocateInPlace });
    const ptr = orThrow(allocator.allocate(eight), eight);
    expect(allocator.resizeInPlace(ptr, eight, Layout.of(8, 16))).toBe(false);
    expect(reallocateInPlace).not.toHaveBeenCalled();
  });

  test("describes itself", () => {
    expect(of(library()).describe().nodes[0]!.kind).toBe("fromFiveFunctions");
  });

  test("has the given parent, and ends with it", () => {
    const heap = plainHeap().allocator;
    const named = fromFiveFunctions(heap.memory, { ...toFiveFunctions(heap), parent: heap });
    expect([named.parent, of(library()).parent]).toEqual([heap, undefined]);
    heap.dispose();
    expect(() => named.allocate(eight)).toThrow("ended when its parent");
  });

  test("never forwards size 0", () => {
    const fail = () => expect.unreachable();
    const five = Object.fromEntries(NAMES.map((name) => [name, fail])) as unknown as FiveFunctions;
    const allocator = fromFiveFunctions(Memory.virtual(64), five);
    const empty = Layout.of(0, 16);
    const { dangling } = empty;
    expect([allocator.allocate(empty), allocator.usableSize(empty)]).toEqual([dangling, 0]);
    expect(allocator.grow(dangling, empty, empty)).toBe(dangling);
    expect(allocator.shrink(dangling, empty, empty)).toBe(dangling);
    allocator.deallocate(dangling, empty);
  });
});

describe("toFiveFunctions", () => {
  test("returns the old size from reallocateInPlace if the allocator does not support resizeInPlace", () => {
    const five = toFiveFunctions(plainHeap().allocator);
    const ptr = five.allocate(100, 8);
    expect(five.reallocateInPlace(ptr, 100, 50, 8)).toBe(100);
    expect(five.reallocateInPlace(ptr, 100, 200, 8)).toBe(100);
  });

  test("returns the usable size of the old size if the resize is refused, and of the new size if it succeeds", () => {
    // So that granules have 4 KiB.
    const five = toFiveFunctions(pages(Memory.linear({ maximum: 16 * KiB * KiB })));
    const [ptr] = [five.allocate(100, 8), five.allocate(100, 8)];
    expect(five.reallocateInPlace(ptr!, 100, 5000, 8)).toBe(4096);
    expect(five.reallocateInPlace(ptr!, 100, 4000, 8)).toBe(4096);
    const last = five.allocate(100, 8);
    expect(five.reallocateInPlace(last, 100, 5000, 8)).toBe(8192);
    expect(five.usableSize(5000, 8)).toBe(8192);
  });

  test("asks the allocator to shrink for a smaller size, and to grow for any other", () => {
    const memory = Memory.virtual(64 * KiB);
    const [grow, shrink] = [vi.fn(() => 128 as Ptr), vi.fn(() => 192 as Ptr)];
    const five = toFiveFunctions(Allocator.from({ memory, allocate: () => NULL, deallocate() {}, grow, shrink }));
    expect([7, 8, 9].map((size) => five.reallocate(64, 8, size, 8))).toEqual([192, 128, 128]);
  });

  test("grows and shrinks by reallocate, keeps the bytes, and returns 0 without room", () => {
    const { allocator, heap } = plainHeap();
    const five = toFiveFunctions(allocator);
    let ptr = five.allocate(8, 8);
    allocator.memory.f64[ptr / 8] = 42;
    ptr = five.reallocate(ptr, 8, 100, 8);
    ptr = five.reallocate(ptr, 100, 8, 8);
    expect(allocator.memory.f64[ptr / 8]).toBe(42);
    expect(five.reallocate(ptr, 8, 70_000, 8)).toBe(NULL);
    expect([...heap.live]).toEqual([[ptr, 8]]);
    five.deallocate(ptr, 8, 8);
    expect(heap.live.size).toBe(0);
  });

  test("forwards size and align, also above 2 GiB", () => {
    const seen: string[] = [];
    const five = toFiveFunctions(
      Allocator.from({
        memory: Memory.virtual(2 ** 32),
        allocate: (layout): Ptr | Null => {
          seen.push(`${layout}`);
          return HIGH as Ptr;
        },
        deallocate: (ptr, layout) => seen.push(`${ptr} ${layout}`),
      }),
    );
    five.deallocate(five.allocate(2 ** 31, 2 ** 20), 2 ** 31, 2 ** 20);
    expect(seen).toEqual(["Layout(2147483648, align 1048576)", "3221225472 Layout(2147483648, align 1048576)"]);
  });
});
