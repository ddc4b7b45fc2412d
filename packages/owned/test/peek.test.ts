import { Memory, pages } from "@alloc/core";
import { Arc, array, Box, f64, Rc, struct, text, u8, Vec } from "@alloc/owned";
import { describe, expect, test } from "vitest";
import { root, thrown } from "./support.ts";

const Point = struct({ x: f64, y: f64 });
const Line = struct({ from: Point, tags: array(u8, 2), name: text(4) });
const line = { from: { x: 1, y: 2 }, tags: [3, 4], name: "a" };
const shared = pages(Memory.linear({ shared: true, maximum: 2 ** 20 }));

describe.each([
  ["a Box", () => Box.new(Point, { x: 1, y: 2 }, root())],
  ["an Rc", () => Rc.new(Point, { x: 1, y: 2 }, root())],
  ["an Arc", () => Arc.new(Point, { x: 1, y: 2 }, shared)],
])("the light view of %s", (_what, make) => {
  test("reads and writes the memory that the other view shows, and stays the same view", () => {
    using handle = make();
    const view = handle.peek() as { x: number; y: number };
    view.y = view.x + 4;
    expect([handle.value.y, handle.get(), handle.peek() === view]).toEqual([5, { x: 1, y: 5 }, true]);
  });

  test("has its fields on the prototype, prints them, and equals its plain value", () => {
    using handle = make();
    expect(Object.hasOwn(handle.peek(), "x")).toBe(false);
    expect(JSON.stringify(handle.peek())).toBe('{"x":1,"y":2}');
    expect(handle.peek()).toEqual({ x: 1, y: 2 });
  });

  test("throws once the handle has ended, to read and to write", () => {
    const handle = make();
    const view = handle.peek() as { x: number };
    handle.dispose();
    expect([thrown(() => view.x), thrown(() => Object.assign(view, { x: 1 })), thrown(() => handle.peek())]).toEqual([
      "MisuseError: disposed",
      "MisuseError: disposed",
      "MisuseError: disposed",
    ]);
  });
});

test("a light view ends with the views made from it", () => {
  const box = Box.new(Line, line, root());
  const { from, tags } = box.peek();
  from.x = 9;
  expect([box.get().from.x, tags.at(1)]).toEqual([9, 4]);
  box.dispose();
  for (const use of [() => from.x, () => tags.at(0)]) expect(thrown(use)).toBe("MisuseError: disposed");
});

test("the light view of a number is the number", () => {
  using box = Box.new(f64, 0.5, root());
  expect(box.peek()).toBe(0.5);
});

test("the light view of an Rc is refused while a borrow changes the value", () => {
  using rc = Rc.new(Point, { x: 1, y: 2 }, root());
  rc.borrowMut(() => expect(thrown(() => rc.peek())).toBe("OwnedError: borrowed"));
  expect(rc.peek().x).toBe(1);
});

test("a leaked Box keeps its light view", () => {
  const box = Box.new(Point, { x: 1, y: 2 }, root());
  const view = box.peek();
  box.leak().x = 7;
  expect(view.x).toBe(7);
});

describe("a view with own fields", () => {
  test("is refused by structuredClone", () => {
    using box = Box.new(Point, { x: 1, y: 2 }, root());
    expect(() => structuredClone(box.value)).toThrow(/could not be cloned/);
  });

  test("keeps a property that is no field, and shows it after the fields", () => {
    using vec = Vec.from(Point, [{ x: 1, y: 2 }], root());
    const view = vec.at(0) as { x: number; note?: string };
    view.note = "seen";
    expect([view.note, Object.keys(view), { ...view }]).toEqual([
      "seen",
      ["x", "y", "note"],
      { x: 1, y: 2, note: "seen" },
    ]);
  });

  test("reads and writes more structs than there are functions for", () => {
    const types = Array.from({ length: 12 }, (_, at) => struct({ [`a${at}`]: f64, b: u8, c: text(3) }));
    for (const [at, type] of types.entries()) {
      const name = `a${at}`;
      using box = Box.new(type, { [name]: at, b: 7, c: "xyz" } as never, root());
      const view = box.value as unknown as Record<string, number>;
      view[name]! += 0.5;
      expect({ ...view }).toEqual({ [name]: at + 0.5, b: 7, c: "xyz" });
      expect(() => Box.new(type, { [name]: at, b: 256, c: "" } as never, root())).toThrow(".b: expected an integer");
    }
  });

  test("of a struct of many fields has them all", () => {
    const names = Array.from({ length: 20 }, (_, at) => `f${at}`);
    const Many = struct(Object.fromEntries(names.map((name) => [name, u8])));
    const value = Object.fromEntries(names.map((name, at) => [name, at]));
    using box = Box.new(Many, value, root());
    expect([box.get(), { ...box.value }]).toEqual([value, value]);
    expect(() => box.set({ ...value, f19: 300 })).toThrow(".f19: expected an integer from 0 to 255, got 300");
  });
});
