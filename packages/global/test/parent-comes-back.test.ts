/**
 * A parent that calls the heap above it during a request, as a parent with a logger may do.
 *
 * @module
 */
import { Allocator, Layout, type Ptr } from "@alloc/core";
import { type SystemHeap, system } from "@alloc/global";
import { describe, expect, test } from "vitest";
import { bytes, overlaps, take } from "./support.ts";

type Block = readonly [ptr: Ptr, layout: Layout];

/** A heap, and what its parent does with it at every request. */
function overCaller(checked: boolean) {
  const root = bytes();
  const state = { onCall: () => {}, isCalling: false };
  const call = () => {
    if (state.isCalling) return;
    state.isCalling = true;
    state.onCall();
    state.isCalling = false;
  };
  const parent = Allocator.from({
    memory: root.memory,
    allocate(layout) {
      call();
      return root.allocate(layout);
    },
    deallocate: (ptr, layout) => root.deallocate(ptr, layout),
    usableSize: (layout) => root.usableSize(layout),
    resizeInPlace(ptr: Ptr, from: Layout, to: Layout) {
      call();
      return root.resizeInPlace(ptr, from, to);
    },
  });
  return { root, state, heap: system({ parent, checked }) };
}

/** Releases all live blocks; then nothing is held. */
function expectEmpties(heap: SystemHeap, blocks: readonly Block[], held: () => number): void {
  for (const [ptr, layout] of blocks) heap.deallocate(ptr, layout);
  heap.check();
  heap.trim();
  heap.check();
  expect(held()).toBe(0);
}

describe.each([false, true])("a heap with checked: %s whose parent allocates from it", (checked) => {
  test.each([8, 24, 88, 900, 1024])(
    "while it makes a slab of blocks of %i bytes counts its slabs correctly",
    (size) => {
      const { root, state, heap } = overCaller(checked);
      const layout = Layout.of(size);
      const blocks: Block[] = [];
      state.onCall = () => {
        const ptr = heap.allocate(layout);
        if (ptr !== 0) blocks.push([ptr, layout]);
      };
      // Each slab is made while a large block lies after the last one, so that the parent is asked.
      for (let round = 0; round < 200; round++) {
        for (const it of [layout, Layout.of(70_000)])
          if (round % 8 === 0 || it === layout) blocks.push([take(heap, it), it]);
        heap.check();
      }
      expect(overlaps(blocks.map(([ptr, { size }]) => [ptr, ptr + size]))).toBe(0);
      state.onCall = () => {};
      expectEmpties(heap, blocks, () => root.footprint().held);
    },
  );

  test("and releases to it, of the same class and of others, is consistent after each call", () => {
    const { root, state, heap } = overCaller(checked);
    const [small, middle, large] = [Layout.of(88), Layout.of(900), Layout.of(2000)];
    const blocks: Block[] = [];
    state.onCall = () => {
      const index = blocks.findIndex(([, layout]) => layout === large);
      if (index >= 0) heap.deallocate(...blocks.splice(index, 1)[0]!);
      const ptr = heap.allocate(small);
      if (ptr !== 0) blocks.push([ptr, small]);
    };
    for (let round = 0; round < 600; round++) {
      const layout = round % 5 === 0 ? small : round % 5 === 1 ? large : middle;
      blocks.push([take(heap, layout), layout]);
      if (round % 7 === 0 && blocks.length > 5) heap.deallocate(...blocks.splice(round % blocks.length, 1)[0]!);
      heap.check();
    }
    expect(overlaps(blocks.map(([ptr, { size }]) => [ptr, ptr + size]))).toBe(0);
    state.onCall = () => {};
    expectEmpties(heap, blocks, () => root.footprint().held);
  });
});
