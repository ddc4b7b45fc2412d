import {
  Allocator,
  type AllocatorParts,
  type Can,
  type CapabilitiesOf,
  type Capability,
  can,
  type fromMalloc,
  Layout,
  type Lent,
  type Memory,
  NULL,
  type Null,
  orThrow,
  type Pages,
  type Ptr,
  pages,
  type StructLayout,
} from "@alloc/core";
import type { fromFiveFunctions } from "@alloc/core/compat";
import { describe, expectTypeOf, test } from "vitest";

declare const memory: Memory;
declare const some: Allocator;
declare const layout: Layout;
declare const ptr: Ptr;
const parts = { memory, allocate: (): Null => NULL, deallocate() {} };

describe("the type of an allocator names its capabilities", () => {
  test("a plain Allocator has none", () => {
    expectTypeOf<CapabilitiesOf<Allocator>>().toEqualTypeOf<never>();
    // @ts-expect-error it may lack owns
    some.owns(ptr);
  });

  test("Can has exactly those named", () => {
    expectTypeOf<CapabilitiesOf<Can<"owns" | "trim">>>().toEqualTypeOf<"owns" | "trim">();
    expectTypeOf<CapabilitiesOf<Can<Capability>>>().toEqualTypeOf<Capability>();
    expectTypeOf<Can<"owns" | "trim">>().toExtend<Can<"owns">>();
    expectTypeOf<Can<"owns">>().not.toExtend<Can<"owns" | "trim">>();
  });

  test("can narrows, and leaves the other branch unchanged", () => {
    if (can(some, "sizeAt")) expectTypeOf(some.sizeAt(ptr)).toEqualTypeOf<number>();
    // @ts-expect-error outside the branch it may be absent
    some.sizeAt(ptr);
    // @ts-expect-error there is no such capability
    can(some, "fly");
  });

  test("can keeps earlier narrowings", () => {
    const able = some as Can<"owns">;
    if (can(able, "trim")) expectTypeOf<CapabilitiesOf<typeof able>>().toEqualTypeOf<"owns" | "trim">();
  });

  test("the root owns, resizes in place and can be checked, and has no reset", () => {
    expectTypeOf<CapabilitiesOf<Pages>>().toEqualTypeOf<"owns" | "resizeInPlace" | "check">();
    // @ts-expect-error the root belongs to the realm
    pages().reset();
  });
});

describe("Allocator.from", () => {
  test("has the capabilities of its parts", () => {
    expectTypeOf(Allocator.from(parts)).toEqualTypeOf<Allocator>();
    const some: AllocatorParts = parts;
    expectTypeOf(Allocator.from(some)).toEqualTypeOf<Allocator>();
    const able = Allocator.from({ ...parts, owns: () => true, sizeAt: () => 8 });
    expectTypeOf<CapabilitiesOf<typeof able>>().toEqualTypeOf<"owns" | "sizeAt">();
    // @ts-expect-error the parts do not support it
    able.trim();
  });

  test("needs memory, allocate and deallocate", () => {
    // @ts-expect-error allocate is missing
    expectTypeOf(() => Allocator.from({ memory, deallocate() {} })).toBeFunction();
    // @ts-expect-error an address is a Ptr, not any number
    expectTypeOf(() => Allocator.from({ ...parts, allocate: () => 64 })).toBeFunction();
    expectTypeOf<Allocator>().toExtend<AllocatorParts>();
  });
});

describe("a lent allocator", () => {
  test("has all capabilities but reset", () => {
    expectTypeOf<CapabilitiesOf<Lent<Can<Capability>>>>().toEqualTypeOf<Exclude<Capability, "reset">>();
    const lent = (some as Can<"owns" | "reset">).byRef();
    expectTypeOf<CapabilitiesOf<typeof lent>>().toEqualTypeOf<"owns">();
    // @ts-expect-error a lent allocator cannot be reset
    lent.reset();
  });
});

describe("the adapters", () => {
  test("of malloc has no capability, of the five functions resizeInPlace", () => {
    expectTypeOf<CapabilitiesOf<ReturnType<typeof fromMalloc>>>().toEqualTypeOf<never>();
    expectTypeOf<CapabilitiesOf<ReturnType<typeof fromFiveFunctions>>>().toEqualTypeOf<"resizeInPlace">();
  });
});

describe("addresses and layouts", () => {
  test("a request may return NULL, and orThrow removes it", () => {
    expectTypeOf(some.allocate(layout)).toEqualTypeOf<Ptr | Null>();
    expectTypeOf(orThrow(some.allocate(layout), layout)).toEqualTypeOf<Ptr>();
    // @ts-expect-error it may be NULL
    some.deallocate(some.allocate(layout), layout);
  });

  test("a Ptr is a number, but a number is not a Ptr", () => {
    expectTypeOf<Ptr>().toExtend<number>();
    expectTypeOf<number>().not.toExtend<Ptr>();
    expectTypeOf<Null>().not.toExtend<Ptr>();
    expectTypeOf(memory.toPtr(64)).toEqualTypeOf<Ptr>();
  });

  test("a layout is made by its factories only, and is immutable", () => {
    // @ts-expect-error the constructor is private
    expectTypeOf(() => new Layout(8, 8)).toBeFunction();
    // @ts-expect-error it is read-only
    layout.size = 16;
    // @ts-expect-error an object like a layout has not been checked
    expectTypeOf(() => some.allocate({ size: 8, align: 8 })).toBeFunction();
  });

  test("a struct knows the names of its fields", () => {
    const struct = Layout.struct({ tag: layout, value: layout });
    expectTypeOf(struct).toEqualTypeOf<StructLayout<{ tag: Layout; value: Layout }>>();
    expectTypeOf(struct.offsets.tag).toEqualTypeOf<number>();
    // @ts-expect-error there is no such field
    expectTypeOf(struct.offsets.other).toBeAny();
  });

  test("a view has the requested type", () => {
    expectTypeOf(memory.view(Float32Array, ptr, 4)).toExtend<Float32Array>();
    expectTypeOf(memory.words(Int32Array, 4)).toExtend<Int32Array>();
  });
});
