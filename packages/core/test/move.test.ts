import { Allocator, Layout, Memory, NULL, orThrow, type Ptr } from "@alloc/core";
import { move } from "@alloc/core/author";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { smallLayouts } from "./support/arbitraries.ts";
import { FirstFit } from "./support/heaps.ts";

const GiB = 2 ** 30;
const layout = Layout.of(16);

/** Two heaps side by side in one memory. */
function pair(memory = Memory.over(new ArrayBuffer(8192)), base = 0) {
  const [source, target] = [new FirstFit(base + 64, base + 4096), new FirstFit(base + 4096, base + 8192)];
  const allocatorOf = (heap: FirstFit) =>
    Allocator.from({
      memory,
      allocate: ({ size, align }) => heap.take(size, align) as Ptr,
      deallocate: (ptr) => heap.release(ptr),
    });
  return { memory, source, target, from: allocatorOf(source), to: allocatorOf(target) };
}

describe("move", () => {
  test("takes a block to another allocator, with the bytes of the smaller size", () => {
    fc.assert(
      fc.property(smallLayouts, smallLayouts, (old, next) => {
        const { memory, source, target, from, to } = pair();
        const ptr = orThrow(from.allocate(old), old);
        const bytes = Array.from({ length: old.size }, (_, index) => index & 255);
        memory.view(Uint8Array, ptr, old.size).set(bytes);
        const moved = orThrow(move(from, ptr, old, to, next), next);
        const kept = Math.min(old.size, next.size);
        expect([...memory.view(Uint8Array, moved, kept)]).toEqual(bytes.slice(0, kept));
        expect(source.live.size).toBe(0);
        expect([...target.live]).toEqual(next.size === 0 ? [] : [[moved, next.size]]);
      }),
    );
  });

  test("returns NULL if the target has no room, and the block is unchanged", () => {
    const { memory, source, target, from, to } = pair();
    const ptr = orThrow(from.allocate(layout), layout);
    memory.f64[ptr / 8] = 42;
    expect(move(from, ptr, layout, to, Layout.of(4097))).toBe(NULL);
    expect([source.live.size, target.live.size, memory.f64[ptr / 8]]).toEqual([1, 0, 42]);
  });

  test("leaves nothing in the target if the source detects misuse", () => {
    const { target, from, to } = pair();
    expect(() => move(from, 64 as Ptr, layout, to, layout)).toThrow(expect.objectContaining({ code: "double-free" }));
    expect(target.live.size).toBe(0);
  });

  test("throws no-bytes before it asks the target, if the memory has none", () => {
    const { source, target, from, to } = pair(Memory.virtual(8192));
    const ptr = orThrow(from.allocate(layout), layout);
    const take = vi.spyOn(target, "take");
    expect(() => move(from, ptr, layout, to, layout)).toThrow(expect.objectContaining({ code: "no-bytes" }));
    expect([source.live.size, take.mock.calls.length]).toEqual([1, 0]);
  });

  test("copies above 2 GiB", () => {
    const copied: number[][] = [];
    const memory = Memory.virtual(4 * GiB, { copy: (...range) => copied.push(range), fill() {} });
    const { from, to } = pair(memory, 3 * GiB);
    const ptr = orThrow(from.allocate(layout), layout);
    expect(move(from, ptr, layout, to, Layout.of(8))).toBe(3 * GiB + 4096);
    expect(copied).toEqual([[3 * GiB + 4096, 3 * GiB + 64, 8]]);
  });
});
