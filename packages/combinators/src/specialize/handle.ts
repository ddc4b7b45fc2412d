/**
 * Handle: one kind of object for those who call allocators of many kinds.
 *
 *     many shapes, one caller     caller ──▶ a.allocate, b.allocate, …     looked up with each call
 *     with a handle               caller ──▶ handle.allocate ──▶ its allocator, known to the function that calls it
 *
 * The functions are made once for each shape, so in them the call is that of one kind. What the caller pays is a call that is
 * not inlined, of one function among many, at any number of shapes.
 *
 * @module
 */
import type { Allocator, Layout, Null, Ptr } from "@alloc/core";
import { generate } from "./generate.ts";

type Calls = [Handle["allocate"], Handle["deallocate"]];
type Make = (allocator: Allocator) => Calls;

const CODE = "(a) => [(layout) => a.allocate(layout), (ptr, layout) => a.deallocate(ptr, layout)]";
const makes = new WeakMap<object, Make>();

/**
 * An allocator for callers that meet many kinds of them: containers, the imports of a guest. It costs the same whether there are
 * two kinds or a hundred, where a call of the allocator itself costs ever more; for one kind it only costs. All else is asked
 * of `allocator`. It owns nothing.
 *
 * Cost: two functions for each handle, and one text that is compiled for each shape. Where no code may be made of texts, and beyond
 * 256 shapes, a call costs what it costs without.
 *
 * @example
 * ```ts
 * import { Handle } from "@alloc/combinators";
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
  readonly allocator: Allocator;
  /** As {@link Allocator.allocate}. */
  readonly allocate: (layout: Layout) => Ptr | Null;
  /** As {@link Allocator.deallocate}. */
  readonly deallocate: (ptr: Ptr, layout: Layout) => void;

  constructor(allocator: Allocator) {
    const shape = Object.getPrototypeOf(allocator);
    const make = makes.get(shape) ?? generate<Make>("Handle", CODE) ?? callsOf;
    makes.set(shape, make);
    this.allocator = allocator;
    [this.allocate, this.deallocate] = make(allocator);
  }
}

/** What {@link CODE} says, for all shapes. */
function callsOf(allocator: Allocator): Calls {
  return [(layout) => allocator.allocate(layout), (ptr, layout) => allocator.deallocate(ptr, layout)];
}
