/**
 * Values that are not layouts, and the calls that take a layout. Each names itself, with the call to write, and changes nothing.
 *
 * @module
 */
import type { Can, Layout, Ptr } from "@alloc/core";
import { shown } from "@alloc/core/author";
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

/** Makes a call with each value that is no layout. Fails unless it throws, names itself, and shows the value. */
export function expectNamed(name: string, heap: Can<"resizeInPlace">, ptr: Ptr, block: Layout): void {
  for (const wrong of NO_LAYOUTS) {
    const said = `${name} expects a Layout, got ${shown(wrong)}: write ${name}(`;
    expect(messageThrown(() => LAYOUT_CALLS[name]!(heap, ptr, block, wrong as Layout)).slice(0, said.length)).toBe(
      said,
    );
  }
}

function messageThrown(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was thrown";
}
