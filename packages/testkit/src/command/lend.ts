/**
 * lend: one allocator that serves many programs, each as if it owned it.
 *
 * Programs of the check may end early with live blocks, and dispose their allocator. Here `dispose` releases the blocks still
 * live, and the allocator lives on. Everything else is forwarded, including size 0 and all capabilities.
 *
 * @module
 */
import type { Allocator, Can, Capability, Layout, Null, Ptr } from "@alloc/core";

/** Returns a stand-in for an allocator with the same capabilities, usable until its `dispose`. */
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
    // Found broken before, and reported.
  }
}
