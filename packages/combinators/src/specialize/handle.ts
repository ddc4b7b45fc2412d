/**
 * Handle: one kind of object for callers of many kinds of allocators.
 *
 *     many shapes, one caller     caller ──▶ a.allocate, b.allocate, …     looked up with each call
 *     with a handle               caller ──▶ handle.allocate ──▶ its allocator, known to the function that calls it
 *
 * The functions are created once per shape, so the calls in them meet one kind of allocator. The caller pays for one call that is
 * not inlined, at any number of shapes.
 *
 * @module
 */
import type { Allocator, Layout, Null, Ptr } from "@alloc/core";
import { requireAllocator } from "@alloc/core/author";
import { generate } from "./generate.ts";

type Calls = [Handle["allocate"], Handle["deallocate"]];
type Make = (allocator: Allocator) => Calls;

const CODE = "(a) => [(layout) => a.allocate(layout), (ptr, layout) => a.deallocate(ptr, layout)]";
const makes = new WeakMap<object, Make>();

/**
 * An allocator for callers that meet many kinds of them: containers, the imports of a guest. A call costs the same for two kinds
 * or a hundred, while direct calls get slower with every kind. With a single kind of allocator a handle is pure overhead. It
 * offers `allocate` and `deallocate`; use `allocator` for everything else. A handle owns nothing.
 *
 * Cost: two functions per handle and one compiled text per shape. Beyond 256 shapes, or if the engine refuses to compile text, a
 * call costs as much as without a handle.
 *
 * @example
 * ```ts
 * import { Handle } from "@alloc/combinators/specialize";
 * import { Layout, orThrow } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 *
 * const handle = new Handle(freeList(64));
 * const layout = Layout.of(40);
 * const ptr = orThrow(handle.allocate(layout), layout);
 * handle.deallocate(ptr, layout);
 * handle.allocator.usableSize(layout); // => 64
 * ```
 */
export class Handle {
  /** The allocator behind the handle. */
  readonly allocator: Allocator;
  /** As {@link Allocator.allocate}. */
  readonly allocate: (layout: Layout) => Ptr | Null;
  /** As {@link Allocator.deallocate}. */
  readonly deallocate: (ptr: Ptr, layout: Layout) => void;

  constructor(allocator: Allocator) {
    requireAllocator("new Handle", allocator, "new Handle(allocator)");
    const shape = Object.getPrototypeOf(allocator);
    const make = makes.get(shape) ?? generate<Make>("Handle", CODE) ?? callsOf;
    makes.set(shape, make);
    this.allocator = allocator;
    [this.allocate, this.deallocate] = make(allocator);
  }
}

/** {@link CODE} as a function, for all shapes. */
function callsOf(allocator: Allocator): Calls {
  return [(layout) => allocator.allocate(layout), (ptr, layout) => allocator.deallocate(ptr, layout)];
}
