/** Values that are not layouts: every method of a heap names itself, shows the value and throws, and no block is lost. */
import { Layout, Memory, type Ptr, pages } from "@alloc/core";
import { system, tinyHeap } from "@alloc/global";
import { describe, expect, test } from "vitest";
import { expectNamed, LAYOUT_CALLS } from "../../../checks/support/no-layouts.ts";

const HEAPS = {
  "system()": () => system({ parent: pages(Memory.linear()) }),
  "system({ checked: true })": () => system({ checked: true, parent: pages(Memory.linear()) }),
  "tinyHeap()": () => tinyHeap({ parent: pages(Memory.linear()) }),
};

describe.each(Object.entries(HEAPS))("%s", (_name, make) => {
  test.each(Object.keys(LAYOUT_CALLS))("%s names itself for a value that is no layout", (name) => {
    const heap = make();
    for (const block of [Layout.of(64), Layout.of(5000)]) {
      const ptr = heap.allocate(block) as Ptr;
      expectNamed(name, heap, ptr, block);
      expect(heap.sizeAt(ptr)).toBe(heap.usableSize(block));
      heap.deallocate(ptr, block);
    }
    heap.check();
  });
});
