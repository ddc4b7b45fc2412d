/**
 * The types of the tiny heap, checked by the compiler alone.
 *
 * @module
 */
import { type Allocator, type CapabilitiesOf, Layout } from "@alloc/core";
import { system, type TinyHeap, tinyHeap } from "@alloc/global";
import { expectTypeOf } from "vitest";

const heap = tinyHeap();

expectTypeOf(tinyHeap).parameters.toEqualTypeOf<[options?: { readonly parent?: Allocator; readonly name?: string }]>();
expectTypeOf(heap).toEqualTypeOf<TinyHeap>();
expectTypeOf<CapabilitiesOf<TinyHeap>>().toEqualTypeOf<CapabilitiesOf<ReturnType<typeof system>>>();
// Switching is one import: each can stand for the other.
expectTypeOf<ReturnType<typeof tinyHeap>>().toExtend<ReturnType<typeof system>>();
expectTypeOf(system).toExtend<typeof tinyHeap>();

// @ts-expect-error a heap has no scope that could end
heap.defer(() => {});
// @ts-expect-error a lent allocator cannot be reset
heap.byRef().reset();
// @ts-expect-error an unknown option
tinyHeap({ size: 65536 });
// @ts-expect-error a result that may be NULL is not an address yet
heap.deallocate(heap.allocate(Layout.of(8)), Layout.of(8));
