/**
 * A heap in which user code runs in the middle of calls.
 *
 * @module
 */
import { Allocator, type Can, Memory, NULL, pages } from "@alloc/core";
import { tinyHeap } from "@alloc/global";
import type { GuardError } from "@alloc/proxy";

export const root = () => pages(Memory.linear({ maximum: 2 ** 20 }));
type Call = "allocate" | "deallocate" | "resizeInPlace" | "reset";

/** A heap that runs a function before each call of a method. */
export function hooked() {
  const heap = tinyHeap({ parent: root() });
  const before: Partial<Record<Call, () => unknown>> = {};
  const inner: Can<"owns" | "reset" | "resizeInPlace" | "trim"> = Allocator.from({
    memory: heap.memory,
    allocate(layout) {
      return before.allocate?.() === NULL ? NULL : heap.allocate(layout);
    },
    deallocate(ptr, layout) {
      before.deallocate?.();
      heap.deallocate(ptr, layout);
    },
    usableSize: (layout) => heap.usableSize(layout),
    resizeInPlace(ptr, from, to) {
      before.resizeInPlace?.();
      return heap.resizeInPlace(ptr, from, to);
    },
    reset() {
      before.reset?.();
      heap.reset();
    },
    owns: (ptr) => heap.owns(ptr),
    trim() {},
    dispose: () => heap.dispose(),
  });
  return { heap, inner, before };
}

/** Runs a function before the next call of a method only. */
export function once(before: Partial<Record<Call, () => unknown>>, name: Call, run: () => unknown): void {
  before[name] = () => {
    delete before[name];
    return run();
  };
}

/** Returns the error of a call. */
export function thrownBy(call: () => unknown): GuardError {
  try {
    call();
  } catch (error) {
    return error as GuardError;
  }
  throw new Error("nothing was thrown");
}
