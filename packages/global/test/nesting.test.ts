/**
 * Heaps in heaps: what a request for which there is no room costs, by the depth.
 */
import { type Allocator, Layout, Memory, pages } from "@alloc/core";
import { system, tinyHeap } from "@alloc/global";
import { describe, expect, test, vi } from "vitest";

const KINDS: Record<string, (parent: Allocator) => Allocator> = {
  "system()": (parent) => system({ parent }),
  "tinyHeap()": (parent) => tinyHeap({ parent }),
};
const { of } = Layout;

describe.each(Object.entries(KINDS))("%s in itself", (_, nest) => {
  /** The calls of the root for a request that is refused, by the depth from 1 to 5. */
  function callsOf(size: number): number[] {
    return Array.from({ length: 5 }, (_, index) => {
      const root = pages(Memory.over(new ArrayBuffer(2 ** 19)));
      let heap: Allocator = root;
      for (let depth = 0; depth <= index; depth++) heap = nest(heap);
      while (heap.allocate(of(3000)) !== 0);
      const allocate = vi.spyOn(root, "allocate");
      const resize = vi.spyOn(root, "resizeInPlace");
      expect(heap.allocate(of(size))).toBe(0);
      return allocate.mock.calls.length + resize.mock.calls.length;
    });
  }

  test.each([100_000, 3000])("calls the root a number of times that the depth multiplies, for %i bytes", (size) => {
    const calls = callsOf(size);
    for (const [index, count] of calls.entries()) expect(count, calls.join()).toBeLessThanOrEqual(12 * (index + 1));
  });
});
