/**
 * The five functions that made up a Rust allocator in 2015, converted both ways.
 *
 *     __rust_allocate(size, align)                       allocate
 *     __rust_deallocate(ptr, old_size, align)            deallocate
 *     __rust_reallocate(ptr, old_size, size, align)      grow, shrink
 *     __rust_reallocate_inplace(ptr, old_size, size, align)   resizeInPlace; returns the usable size afterwards
 *     __rust_usable_size(size, align)                    usableSize
 *
 * Rust did not check their signatures; here a missing function is refused when the adapter is made.
 *
 * @module
 */
import { Allocator } from "../allocator/allocator.ts";
import { type Can, can } from "../allocator/capabilities.ts";
import { move } from "../allocator/move.ts";
import { requireAllocator, requireMemory, requireParts } from "../base/arguments.ts";
import type { Memory } from "../memory/memory.ts";
import { Layout } from "../values/layout.ts";
import type { Null, Ptr } from "../values/ptr.ts";

/** The five functions. Sizes are bytes from 1; address 0 means no room. */
export interface FiveFunctions {
  /** Returns the address of a block, or 0. */
  allocate(size: number, align: number): number;
  /** Releases a block. */
  deallocate(ptr: number, oldSize: number, align: number): void;
  /** Returns the new address of the block, or 0; the old block then stays valid. */
  reallocate(ptr: number, oldSize: number, size: number, align: number): number;
  /** Returns the usable size of the block afterwards: that of `size` if it was resized, otherwise that of `oldSize`. */
  reallocateInPlace(ptr: number, oldSize: number, size: number, align: number): number;
  /** Returns the bytes that every block of this size and align has. */
  usableSize(size: number, align: number): number;
  /** The allocator whose blocks the functions hand out, where that is one: then they are not combined by mistake, and end together. */
  readonly parent?: Allocator | undefined;
}

const NAMES = ["allocate", "deallocate", "reallocate", "reallocateInPlace", "usableSize"];

/**
 * Makes an allocator from the five functions.
 *
 * @param memory - the memory in which their blocks lie
 * @throws `TypeError` if one of the five is missing
 */
export function fromFiveFunctions(memory: Memory, five: FiveFunctions): Can<"resizeInPlace"> {
  requireMemory("fromFiveFunctions(memory, functions)", memory);
  requireParts("fromFiveFunctions", five, NAMES);
  const allocator: Can<"resizeInPlace"> = Allocator.from({
    memory,
    parent: five.parent,
    allocate: ({ size, align }) => (five.allocate(size, align) >>> 0) as Ptr | Null,
    deallocate: (ptr, { size, align }) => five.deallocate(ptr, size, align),
    usableSize: ({ size, align }) => five.usableSize(size, align),
    grow: resize,
    shrink: resize,
    resizeInPlace(ptr: Ptr, from: Layout, to: Layout) {
      if (from.align !== to.align) return false;
      return five.reallocateInPlace(ptr, from.size, to.size, to.align) === five.usableSize(to.size, to.align);
    },
    describeSelf: () => ({ kind: "fromFiveFunctions", options: {}, state: {} }),
  });

  function resize(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    if (from.align !== to.align) return move(allocator, ptr, from, allocator, to);
    return (five.reallocate(ptr, from.size, to.size, to.align) >>> 0) as Ptr | Null;
  }
  return allocator;
}

/**
 * Converts an allocator to the five functions.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { toFiveFunctions } from "@alloc/core/compat";
 *
 * const five = toFiveFunctions(pages());
 * const ptr = five.allocate(100, 8);
 * five.reallocateInPlace(ptr, 100, 4000, 8); // => 4096
 * five.deallocate(ptr, 4000, 8);
 * ```
 */
export function toFiveFunctions(allocator: Allocator): FiveFunctions {
  requireAllocator("toFiveFunctions", allocator, "toFiveFunctions(pages())");
  const resizes = can(allocator, "resizeInPlace") ? allocator : undefined;
  return {
    allocate: (size, align) => allocator.allocate(Layout.of(size, align)),
    deallocate: (ptr, oldSize, align) => allocator.deallocate(ptr as Ptr, Layout.of(oldSize, align)),
    reallocate: (ptr, oldSize, size, align) =>
      allocator[size < oldSize ? "shrink" : "grow"](ptr as Ptr, Layout.of(oldSize, align), Layout.of(size, align)),
    reallocateInPlace(ptr, oldSize, size, align) {
      const from = Layout.of(oldSize, align);
      const to = Layout.of(size, align);
      return allocator.usableSize(resizes?.resizeInPlace(ptr as Ptr, from, to) === true ? to : from);
    },
    usableSize: (size, align) => allocator.usableSize(Layout.of(size, align)),
  };
}
