import assert from "node:assert";
import { inspect } from "node:util";
import { Memory, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { Arc, array, Box, Columns, f64, i64, RawVec, Rc, struct, type Type, text, u8, u32, Vec } from "@alloc/owned";
import { describe, expect, test } from "vitest";
import { root, thrown } from "./support.ts";

const heap = root();
const Point = struct({ x: f64, y: f64 });
const Town = struct({ name: text(8), at: Point, marks: array(u8, 3), corners: array(Point, 2) });
const town = {
  name: "Grönau",
  at: { x: 1, y: 2 },
  marks: [3, 4, 5],
  corners: [
    { x: 6, y: 7 },
    { x: 8, y: 9 },
  ],
};

describe.each([
  ["value of a Box", () => Box.new(Town, town, heap).value],
  ["value of an Rc", () => Rc.new(Town, town, heap).value],
  ["element of a Vec", () => Vec.from(Town, [town], heap).at(0)],
  ["element of an array", () => Box.new(array(Town, 1), [town], heap).value.at(0)],
])("the view of a struct as %s", (_what, show) => {
  const view = show() as typeof town;

  test("has its fields as own properties, and no others", () => {
    expect(Object.keys(view)).toEqual(Object.keys(town));
    expect(Reflect.ownKeys(view)).toEqual(Object.keys(town));
    expect(Object.keys(view.at)).toEqual(["x", "y"]);
    expect({ ...view.at }).toEqual({ x: 1, y: 2 });
    expect("x" in view.at && Object.hasOwn(view.at, "x")).toBe(true);
  });

  test("equals its plain value in test runners, and no other", () => {
    expect(view).toEqual(town);
    expect(town).toEqual(view);
    expect(view.at).toStrictEqual({ x: 1, y: 2 });
    expect(view).not.toEqual({ ...town, name: "x" });
    expect(view).not.toEqual({ ...town, marks: [3, 4, 6] });
    expect(view).not.toEqual({ ...town, more: 1 });
    expect(view).toMatchObject({ at: { x: 1 } });
    assert.deepEqual(view.at, { x: 1, y: 2 });
    assert.notDeepEqual(view.at, { x: 1, y: 3 });
  });

  test("prints as a plain value", () => {
    expect(JSON.stringify(view)).toBe(JSON.stringify(town));
    expect(inspect(view, { depth: 5 })).toBe(inspect(town, { depth: 5 }));
  });
});

describe("the light view of a loop", () => {
  const vec = Vec.from(
    Point,
    [
      { x: 1, y: 2 },
      { x: 1, y: 2 },
    ],
    heap,
  );
  const [one, other] = [...vec];

  test("prints as a plain value, and equals it in test runners", () => {
    expect([JSON.stringify(one), inspect(one)]).toEqual(['{"x":1,"y":2}', "{ x: 1, y: 2 }"]);
    expect(one).toEqual({ x: 1, y: 2 });
    expect([...vec]).toEqual([
      { x: 1, y: 2 },
      { x: 1, y: 2 },
    ]);
    expect(one).not.toEqual({ x: 1, y: 3 });
    expect(vec.peek(1)).toEqual({ x: 1, y: 2 });
  });

  test("differs from a view of another element with another value", () => {
    expect(one).not.toEqual(other);
    expect(() => structuredClone(one)).toThrow(/Memory/);
  });
});

describe("two light views at one address of two memories", () => {
  const Both = struct({ x: f64, n: i64 });
  const viewOf = (x: number, n: bigint) =>
    Vec.from(Both, [{ x, n }], system({ parent: pages(Memory.linear()) })).peek(0);

  test.each([
    [1, 2n],
    [Number.NaN, 2n],
    [-0, 2n],
    [Infinity, 2n],
  ])("are equal with %s and %s in both", (x, n) => {
    assert.deepEqual(viewOf(x, n), viewOf(x, n));
    expect(viewOf(x, n)).toEqual(viewOf(x, n));
  });

  test.each([
    [1, 2n, 1, 3n],
    [Number.NaN, 2n, Infinity, 2n],
    [0, 2n, -0, 2n],
  ])("differ with %s and %s in one, %s and %s in the other", (x, n, y, m) => {
    assert.notDeepEqual(viewOf(x, n), viewOf(y, m));
    expect(viewOf(x, n)).not.toEqual(viewOf(y, m));
  });

  test("do not throw in a test runner when the memory is gone", () => {
    const buffer = new ArrayBuffer(2 ** 16);
    const view = Vec.from(Both, [{ x: 1, n: 2n }], system({ parent: pages(Memory.over(buffer)) })).peek(0);
    structuredClone(buffer, { transfer: [buffer] });
    expect(Object.prototype.toString.call(view)).toMatch(/ at \d+: \[a view whose memory is gone\]\]$/);
  });

  test("are a title and an address as a text", () => {
    expect(String(viewOf(1, 2n))).toMatch(/^struct \{ x, n \} at \d+$/);
  });
});

