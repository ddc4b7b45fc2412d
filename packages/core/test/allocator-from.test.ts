import { Allocator, type AllocatorParts, ArgumentError, can, Layout, Memory, type Null, type Ptr } from "@alloc/core";
import { describeAllocator } from "@alloc/testkit/vitest";
import { describe, expect, test, vi } from "vitest";
import { FirstFit } from "./support/heaps.ts";
import { CALLS, CAPABILITIES, memory, Stranger } from "./support/stranger.ts";

const p = (n: number) => n as Ptr;
const empty = Layout.of(0, 32);
const eight = Layout.of(8);
const sixteen = Layout.of(16);

describe("Allocator.from an instance of a class", () => {
  test.each(CALLS)("calls its %s with its own this, and returns the result", (name, call, answer) => {
    const parts = new Stranger();
    expect(call(Allocator.from(parts))).toEqual(answer);
    expect(parts.calls).toEqual([name]);
  });

  test("detects what its parts detect, in their memory", () => {
    const allocator = Allocator.from(new Stranger());
    expect(allocator.detects).toEqual(["double-free"]);
    expect(allocator.memory).toBe(memory);
  });

  test("is exact if the parts are", () => {
    expect(Allocator.from(new Stranger()).isExact).toBe(true);
  });

  test("disposes the parts once", () => {
    const parts = new Stranger();
    const allocator = Allocator.from(parts);
    allocator.dispose();
    allocator.dispose();
    expect(parts.calls).toEqual(["dispose"]);
  });
});

describe("Allocator.from", () => {
  const parts = { memory, allocate: () => p(64), deallocate: () => {} };

  test.each(["memory", "allocate", "deallocate"])("refuses parts without %s and names it", (missing) => {
    for (const value of [undefined, null]) {
      expect(() => Allocator.from({ ...parts, [missing]: value } as AllocatorParts)).toThrow(
        new ArgumentError(`Allocator.from needs memory, allocate, deallocate; ${missing} is missing`),
      );
    }
  });

  test("has exactly the capabilities of the parts", () => {
    for (const capability of CAPABILITIES) {
      const allocator: Allocator = Allocator.from({ ...parts, [capability]: () => {} });
      expect(CAPABILITIES.filter((name) => can(allocator, name))).toEqual([capability]);
    }
  });

  test("describes parts that do not describe themselves as custom", () => {
    expect(Allocator.from(parts).describe().nodes[0]!.kind).toBe("custom");
  });

  test("handles size 0 without asking the parts", () => {
    const stranger = new Stranger();
    const allocator = Allocator.from(stranger);
    const { dangling } = empty;
    expect(allocator.allocate(empty)).toBe(dangling);
    expect(allocator.allocateZeroed(empty)).toBe(dangling);
    expect(allocator.grow(dangling, empty, empty)).toBe(dangling);
    expect(allocator.growZeroed(dangling, empty, empty)).toBe(dangling);
    expect(allocator.shrink(dangling, empty, empty)).toBe(dangling);
    expect(allocator.usableSize(empty)).toBe(0);
    expect(allocator.resizeInPlace(p(64), empty, eight)).toBe(false);
    expect(allocator.resizeInPlace(p(64), eight, empty)).toBe(false);
    allocator.deallocate(dangling, empty);
    expect(stranger.calls).toEqual([]);
  });

  test("allocates to grow from size 0, and releases to shrink to it", () => {
    const stranger = new Stranger();
    const allocator = Allocator.from(stranger);
    expect(allocator.grow(empty.dangling, empty, eight)).toBe(64);
    expect(allocator.shrink(p(64), eight, empty)).toBe(empty.dangling);
    expect(stranger.calls).toEqual(["allocate", "deallocate"]);
  });

  test("uses the parts' resizeInPlace for a grow and a shrink that the parts lack", () => {
    const resizeInPlace = vi.fn(() => true);
    const allocator = Allocator.from({ ...parts, resizeInPlace });
    expect([allocator.grow(p(64), eight, sixteen), allocator.shrink(p(64), sixteen, eight)]).toEqual([64, 64]);
    expect(resizeInPlace).toHaveBeenCalledTimes(2);
  });
});

const roomy = Memory.over(new ArrayBuffer(2 * 65536));
describeAllocator(
  "Allocator.from a first fit",
  () => {
    const heap = new FirstFit(65536, 2 * 65536);
    return Allocator.from({
      memory: roomy,
      allocate: ({ size, align }) => heap.take(size, align) as Ptr | Null,
      deallocate: (ptr) => heap.release(ptr),
      owns: (ptr: Ptr) => ptr >= 65536 && ptr < 2 * 65536,
      reset: () => heap.live.clear(),
      sizeAt: (ptr: Ptr) => heap.sizeAt(ptr),
      detects: ["double-free"],
    });
  },
  { maxSize: 4096, maxAlign: 4096 },
);
