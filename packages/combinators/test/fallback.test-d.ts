import { type Fallback, fallback, nullAllocator } from "@alloc/combinators";
import { type Allocator, type Can, can, Layout, type Null, type Ptr } from "@alloc/core";
import { type FreeList, freeList } from "@alloc/freelist";
import { type SystemHeap, system } from "@alloc/global";
import { expectTypeOf } from "vitest";

declare const plain: Allocator;
declare const owner: Can<"owns">;

const heap = fallback(freeList(64), system());
expectTypeOf(heap).toEqualTypeOf<Fallback<FreeList, SystemHeap>>();
expectTypeOf(heap.primary).toEqualTypeOf<FreeList>();
expectTypeOf(heap.allocate(Layout.of(1))).toEqualTypeOf<Ptr | Null>();

// Of both: owns, reset, sizeAt.
expectTypeOf(heap.owns).toEqualTypeOf<(ptr: Ptr) => boolean>();
expectTypeOf(heap.reset).toEqualTypeOf<() => void>();
expectTypeOf(fallback(owner, plain)).not.toHaveProperty("owns");
expectTypeOf(fallback(owner, owner)).toHaveProperty("owns");
expectTypeOf(fallback(owner, owner)).not.toHaveProperty("reset");

// Of either: resizeInPlace, check, trim.
expectTypeOf(fallback(nullAllocator(), plain)).toHaveProperty("resizeInPlace");
expectTypeOf(fallback(owner, plain)).not.toHaveProperty("resizeInPlace");
expectTypeOf(heap).toHaveProperty("trim");
expectTypeOf(fallback(freeList(64), freeList(8))).not.toHaveProperty("trim");

// An allocator without owns cannot come first, unless `can` has narrowed its type.
// @ts-expect-error: Property 'owns' is missing
fallback(plain, system());
if (can(plain, "owns")) expectTypeOf(fallback(plain, system())).toHaveProperty("owns");
// @ts-expect-error: the middle one does not support owns
fallback(fallback(owner, plain), system());

// NULL must be checked, and a number is not an address.
const ptr = heap.allocate(Layout.of(1));
// @ts-expect-error: Argument of type 'Ptr | 0' is not assignable to parameter of type 'Ptr'
heap.deallocate(ptr, Layout.of(1));
if (ptr !== 0) heap.deallocate(ptr, Layout.of(1));
// @ts-expect-error: Argument of type 'number' is not assignable to parameter of type 'Ptr'
heap.deallocate(16, Layout.of(1));

// A lent allocator cannot be reset.
expectTypeOf(heap.byRef()).toHaveProperty("owns");
expectTypeOf(heap.byRef()).not.toHaveProperty("reset");