describe("a handle", () => {
  const shared = pages(Memory.linear({ shared: true, maximum: 2 ** 20 }));
  const point = { x: 1, y: 2 };
  const HANDLES = {
    Box: [() => Box.new(Point, point, heap), point, "Box of struct { x, y } { x: 1, y: 2 }"],
    Rc: [() => Rc.new(Point, point, heap), point, "Rc of struct { x, y } { x: 1, y: 2 }"],
    Arc: [() => Arc.new(Point, point, shared), point, "Arc of struct { x, y } { x: 1, y: 2 }"],
    Vec: [() => Vec.from(u32, [1, 2], heap), [1, 2], "Vec of u32, length 2 [ 1, 2 ]"],
    RawVec: [() => RawVec.withCapacity(u8, 7, heap), { capacity: 7 }, "RawVec of u8 { capacity: 7 }"],
  } as const;

  test.each(Object.entries(HANDLES))(
    "of kind %s prints its value, and null once it is spent",
    (_kind, [make, json, text]) => {
      const handle = make();
      expect(JSON.parse(JSON.stringify(handle))).toEqual(json);
      expect(inspect(handle)).toBe(text);
      expect(text.startsWith(String(handle))).toBe(true);
      handle.dispose();
      expect([JSON.stringify(handle), inspect(handle)]).toEqual(["null", `${handle} (spent)`]);
    },
  );

  test.each(Object.entries(HANDLES))(
    "of kind %s has no internals among its keys, and is refused by structuredClone",
    (kind, [make]) => {
      using handle = make();
      expect(Object.keys(handle).filter((key) => key !== "length")).toEqual(["allocator", "type"]);
      expect(() => structuredClone(handle), kind).toThrow(/Memory.*could not be cloned/);
    },
  );

  test("equals only itself in test runners, without a deep comparison", () => {
    const [one, other] = [Box.new(Point, point, heap), Box.new(Point, point, root())];
    expect(one).toEqual(one);
    expect(one).not.toEqual(other);
    expect(one).not.toEqual(Box.new(Point, point, heap));
    expect(Vec.from(u32, [1], heap)).not.toEqual(Vec.from(u32, [2], heap));
    expect(() => assert.deepStrictEqual(one, other)).toThrow();
  });

  test("of many elements prints the first 100, and their number", () => {
    using vec = Vec.from(
      u32,
      Array.from({ length: 100_000 }, (_, index) => index),
      heap,
    );
    const list = JSON.parse(JSON.stringify(vec));
    expect([list.length, list[99], list[100]]).toEqual([101, 99, "… 99900 more"]);
    expect(inspect(vec, { maxArrayLength: 1000 })).toMatch(/99,\n.*… 99900 more\n\]$/);
    using box = vec.intoBox();
    expect(JSON.stringify(box).length).toBeLessThan(500);
    expect(JSON.stringify(box.value).length).toBeLessThan(500);
  });
});

