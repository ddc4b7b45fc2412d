/**
 * Byte hooks that throw: the caller's block is unchanged, and no new one is leaked.
 *
 * @module
 */
import { type Allocator, type Capabilities, Layout, Memory, type Ptr, pages } from "@alloc/core";
import { system, tinyHeap } from "@alloc/global";
import { describe, expect, test } from "vitest";
import { MiB, take } from "./support.ts";

type Heap = Allocator & Pick<Capabilities, "blocks" | "sizeAt" | "check">;

const HEAPS: Record<string, (parent: Allocator) => Heap> = {
  "system()": (parent) => system({ parent }),
  "system({ checked: true })": (parent) => system({ parent, checked: true }),
  "tinyHeap()": (parent) => tinyHeap({ parent }),
};
const CALLS: Record<string, (heap: Heap, ptr: Ptr, layout: Layout) => unknown> = {
  allocateZeroed: (heap, _, layout) => heap.allocateZeroed(layout),
  "grow to a block elsewhere": (heap, ptr, layout) => heap.grow(ptr, layout, Layout.of(layout.size + 9000)),
  "growZeroed to a block elsewhere": (heap, ptr, layout) => heap.growZeroed(ptr, layout, Layout.of(layout.size + 9000)),
  "growZeroed in place": (heap, ptr, layout) => heap.growZeroed(ptr, layout, Layout.of(layout.size + 1)),
  "shrink to another align": (heap, ptr, layout) => heap.shrink(ptr, layout, Layout.of(layout.size - 1, 512)),
};

describe.each(Object.entries(HEAPS))("%s", (_, make) => {
  describe.each(Object.entries(CALLS))("%s", (_, call) => {
    test.each([21, 500, 1999, 5000])("of %i bytes: a hook that throws changes nothing", (size) => {
      let lost = false;
      const fail = () => {
        if (lost) throw new Error("device lost");
      };
      const heap = make(pages(Memory.virtual(MiB, { copy: fail, fill: fail })));
      const layout = Layout.of(size);
      // Another block after it, so that it has to move.
      const [ptr] = [take(heap, layout), take(heap, layout)] as [Ptr, Ptr];
      const live = () => {
        const all: number[] = [];
        heap.blocks((at, bytes, state) => void (state === "live" && all.push(at, bytes)));
        return all;
      };
      const before = live();
      lost = true;
      let error: unknown;
      try {
        call(heap, ptr, layout);
      } catch (thrown) {
        error = thrown;
      }
      lost = false;
      expect(error === undefined || `${error}` === "Error: device lost").toBe(true);
      if (error === undefined) return;
      expect(live()).toEqual(before);
      expect(heap.sizeAt(ptr)).toBe(heap.usableSize(layout));
      heap.deallocate(ptr, layout);
      heap.check();
    });
  });
});
