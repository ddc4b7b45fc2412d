/**
 * The heap and layouts for watchers, and a logger that records its calls.
 *
 * @module
 */

import { Allocator, alignUp, type Can, Layout, orThrow, type Ptr, pages } from "@alloc/core";
import { type SystemHeap, system, type TinyHeap, tinyHeap } from "@alloc/global";

import type { ProxyLogger } from "@alloc/proxy";
import { memoryForPrograms } from "./program.ts";

export type Hook = keyof ProxyLogger;

export const HOOKS: readonly Hook[] = [
  "allocateSuccess",
  "allocateFail",
  "deallocate",
  "reallocateSuccess",
  "reallocateFail",
  "reset",
  "resizeInPlace",
];

/** Detects all misuse, and resizes in place. */
export const heap = (): TinyHeap => tinyHeap({ parent: pages(memoryForPrograms()) });
/** Moves a block that changes its size class. */
export const movingHeap = (): SystemHeap => system({ parent: pages(memoryForPrograms()) });
export const take = (allocator: Allocator, layout: Layout): Ptr => orThrow(allocator.allocate(layout), layout);
export const [empty, small, large, tooLarge] = [Layout.of(0), Layout.of(40), Layout.of(400), Layout.of(2 ** 30)];

/** A logger that records its calls. */
export function recorder(hooks: readonly Hook[] = HOOKS): { readonly told: unknown[][]; readonly logger: ProxyLogger } {
  const told: unknown[][] = [];
  const hook = (name: string) => [name, (...given: unknown[]) => void told.push([name, ...given])];
  return { told, logger: Object.fromEntries(hooks.map(hook)) as ProxyLogger };
}

/** Hands out one block after the other, and detects nothing: a release does nothing, at any address. */
export function forgetful(): Can<"owns" | "reset"> {
  const parent = pages(memoryForPrograms());
  const whole = Layout.of(65536);
  const base = take(parent, whole);
  let tip: number = base;
  return Allocator.from({
    memory: parent.memory,
    allocate({ size, align }) {
      const ptr = alignUp(tip, align);
      if (ptr + size > base + whole.size) return 0;
      tip = ptr + size;
      return ptr as Ptr;
    },
    deallocate() {},
    usableSize: ({ size }) => (size <= whole.size ? size : 0),
    owns: (ptr) => ptr >= base && ptr < base + whole.size,
    reset() {
      tip = base;
    },
  });
}