describe("a message of node:assert, which inspects what is enumerable to any depth, stays short for", () => {
  // The options of AssertionError: without custom functions, and every element of a typed array.
  const options = { customInspect: false, depth: 1000, maxArrayLength: Infinity, getters: true, showProxy: false };
  const towns = Vec.from(Town, [town, town], heap);
  const columns = Columns.from(Point, [{ x: 1, y: 2 }], heap);
  const rc = Rc.new(Town, town, heap);

  test.each([
    ["the view of a struct", towns.at(0)],
    ["a light view", towns.peek(0)],
    ["a view of a loop", [...towns][1]],
    ["a view of an array", towns.at(0).corners],
    ["a Vec", towns],
    ["a view that has ended", ended(Box.new(Town, town, heap))],
    ["a Box", Box.new(Town, town, heap)],
    ["an Rc", rc],
    ["a Weak", rc.downgrade()],
    ["an Arc", Arc.new(Point, { x: 1, y: 2 }, pages(Memory.linear({ shared: true, maximum: 2 ** 20 })))],
    ["a RawVec", RawVec.withCapacity(u8, 7, heap)],
    ["Columns", columns],
    ["a row", [...columns][0]],
  ])("%s", (_what, value) => {
    expect(inspect(value, options).length).toBeLessThan(10_000);
  });

  function ended<T>(box: Box<T>): unknown {
    const view = box.value;
    box.dispose();
    return view;
  }
});

test("an ended view prints as such, and nothing is read", () => {
  const box = Box.new(Town, town, heap);
  const { value } = box;
  const { marks } = value;
  const [light] = Vec.from(Point, [{ x: 1, y: 2 }], heap);
  box.dispose();
  expect([inspect(value), inspect(marks), inspect(light)]).toEqual([
    "[a view that has ended]",
    "[a view that has ended]",
    "{ x: 1, y: 2 }",
  ]);
  expect(thrown(() => JSON.stringify(value))).toBe("MisuseError: disposed");
});

test.each(["constructor", "toString", "then", "hasOwnProperty", "toJSON", "asymmetricMatch", "length", "valueOf"])(
  "a field may be called %s",
  (name) => {
    const type = struct({ x: u32, [name]: u32 }) as Type<Record<string, number>>;
    const box = Box.new(type, { x: 1, [name]: 2 }, heap);
    const vec = Vec.from(type, [{ x: 1, [name]: 2 }], heap);
    box.value[name]! += 1;
    vec.at(0)[name]! += 1;
    for (const it of vec) it[name]! += 1;
    expect([box.value[name], box.get()[name], vec.get(0)[name]]).toEqual([3, 3, 4]);
    expect(Object.keys(box.value)).toEqual(["x", name]);
  },
);

test.each(["@alloc/at", "@alloc/window"])("a field must not be called %s", (name) => {
  expect(thrown(() => struct({ [name]: u32 }))).toBe("OwnedError: type");
});

test("names of types in messages have a bounded length", () => {
  const fields = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`field${index}`, u32]));
  const Many = struct({ ...fields, [`long${"g".repeat(10_000)}`]: u32 });
  expect(Many["@alloc/Type"].length).toBeLessThan(120);
  expect(array(array(Many, 2), 2)["@alloc/Type"].length).toBeLessThan(200);
  const message = (value: unknown) => {
    try {
      Box.new(Many, value as never, heap);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  const good = Object.fromEntries(Object.keys(fields).map((name) => [name, 0]));
  expect(message({ ...good, [`long${"g".repeat(10_000)}`]: "x" }).length).toBeGreaterThan(50);
  for (const value of [
    null,
    {},
    { ...good, [`long${"g".repeat(10_000)}`]: "y".repeat(9999) },
    { field0: 10n ** 5000n },
  ]) {
    expect(message(value).length).toBeLessThan(400);
  }
});
