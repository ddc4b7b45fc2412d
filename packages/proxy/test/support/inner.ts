/**
 * The inner allocators for the watchers of this package.
 *
 * @module
 */
import { fallback, nullAllocator } from "@alloc/combinators";
import { Allocator, type Capability, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";

export const CAPABILITIES: readonly Capability[] = [
  "owns",
  "reset",
  "resizeInPlace",
  "defer",
  "sizeAt",
  "check",
  "trim",
];

export const INNER: Record<string, (parent: Allocator) => Allocator> = {
  "system()": (parent) => system({ parent }),
  "freeList(64)": (parent) => freeList(64, { blocks: 9, parent }),
  "fallback(freeList(64), system())": (parent) => fallback(freeList(64, { blocks: 5, parent }), system({ parent })),
  "pages(), without sizeAt": (parent) => pages(parent.memory).byRef(),
  "a plain object, without capabilities": (parent) => {
    const heap = system({ parent });
    return Allocator.from({
      memory: heap.memory,
      allocate: (layout) => heap.allocate(layout),
      deallocate: (ptr, layout) => heap.deallocate(ptr, layout),
      usableSize: (layout) => heap.usableSize(layout),
      dispose: () => heap.dispose(),
    });
  },
  "nullAllocator()": (parent) => nullAllocator(parent.memory),
};
