/**
 * The types of the compact heap, checked by the compiler alone.
 *
 * @module
 */
import { type Allocator, Layout, type PowersOf } from "@alloc/core";
import { type Compact, compact, system } from "@alloc/global";
import { expectTypeOf } from "vitest";

const heap = compact();

expectTypeOf(compact).parameters.toEqualTypeOf<[options?: { readonly parent?: Allocator }]>();
expectTypeOf(heap).toEqualTypeOf<Compact>();
expectTypeOf<PowersOf<Compact>>().toEqualTypeOf<PowersOf<ReturnType<typeof system>>>();
// Switching is one import: each is taken where the other is.
expectTypeOf<ReturnType<typeof compact>>().toExtend<ReturnType<typeof system>>();
expectTypeOf(system).toExtend<typeof compact>();

// @ts-expect-error a heap has no scope that could end
heap.defer(() => {});
// @ts-expect-error what is lent cannot be reset
heap.byRef().reset();
// @ts-expect-error an option that is none
compact({ size: 65536 });
// @ts-expect-error what may be NULL is no address yet
heap.deallocate(heap.allocate(Layout.of(8)), Layout.of(8));
