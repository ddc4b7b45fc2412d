import { type Allocator, type ArrayView, Memory, type Null, type Ptr, pages } from "@alloc/core";
import {
  Arc,
  array,
  Box,
  bool,
  Columns,
  f32,
  f64,
  type Items,
  i16,
  isShared,
  ptr,
  Rc,
  type ReadonlyView,
  struct,
  type Type,
  text,
  u8,
  u64,
  type ValueOf,
  Vec,
  type View,
} from "@alloc/owned";
import { expectTypeOf } from "vitest";

const heap = pages();
const Point = struct({ x: f64, y: f64 });
const All = struct({
  on: bool,
  big: u64,
  name: text(8),
  next: ptr,
  at: Point,
  list: array(u8, 3),
  points: array(Point, 2),
});

// The types of values follow from their fields, and so do the types of views.
type Value = {
  on: boolean;
  big: bigint;
  name: string;
  next: Ptr | Null;
  at: { x: number; y: number };
  list: number[];
  points: { x: number; y: number }[];
};
expectTypeOf<ValueOf<typeof All>>().toEqualTypeOf<Value>();
expectTypeOf(Box.new(Point, { x: 1, y: 2 }, heap)).toEqualTypeOf<Box<{ x: number; y: number }>>();
expectTypeOf(Box.new(f64, 1, heap).value).toEqualTypeOf<number>();
expectTypeOf<View<Value>["at"]>().toEqualTypeOf<{ x: number; y: number }>();
expectTypeOf<View<Value>["list"]>().toEqualTypeOf<Items<number>>();
expectTypeOf<View<Value>["points"]>().toEqualTypeOf<Items<{ x: number; y: number }>>();
expectTypeOf<View<Value>["next"]>().toEqualTypeOf<Ptr | Null>();

// A value of another shape does not compile, nor does a missing allocator.
// @ts-expect-error: y is missing
Box.new(Point, { x: 1 }, heap);
// @ts-expect-error: x is a number
Vec.new(Point, heap).push({ x: "1", y: 2 });
// @ts-expect-error: the allocator is missing
Box.new(f64, 1);
Box.in(heap).new(f64, 1);
expectTypeOf(Vec.in(heap).from(Point, []).intoBox()).toEqualTypeOf<Box<{ x: number; y: number }[]>>();

// A value with several owners is shown read-only.
const rc = Rc.new(All, {} as Value, heap);
expectTypeOf(rc.value).toEqualTypeOf<ReadonlyView<Value>>();
// @ts-expect-error: it cannot be written to
rc.value.at.x = 1;
// @ts-expect-error: nor can its elements
rc.value.list.set(0, 1);
rc.borrowMut((value) => {
  value.at.x = 1;
  value.list.set(0, 1);
});

// An Arc needs a memory that is known to be shared.
const some: Allocator = pages(Memory.linear({ shared: true }));
// @ts-expect-error: the memory is not known to be shared
Arc.new(f64, 1, some);
// @ts-expect-error: the memory is not shared
Arc.new(f64, 1, heap);
if (isShared(some)) expectTypeOf(Arc.new(f64, 1, some)).toEqualTypeOf<Arc<number>>();
expectTypeOf(Arc.new(f64, 1, pages(Memory.linear({ shared: true })))).toEqualTypeOf<Arc<number>>();
expectTypeOf(Arc.in(pages(Memory.over(new SharedArrayBuffer(8)))).new(f64, 1)).toEqualTypeOf<Arc<number>>();

// A column has the typed array of its field's value type.
const Row = struct({ id: u8, x: f32, y: f64, z: i16, hash: u64, on: bool, name: text(8), at: Point });
const rows = Columns.new(Row, heap);
expectTypeOf(rows.view("id")).toEqualTypeOf<Uint8Array>();
expectTypeOf(rows.view("x")).toEqualTypeOf<Float32Array>();
expectTypeOf(rows.view("y")).toEqualTypeOf<Float64Array>();
expectTypeOf(rows.view("z")).toEqualTypeOf<Int16Array>();
expectTypeOf(rows.view("hash")).toEqualTypeOf<BigUint64Array>();
expectTypeOf(rows.view("on")).toEqualTypeOf<never>();
expectTypeOf(rows.view("name")).toEqualTypeOf<never>();
expectTypeOf(rows.view("at")).toEqualTypeOf<never>();
// @ts-expect-error: no such field
rows.view("w");
const Loose: Type<{ x: number }> = struct({ x: f32 });
expectTypeOf(Columns.from(Loose, [{ x: 1 }], heap).view("x")).toEqualTypeOf<ArrayView>();
