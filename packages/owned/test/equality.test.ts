import { inspect } from "node:util";
import { array, Box, bool, f64, struct, text, u8, u32, Vec } from "@alloc/owned";
import { describe, expect, test } from "vitest";
import { root } from "./support.ts";

const Point = struct({ x: f64, y: f64 });
const Shape = struct({ name: text(4), isOpen: bool, at: Point, marks: array(u8, 2), corners: array(Point, 2) });
const shape = () => ({
  name: "Ada",
  isOpen: true,
  at: { x: 1, y: NaN },
  marks: [3, 4],
  corners: [
    { x: 5, y: 6 },
    { x: 7, y: -0 },
  ],
});

type Matcher = { asymmetricMatch(other: unknown): boolean };
/** The views of a shape that test runners read: the light one, and its items. */
const views = () => {
  const vec = Vec.from(Shape, [shape()], root());
  return { light: vec.peek(0), marks: vec.at(0).marks, corners: vec.at(0).corners } as unknown as Record<
    string,
    Matcher
  >;
};

describe("a view is equal to", () => {
  test.each([
    ["its plain value", shape()],
    ["one whose parts are matchers", { ...shape(), name: expect.any(String), marks: expect.anything() }],
    ["one with a matcher in a list", { ...shape(), marks: [expect.any(Number), 4] }],
    ["a matcher", expect.objectContaining({ name: "Ada" })],
    ["the view of an equal value", Box.new(Shape, shape(), root()).value],
    ["the light view of an equal value", Vec.from(Shape, [shape()], root()).peek(0)],
  ])("%s", (_what, other) => {
    expect(views().light!.asymmetricMatch(other)).toBe(true);
  });

  test.each([
    ["null", null],
    ["undefined", undefined],
    ["a number", 5],
    ["a text", "Ada"],
    ["nothing", {}],
    ["one more field", { ...shape(), more: undefined }],
    ["one field less", (({ name: _, ...rest }) => rest)(shape())],
    ["a field with another name", (({ name, ...rest }) => ({ title: name, ...rest }))(shape())],
    ["another text", { ...shape(), name: "Eve" }],
    ["another boolean", { ...shape(), isOpen: false }],
    ["a number in place of a boolean", { ...shape(), isOpen: 1 }],
    ["null in place of a field", { ...shape(), at: null }],
    ["a number in place of a struct", { ...shape(), at: 1 }],
    ["another number deep inside", { ...shape(), at: { x: 2, y: NaN } }],
    ["another zero deep inside", { ...shape(), corners: [shape().corners[0], { x: 7, y: 0 }] }],
    ["a shorter list", { ...shape(), marks: [3] }],
    ["a longer list", { ...shape(), marks: [3, 4, 5] }],
    ["an object in place of a list", { ...shape(), marks: { 0: 3, 1: 4 } }],
    ["a list in place of an object", { ...shape(), at: [1, NaN] }],
    ["a matcher that does not match", expect.objectContaining({ name: "Eve" })],
    ["a matcher deep inside that does not match", { ...shape(), marks: [expect.any(String), 4] }],
    ["a function", () => {}],
  ])("not %s", (_what, other) => {
    expect(views().light!.asymmetricMatch(other)).toBe(false);
  });

  test("a list of its elements, and no other list", () => {
    const { marks, corners } = views();
    expect([[3, 4], [3, 5], [3], { 0: 3, 1: 4 }, null].map((it) => marks!.asymmetricMatch(it))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(corners!.asymmetricMatch(shape().corners)).toBe(true);
    expect(corners!.asymmetricMatch(shape().corners.reverse())).toBe(false);
  });
});

describe("the items of an array", () => {
  const items = () => Box.new(array(Point, 2), shape().corners, root()).value;

  test("name their type and place", () => {
    expect(Object.prototype.toString.call(items())).toMatch(/array\(struct \{ x, y \}, 2\) at \d+/);
  });

  test("are refused by structuredClone, with a message that says what to post", () => {
    expect(() => structuredClone(items())).toThrow(/clone what \[\.\.\.view\] or get\(\) returns/);
  });

  test("print as a list", () => {
    expect([inspect(items()), JSON.stringify(items())]).toEqual([
      "[ { x: 5, y: 6 }, { x: 7, y: -0 } ]",
      '[{"x":5,"y":6},{"x":7,"y":0}]',
    ]);
  });

  test("have own fields from `at`, and are light views from `peek` and loops", () => {
    const it = items();
    expect([it.at(1), it.peek(1), ...it].map((view) => Object.hasOwn(view, "x"))).toEqual([true, false, false, false]);
    expect([it.at(1).x, it.peek(1).x, ...Array.from(it, ({ x }) => x)]).toEqual([7, 7, 5, 7]);
  });

  test("write to the memory of the array", () => {
    using box = Box.new(array(Point, 2), shape().corners, root());
    box.value.set(1, { x: 8, y: 9 });
    box.value.peek(0).y = 10;
    expect(box.get()).toEqual([{ x: 5, y: 10 }, { x: 8, y: 9 }]); // biome-ignore format: pairs
  });
});

describe("a long list", () => {
  test.each([
    [99, 99],
    [100, 100],
    [101, 101],
    [300, 101],
  ])("of %d elements prints %d", (length, printed) => {
    using vec = Vec.from(u32, Array(length).fill(7), root());
    const list = JSON.parse(JSON.stringify(vec));
    expect([list.length, list[98], list[100]]).toEqual([
      printed,
      7,
      length > 100 ? `… ${length - 100} more` : undefined,
    ]);
  });

  test("is compared in full", () => {
    const values = Array(300).fill(7);
    const { value } = Box.new(array(u8, 300), values, root());
    expect([values, values.with(299, 8)].map((it) => (value as unknown as Matcher).asymmetricMatch(it))).toEqual([
      true,
      false,
    ]);
  });
});
