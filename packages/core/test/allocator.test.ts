import { Allocator, Layout, Memory, NULL, orThrow, type Ptr } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { smallLayouts } from "./support/arbitraries.ts";
import { FirstFit, hookedMemory, plainHeap } from "./support/heaps.ts";

const misuse = (code: string) => expect.objectContaining({ name: "MisuseError", code });
const eight = Layout.of(8);
const sixteen = Layout.of(16);

/** Writes 1, 2, 3 … into a block. */
function count(memory: Memory, ptr: Ptr, bytes: number): void {
  memory.view(Uint8Array, ptr, bytes).set(Array.from({ length: bytes }, (_, index) => (index + 1) & 255));
}
const bytesAt = (memory: Memory, ptr: Ptr | 0, bytes: number) => [...memory.view(Uint8Array, ptr as Ptr, bytes)];

/** A heap whose memory is nowhere 0, and whose blocks have 16 bytes more than requested. */
function dirtyHeap() {
  const memory = Memory.over(new ArrayBuffer(65536));
  memory.fill(8 as Ptr, 65528, 0xee);
  const heap = new FirstFit(64, 65536);
  const allocator = Allocator.from({
    memory,
    allocate: ({ size, align }) => heap.take(size + 16, align) as Ptr,
    deallocate: (ptr) => heap.release(ptr),
    usableSize: ({ size }) => size + 16,
  });
  return { heap, allocator };
}

