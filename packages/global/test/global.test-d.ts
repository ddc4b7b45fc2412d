/**
 * The types of Global and of registered allocators, checked by the compiler only.
 *
 * @module
 */
import {
  type Allocator,
  type CapabilitiesOf,
  type Disposable,
  Layout,
  type Memory,
  NULL,
  type Null,
  type Ptr,
} from "@alloc/core";
import {
  Global,
  handleAllocError,
  overrideGlobalAllocator,
  System,
  setAllocErrorHook,
  setGlobalAllocator,
  system,
} from "@alloc/global";
import { alloc, allocZeroed, dealloc, type GlobalAlloc, realloc, takeAllocErrorHook } from "@alloc/global/compat";
import { expectTypeOf } from "vitest";

const layout = Layout.of(24);
declare const memory: Memory;
const two = { memory, alloc: () => NULL, dealloc: () => {} };

expectTypeOf(Global).toEqualTypeOf<Allocator>();
expectTypeOf<CapabilitiesOf<typeof Global>>().toEqualTypeOf<never>();

expectTypeOf(alloc).toEqualTypeOf<(layout: Layout) => Ptr | Null>();
expectTypeOf(allocZeroed).toEqualTypeOf<(layout: Layout) => Ptr | Null>();
expectTypeOf(dealloc).toEqualTypeOf<(ptr: Ptr, layout: Layout) => void>();
expectTypeOf(realloc).toEqualTypeOf<(ptr: Ptr, layout: Layout, newSize: number) => Ptr | Null>();

expectTypeOf(handleAllocError).returns.toBeNever();
/** Code after it is unreachable, so the address is not NULL. */
export function take(ptr: Ptr | Null): Ptr {
  if (ptr === NULL) handleAllocError(layout);
  return ptr;
}
expectTypeOf(setAllocErrorHook).toEqualTypeOf<(hook: (layout: Layout) => void) => void>();
expectTypeOf(takeAllocErrorHook).returns.toEqualTypeOf<(layout: Layout) => void>();

expectTypeOf(setGlobalAllocator).toEqualTypeOf<(allocator: Allocator | GlobalAlloc) => void>();
expectTypeOf(overrideGlobalAllocator).toEqualTypeOf<(allocator: Allocator | GlobalAlloc) => Disposable>();
/** Never run: compiling is the test. */
export function register(): void {
  setGlobalAllocator(system());
  setGlobalAllocator(System);
  setGlobalAllocator(two);
  setGlobalAllocator({ ...two, allocZeroed: () => NULL, realloc: (ptr: Ptr) => ptr });
  using _ = overrideGlobalAllocator(two);
  // @ts-expect-error blocks have to be released: dealloc is missing
  setGlobalAllocator({ memory, alloc: two.alloc });
  // @ts-expect-error addresses lie in a memory
  setGlobalAllocator({ alloc: two.alloc, dealloc: two.dealloc });
  // @ts-expect-error any number as an address
  setGlobalAllocator({ ...two, alloc: () => 4096 });
  // @ts-expect-error parts are not an allocator yet: Allocator.from makes one
  setGlobalAllocator({ memory, allocate: two.alloc, deallocate: two.dealloc });
  // @ts-expect-error realloc takes no second layout: the align stays
  setGlobalAllocator({ ...two, realloc: (ptr: Ptr, _from: Layout, _to: Layout) => ptr });
}

// @ts-expect-error everyone shares it, so it cannot be reset
Global.reset();
// @ts-expect-error the allocator behind it may have no such capability
Global.sizeAt(65536 as Ptr);
// @ts-expect-error a result that may be NULL is not an address yet
dealloc(alloc(layout), layout);
// @ts-expect-error realloc keeps the align, so it takes a size
realloc(65536 as Ptr, layout, Layout.of(100));
