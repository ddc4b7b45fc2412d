/**
 * The types of the package, checked by the compiler alone.
 *
 * @module
 */
import { type Allocator, type Can, type CapabilitiesOf, Layout, type Lent, type Null, type Ptr } from "@alloc/core";
import { System, type SystemHeap as SystemType, system } from "@alloc/global";
import { expectTypeOf } from "vitest";

const layout = Layout.of(24);
const heap = system();

expectTypeOf(system).parameters.toEqualTypeOf<
  [options?: { readonly parent?: Allocator; readonly checked?: boolean; readonly name?: string }]
>();
expectTypeOf(heap).toEqualTypeOf<SystemType>();
expectTypeOf(heap.allocate(layout)).toEqualTypeOf<Ptr | Null>();
expectTypeOf(heap).toExtend<Can<"owns" | "reset" | "resizeInPlace" | "sizeAt" | "check" | "trim" | "blocks">>();
expectTypeOf<CapabilitiesOf<SystemType>>().toEqualTypeOf<
  "owns" | "reset" | "resizeInPlace" | "sizeAt" | "check" | "trim" | "blocks"
>();

expectTypeOf(System).toEqualTypeOf<Lent<SystemType>>();
expectTypeOf<CapabilitiesOf<typeof System>>().toEqualTypeOf<
  "owns" | "resizeInPlace" | "sizeAt" | "check" | "trim" | "blocks"
>();
expectTypeOf(heap.byRef()).toExtend<Lent<SystemType>>();
expectTypeOf(system({ parent: System })).toEqualTypeOf<SystemType>();
expectTypeOf(system({ parent: system() })).toEqualTypeOf<SystemType>();

// @ts-expect-error everyone shares it, so it cannot be reset
System.reset();
// @ts-expect-error a lent allocator cannot be reset
heap.byRef().reset();
// @ts-expect-error a heap has no scope that could end
heap.defer(() => {});
// @ts-expect-error a parent is an allocator, not a number of bytes
system({ parent: 65536 });
// @ts-expect-error an unknown option
system({ size: 65536 });
// @ts-expect-error a layout is made by Layout.of, so that it is valid
heap.allocate({ size: 24, align: 8 });
// @ts-expect-error a result that may be NULL is not an address yet
heap.deallocate(heap.allocate(layout), layout);
// @ts-expect-error a number is not an address
heap.sizeAt(65536);
// @ts-expect-error the parent of a heap stays
heap.parent = System;
