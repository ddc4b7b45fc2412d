import { Layout, type Ptr } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { overrideGlobalAllocator, type SystemHeap, system } from "@alloc/global";
import { alloc, allocZeroed, dealloc, realloc } from "@alloc/global/compat";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { errorOf, recorded } from "./realm.ts";
import { bytes, RUNS } from "./support.ts";

const layout = Layout.of(24, 64);
let heap: SystemHeap;
let calls: unknown[][];
let end: Disposable;

beforeEach(() => {
  heap = system({ parent: bytes() });
  const record = recorded(heap);
  calls = record.calls;
  end = overrideGlobalAllocator(record.allocator);
});
afterEach(() => {
  end[Symbol.dispose]();
  heap.dispose();
});

test("alloc returns a block of the layout, which dealloc takes back", () => {
  const ptr = alloc(layout) as Ptr;
  expect([ptr % 64, heap.sizeAt(ptr)]).toEqual([0, 64]);
  dealloc(ptr, layout);
  expect(alloc(layout)).toBe(ptr);
});

test("allocZeroed returns zero bytes in memory that was used before", () => {
  const ptr = alloc(layout) as Ptr;
  heap.memory.fill(ptr, 24, 255);
  dealloc(ptr, layout);
  expect(allocZeroed(layout)).toBe(ptr);
  expect([...heap.memory.view(Uint8Array, ptr, 24)]).toEqual(Array(24).fill(0));
});

test("realloc keeps the bytes of the smaller size, and the align", () => {
  const size = fc.integer({ min: 1, max: 3000 });
  fc.assert(
    fc.property(size, size, fc.constantFrom(1, 8, 64), (before, after, align) => {
      const from = Layout.of(before, align);
      const ptr = alloc(from) as Ptr;
      const pattern = Uint8Array.from({ length: before }, (_, index) => 7 * index + 1);
      heap.memory.u8.set(pattern, ptr);
      const next = realloc(ptr, from, after) as Ptr;
      const kept = Math.min(before, after);
      expect(next % align).toBe(0);
      expect(heap.memory.u8.slice(next, next + kept)).toEqual(pattern.slice(0, kept));
      dealloc(next, Layout.of(after, align));
    }),
    RUNS,
  );
});

describe("NULL means failure, and nothing is thrown:", () => {
  const block = Layout.of(64);
  const full = () => {
    const list = freeList(64, { blocks: 1, parent: bytes() });
    return { list, end: overrideGlobalAllocator(list), ptr: alloc(block) as Ptr };
  };

  test("by alloc and allocZeroed without room", () => {
    using _ = full().end;
    expect([alloc(block), allocZeroed(block)]).toEqual([0, 0]);
  });

  test("by realloc, and the block is unchanged", () => {
    const { list, end, ptr } = full();
    using _ = end;
    list.memory.fill(ptr, 64, 7);
    expect(realloc(ptr, block, 65)).toBe(0);
    expect([...list.memory.view(Uint8Array, ptr, 64)]).toEqual(Array(64).fill(7));
    dealloc(ptr, block);
  });
});

describe("size 0 is forbidden, and the error names the alternative:", () => {
  const empty = Layout.of(0);
  const ptr = 65536 as Ptr;
  test.each<[string, () => unknown, string]>([
    ["alloc", () => alloc(empty), "Global.allocate"],
    ["allocZeroed", () => allocZeroed(empty), "Global.allocateZeroed"],
    ["dealloc", () => dealloc(ptr, empty), "Global.deallocate"],
    ["realloc", () => realloc(ptr, empty, 24), "Global.grow"],
    ["realloc", () => realloc(ptr, layout, 0), "Global.shrink"],
  ])("in %s", (name, call, instead) => {
    const error = errorOf(call);
    expect(error).toMatchObject({ name: "LayoutError", code: "size" });
    expect(error.message).toBe(`${name} needs a size of at least 1 byte, got 0; ${instead} takes 0`);
    expect(calls).toEqual([]);
  });
});

test.each([-1, 0.5, NaN, 2 ** 32])("realloc refuses a new size of %d before anything changes", (newSize) => {
  const ptr = alloc(layout) as Ptr;
  expect(errorOf(() => realloc(ptr, layout, newSize))).toMatchObject({ name: "LayoutError", code: "size" });
  expect(heap.sizeAt(ptr)).toBe(64);
});
