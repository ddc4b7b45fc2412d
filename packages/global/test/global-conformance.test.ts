import { Allocator, type Footprint, Layout, type Memory, type Null, type Ptr } from "@alloc/core";
import { Global, overrideGlobalAllocator, type SystemHeap, system } from "@alloc/global";
import type { GlobalAlloc } from "@alloc/global/compat";
import { describeAllocator } from "@alloc/testkit/vitest";
import { PLACEMENTS } from "../../../checks/support/placements.ts";

/**
 * Global with a separate heap: every call goes through Global while an override with the heap, or a wrapper of it, is in force.
 * Unlike Global, it can be disposed.
 */
class GlobalOver extends Allocator {
  override readonly memory: Memory;
  readonly global: Allocator | GlobalAlloc;

  constructor(heap: SystemHeap, shape: (heap: SystemHeap) => Allocator | GlobalAlloc) {
    super(undefined, [heap]);
    this.memory = heap.memory;
    this.global = shape(heap);
    Object.assign(this, { detects: this.global === heap ? heap.detects : [] });
  }
  globally<T>(call: () => T): T {
    using _ = overrideGlobalAllocator(this.global);
    return call();
  }
  override allocate(layout: Layout): Ptr | Null {
    return this.globally(() => Global.allocate(layout));
  }
  override allocateZeroed(layout: Layout): Ptr | Null {
    return this.globally(() => Global.allocateZeroed(layout));
  }
  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return this.globally(() => Global.grow(ptr, from, to));
  }
  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return this.globally(() => Global.growZeroed(ptr, from, to));
  }
  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return this.globally(() => Global.shrink(ptr, from, to));
  }
  override deallocate(ptr: Ptr, layout: Layout): void {
    this.globally(() => Global.deallocate(ptr, layout));
  }
  override usableSize(layout: Layout): number {
    return this.globally(() => Global.usableSize(layout));
  }
  override footprint(): Footprint {
    return this.globally(() => Global.footprint());
  }
}

const shapes: Record<string, (heap: SystemHeap) => Allocator | GlobalAlloc> = {
  "a heap": (heap) => heap,
  "two functions": (heap) => ({
    memory: heap.memory,
    alloc: (layout) => heap.allocate(layout),
    dealloc: (ptr, layout) => heap.deallocate(ptr, layout),
  }),
  "four functions": (heap) => ({
    memory: heap.memory,
    alloc: (layout) => heap.allocate(layout),
    allocZeroed: (layout) => heap.allocateZeroed(layout),
    dealloc: (ptr, layout) => heap.deallocate(ptr, layout),
    realloc: (ptr, from, newSize) =>
      heap[newSize < from.size ? "shrink" : "grow"](ptr, from, Layout.of(newSize, from.align)),
  }),
};

// It does no arithmetic on addresses, so two placements are enough.
for (const place of ["in a linear memory", "at the upper edge of 4 GiB, without bytes"]) {
  for (const [name, shape] of Object.entries(shapes)) {
    const parent = PLACEMENTS[place]!();
    const make = () => new GlobalOver(system({ parent }), shape);
    describeAllocator(`Global before ${name} ${place}`, make, { programs: 40 });
  }
}
