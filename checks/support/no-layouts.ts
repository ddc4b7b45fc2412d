/**
 * Values that are not layouts, and the calls that take a layout. Each names itself, with the call to write, and changes nothing.
 *
 * @module
 */
import type { Can, Layout, Ptr } from "@alloc/core";
import { expect } from "vitest";

const NO_LAYOUTS: readonly unknown[] = [
  null,
  undefined,
  64,
  {},
  { size: -8, align: 8 },
  { size: 8, align: 0 },
  { size: 8, align: -8 },
];

type Call = (heap: Can<"resizeInPlace">, ptr: Ptr, block: Layout, wrong: Layout) => unknown;

/** By name, the calls that take a layout. */
export const LAYOUT_CALLS: Readonly<Record<string, Call>> = {
  allocate: (heap, _ptr, _block, wrong) => heap.allocate(wrong),
  allocateZeroed: (heap, _ptr, _block, wrong) => heap.allocateZeroed(wrong),
  deallocate: (heap, ptr, _block, wrong) => heap.deallocate(ptr, wrong),
  usableSize: (heap, _ptr, _block, wrong) => heap.usableSize(wrong),
  grow: (heap, ptr, block, wrong) => heap.grow(ptr, wrong, block),
  shrink: (heap, ptr, block, wrong) => heap.shrink(ptr, block, wrong),
  resizeInPlace: (heap, ptr, block, wrong) => heap.resizeInPlace(ptr, wrong, block),
};

/** Makes a call with each value that is no layout. Fails unless it throws, and names itself. */
export function expectNamed(name: string, heap: Can<"resizeInPlace">, ptr: Ptr, block: Layout): void {
  for (const wrong of NO_LAYOUTS) {
    const call = () => LAYOUT_CALLS[name]!(heap, ptr, block, wrong as Layout);
    expect(call, JSON.stringify(wrong)).toThrow(new RegExp(`^${name} expects a Layout, got `));
  }
}
