/**
 * lend: one allocator that serves many programs, each as if it were its own.
 *
 * A program of the check leaves blocks behind where it ends early, and disposes what it was given. Here the end of a program
 * releases what it still holds, and the allocator lives on. Nothing else changes: size 0 and every capability reach it.
 *
 * @module
 */
import type { Allocator, Can, Capability, Layout, Null, Ptr } from "@alloc/core";

/** Answers a stand-in for an allocator, to be used until its `dispose`. It has the same capabilities. */
export function lend<A extends Allocator>(allocator: A): A {
  const shared = allocator as Allocator as Can<Capability>;
  const live = new Map<Ptr, Layout>();
  const took = (ptr: Ptr | Null, layout: Layout) => {
    if (ptr !== 0 && layout.size !== 0) live.set(ptr, layout);
    return ptr;
  };
  const moved = (old: Ptr, from: Layout, next: Ptr | Null, to: Layout) => {
    if (next !== 0 && from.size !== 0) live.delete(old);
    return took(next, to);
  };
  const own: Partial<Can<Capability>> = {
    allocate: (layout) => took(shared.allocate(layout), layout),
    allocateZeroed: (layout) => took(shared.allocateZeroed(layout), layout),
    grow: (ptr, from, to) => moved(ptr, from, shared.grow(ptr, from, to), to),
    growZeroed: (ptr, from, to) => moved(ptr, from, shared.growZeroed(ptr, from, to), to),
    shrink: (ptr, from, to) => moved(ptr, from, shared.shrink(ptr, from, to), to),
    deallocate(ptr, layout) {
      shared.deallocate(ptr, layout);
      if (layout.size !== 0) live.delete(ptr);
    },
    reset() {
      shared.reset();
      live.clear();
    },
    resizeInPlace(ptr, from, to) {
      const stays = shared.resizeInPlace(ptr, from, to);
      if (stays) live.set(ptr, to);
      return stays;
    },
    dispose() {
      for (const [ptr, layout] of live) release(shared, ptr, layout);
      live.clear();
    },
  };
  return new Proxy(allocator, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return own[key as keyof typeof own] ?? value.bind(target);
    },
  });
}

function release(shared: Can<Capability>, ptr: Ptr, layout: Layout): void {
  try {
    shared.deallocate(ptr, layout);
  } catch {
    // It was found broken: that is reported.
  }
}