describe("the provided methods", () => {
  test("allocateZeroed clears all usable bytes and no others", () => {
    fc.assert(
      fc.property(smallLayouts, (layout) => {
        fc.pre(layout.size > 0);
        const { allocator } = dirtyHeap();
        const ptr = orThrow(allocator.allocateZeroed(layout), layout);
        const usable = layout.size + 16;
        expect(bytesAt(allocator.memory, ptr, usable)).toEqual(Array(usable).fill(0));
        expect([allocator.memory.u8[ptr - 1], allocator.memory.u8[ptr + usable]]).toEqual([0xee, 0xee]);
      }),
    );
  });

  test("growZeroed keeps the old bytes and clears the rest of the usable ones", () => {
    fc.assert(
      fc.property(smallLayouts, smallLayouts, fc.nat(16), (from, by, extra) => {
        const { allocator } = dirtyHeap();
        const ptr = orThrow(allocator.allocate(from), from);
        // Any layout that fits the block determines the bytes to keep.
        const named = from.size === 0 ? from : Layout.of(from.size + extra, from.align);
        count(allocator.memory, ptr, named.size);
        const to = Layout.of(named.size + by.size, by.align);
        const next = orThrow(allocator.growZeroed(ptr, named, to), to);
        if (to.size === 0) return;
        const kept = Array.from({ length: named.size }, (_, index) => (index + 1) & 255);
        const zeros = Array(to.size + 16 - named.size).fill(0);
        expect(bytesAt(allocator.memory, next, to.size + 16)).toEqual([...kept, ...zeros]);
      }),
    );
  });

  test("grow and shrink keep the bytes of the smaller size, with any change of the align", () => {
    fc.assert(
      fc.property(smallLayouts, smallLayouts, (from, to) => {
        const { heap, allocator } = plainHeap();
        const ptr = orThrow(allocator.allocate(from), from);
        count(allocator.memory, ptr, from.size);
        const next = orThrow(allocator[to.size < from.size ? "shrink" : "grow"](ptr, from, to), to);
        const kept = Math.min(from.size, to.size);
        expect(bytesAt(allocator.memory, next, kept)).toEqual(
          Array.from({ length: kept }, (_, index) => (index + 1) & 255),
        );
        expect([...heap.live]).toEqual(to.size === 0 ? [] : [[next, to.size]]);
        expect(next % to.align).toBe(0);
      }),
    );
  });

  test("grow and shrink leave the block unchanged if there is no room", () => {
    const { heap, allocator } = plainHeap();
    const ptr = orThrow(allocator.allocate(eight), eight);
    allocator.allocate(Layout.of(65536 - 64 - 8));
    count(allocator.memory, ptr, 8);
    const before = [...heap.live];
    expect(allocator.grow(ptr, eight, sixteen)).toBe(NULL);
    expect(allocator.growZeroed(ptr, eight, sixteen)).toBe(NULL);
    expect(allocator.shrink(ptr, eight, Layout.of(4))).toBe(NULL);
    expect([...heap.live]).toEqual(before);
    expect(bytesAt(allocator.memory, ptr, 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("resize in place only while the align is unchanged", () => {
    const { heap, allocator } = plainHeap();
    const resizeInPlace = vi.fn(() => true);
    const able = Allocator.from({
      memory: allocator.memory,
      allocate: (layout) => allocator.allocate(layout),
      deallocate: (ptr) => heap.release(ptr),
      resizeInPlace,
    });
    const ptr = orThrow(able.allocate(eight), eight);
    expect(able.grow(ptr, eight, sixteen)).toBe(ptr);
    expect(able.shrink(ptr, sixteen, eight)).toBe(ptr);
    expect(resizeInPlace.mock.calls).toEqual([
      [ptr, eight, sixteen],
      [ptr, sixteen, eight],
    ]);
    expect(able.grow(ptr, eight, Layout.of(16, 16))).not.toBe(ptr);
    expect(resizeInPlace).toHaveBeenCalledTimes(2);
  });

  test("by default usableSize is the size, footprint is unknown, no misuse is detected and no size is exact", () => {
    const { allocator } = plainHeap();
    expect(allocator.usableSize(Layout.of(13))).toBe(13);
    expect(allocator.footprint()).toEqual({ held: NaN, bookkeeping: NaN, peak: NaN });
    expect(allocator.detects).toEqual([]);
    expect(allocator.isExact).toBe(false);
  });
});

describe("a class with only the two required methods", () => {
  class Two extends Allocator {
    override readonly memory = Memory.virtual(64);
    override allocate(layout: Layout): Ptr {
      return layout.dangling;
    }
    override deallocate(): void {}
  }

  test("guarantees the requested size", () => {
    expect(new Two().usableSize(Layout.of(13))).toBe(13);
  });

  test("is described as custom", () => {
    expect(new Two().describe()).toEqual({
      nodes: [{ id: 0, kind: "custom", options: {}, state: {}, children: [] }],
      root: 0,
    });
  });
});

describe("misuse detected in the middle of a grow or shrink", () => {
  const calls: [string, (allocator: Allocator, ptr: Ptr) => unknown][] = [
    ["grow", (allocator, ptr) => allocator.grow(ptr, eight, sixteen)],
    ["growZeroed", (allocator, ptr) => allocator.growZeroed(ptr, eight, sixteen)],
    ["shrink", (allocator, ptr) => allocator.shrink(ptr, sixteen, eight)],
    ["shrink to 0", (allocator, ptr) => allocator.shrink(ptr, sixteen, Layout.of(0))],
  ];

  test.each(calls)("leaks nothing: %s of a foreign pointer", (_, call) => {
    const { heap, allocator } = plainHeap();
    const other = orThrow(allocator.allocate(eight), eight);
    expect(() => call(allocator, 1024 as Ptr)).toThrow(misuse("double-free"));
    expect([...heap.live.keys()]).toEqual([other]);
  });

  test("leaks nothing: grow of a block that ends after the memory", () => {
    const { heap, allocator } = plainHeap();
    expect(() => allocator.grow(65532 as Ptr, eight, sixteen)).toThrow(misuse("out-of-bounds"));
    expect(heap.live.size).toBe(0);
  });

  test("is a double-free, even if the released block would be handed out again", () => {
    const { heap, allocator } = plainHeap();
    const ptr = orThrow(allocator.allocate(eight), eight);
    allocator.deallocate(ptr, eight);
    expect(() => allocator.grow(ptr, eight, sixteen)).toThrow(misuse("double-free"));
    expect(heap.live.size).toBe(0);
  });
});

describe("in a memory without bytes", () => {
  const bare = () => plainHeap(Memory.virtual(65536));

  test("a call that has to copy or zero throws no-bytes before anything changes", () => {
    const { heap, allocator } = bare();
    const ptr = orThrow(allocator.allocate(sixteen), sixteen);
    const calls = [
      () => allocator.allocateZeroed(eight),
      () => allocator.grow(ptr, sixteen, Layout.of(32)),
      () => allocator.growZeroed(ptr, sixteen, Layout.of(32)),
      () => allocator.growZeroed(8 as Ptr, Layout.of(0), eight),
      () => allocator.shrink(ptr, sixteen, eight),
    ];
    const take = vi.spyOn(heap, "take");
    for (const call of calls) expect(call).toThrow(misuse("no-bytes"));
    expect(take).not.toHaveBeenCalled();
    expect([...heap.live]).toEqual([[ptr, 16]]);
  });

  test("a call without a byte to copy or zero succeeds", () => {
    const { heap, allocator } = bare();
    const empty = Layout.of(0);
    const { dangling } = empty;
    expect(allocator.allocateZeroed(empty)).toBe(dangling);
    expect(allocator.growZeroed(dangling, empty, empty)).toBe(dangling);
    const ptr = orThrow(allocator.grow(dangling, empty, sixteen), sixteen);
    expect(allocator.shrink(ptr, sixteen, empty)).toBe(dangling);
    expect(heap.live.size).toBe(0);
  });

  test("hooks do it, also above 2 GiB", () => {
    const base = 2 ** 31;
    const { memory, at } = hookedMemory(base, 4096);
    const heap = new FirstFit(base, base + 4096);
    const allocator = Allocator.from({
      memory,
      allocate: ({ size, align }) => heap.take(size, align) as Ptr,
      deallocate: (ptr) => heap.release(ptr),
    });
    const ptr = orThrow(allocator.allocate(eight), eight);
    at(ptr).fill(7, 0, 24);
    const next = orThrow(allocator.growZeroed(ptr, eight, sixteen), sixteen);
    expect([...at(next).subarray(0, 16)]).toEqual([...Array(8).fill(7), ...Array(8).fill(0)]);
    expect([...heap.live]).toEqual([[next, 16]]);
  });
});
