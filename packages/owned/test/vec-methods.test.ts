import { limit } from "@alloc/combinators";
import { system } from "@alloc/global";
import { array, Box, bool, f64, struct, text, u8, u32, Vec, type View } from "@alloc/owned";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { counted, held, root, thrown } from "./support.ts";

type Value = { id: number };
const values = (...ids: number[]): Value[] => ids.map((id) => ({ id }));
const idsOf = (vec: Iterable<View<Value>>) => Array.from(vec, ({ id }) => id);

/** A guarded setting: a type that records drops, whose clone throws after `clones` of them. */
function setting(clones = Infinity) {
  const heap = system({ parent: root() });
  const dropped: number[] = [];
  let left = clones;
  const T = struct(
    { id: u32 },
    {
      drop: ({ id }) => dropped.push(id),
      clone({ id }) {
        if (left-- === 0) throw new Error("no clone");
        return { id: id + 100 };
      },
    },
  );
  return { heap, dropped, T, vecOf: (...ids: number[]) => Vec.from(T, values(...ids), heap) };
}

const heap = system({ parent: root() });
const numbers = (...list: number[]) => Vec.from(u32, list, heap);

/** Steps with the same result for a Vec and for a list. */
const STEPS: Record<string, (vec: Vec<number>, list: number[], a: number, b: number, value: number) => void> = {
  clear(vec, list) {
    vec.clear();
    list.length = 0;
  },
  retain(vec, list, a) {
    vec.retain((it, index) => (it + index) % 3 !== a % 3);
    list.splice(0, list.length, ...list.filter((it, index) => (it + index) % 3 !== a % 3));
  },
  splice(vec, list, a, b, value) {
    expect(vec.splice(a, b, value, value + 1)).toEqual(list.splice(a, b, value, value + 1));
  },
  "splice of the rest": (vec, list, a) => expect(vec.splice(a)).toEqual(list.splice(a)),
  drain(vec, list, a, b) {
    const [start, end] = [a, b].map((it) => Math.min(Math.abs(it), list.length)).sort((one, other) => one - other);
    expect(vec.drain(start, end)).toEqual(list.splice(start!, end! - start!));
  },
  resize(vec, list, a, _b, value) {
    const length = Math.abs(a);
    vec.resize(length, value);
    while (list.length < length) list.push(value);
    list.length = length;
  },
  fill(vec, list, a, b, value) {
    vec.fill(value, a, b);
    list.fill(value, a, b);
  },
  slice(vec, list, a, b) {
    using part = vec.slice(a, b);
    expect([...part]).toEqual(list.slice(a, b));
  },
  indexOf: (vec, list, a, _b, value) => expect(vec.indexOf(value, a)).toBe(list.indexOf(value, a)),
  entries: (vec, list) => expect([...vec.entries()]).toEqual([...list.entries()]),
  extend(vec, list) {
    if (list.length > 30) return;
    vec.extend(vec);
    list.push(...list);
  },
  push(vec, list, _a, _b, value) {
    vec.push(value);
    list.push(value);
  },
};

test("any sequence of methods has the same result for a Vec as for an Array", () => {
  const step = fc.tuple(
    fc.constantFrom(...Object.keys(STEPS)),
    fc.integer({ min: -9, max: 9 }),
    fc.integer({ min: -9, max: 9 }),
    fc.nat(5),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const own = system({ parent: root() });
      const vec = Vec.new(u32, own);
      const list: number[] = [];
      for (const [name, a, b, value] of steps) {
        STEPS[name]!(vec, list, a, b, value);
        expect([...vec], name).toEqual(list);
      }
      vec.dispose();
      own.trim();
      expect(held(own)).toBe(0);
    }),
  );
});

describe.each(["at", "peek"] as const)("%s", (method) => {
  test("returns what Array.prototype.at returns, and throws where that has no element", () => {
    const index = fc.integer({ min: -9, max: 8 });
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 32 - 1), { maxLength: 6 }), index, (list, at) => {
        using vec = numbers(...list);
        using box = Box.new(array(u32, list.length), list, heap);
        const expected = list.at(at);
        for (const it of [vec, box.value]) {
          if (expected === undefined) expect(() => it[method](at)).toThrow(/^(expected an index from|there are no)/);
          else expect(it[method](at)).toBe(expected);
        }
      }),
    );
  });
});

test.each(["get", "remove", "swapRemove"] as const)("%s counts from 0 alone", (method) => {
  expect(thrown(() => numbers(1, 2, 3)[method](-1))).toBe("OwnedError: index");
});

describe("elements that own something", () => {
  test("are dropped once by clear and retain, and not by drain and splice", () => {
    const { vecOf, dropped } = setting();
    using vec = vecOf(1, 2, 3, 4, 5, 6, 7);
    vec.retain(({ id }) => id % 3 !== 0);
    expect([idsOf(vec), dropped]).toEqual([[1, 2, 4, 5, 7], [3, 6]]); // biome-ignore format: pairs
    expect(vec.drain(1, 3)).toEqual(values(2, 4));
    expect(vec.splice(0, 1, { id: 8 }, { id: 9 })).toEqual(values(1));
    expect([idsOf(vec), dropped]).toEqual([[8, 9, 5, 7], [3, 6]]); // biome-ignore format: pairs
    vec.clear();
    expect(dropped).toEqual([3, 6, 8, 9, 5, 7]);
  });

  test("are cloned by fill, resize and slice, but for the last; replaced ones are dropped", () => {
    const { vecOf, dropped } = setting();
    const vec = vecOf(1, 2, 3);
    vec.fill({ id: 5 }, 1);
    expect([idsOf(vec), dropped]).toEqual([[1, 105, 5], [2, 3]]); // biome-ignore format: pairs
    vec.resize(5, { id: 7 });
    expect(idsOf(vec)).toEqual([1, 105, 5, 107, 7]);
    const part = vec.slice(-2);
    expect(idsOf(part)).toEqual([207, 107]);
    vec.resize(1, { id: 9 });
    expect(dropped).toEqual([2, 3, 105, 5, 107, 7]);
    part.dispose();
    vec.dispose();
    expect(dropped).toEqual([2, 3, 105, 5, 107, 7, 207, 107, 1]);
  });

  test.each([
    ["fill", (vec: Vec<Value>) => vec.fill({ id: 5 })],
    ["resize", (vec: Vec<Value>) => vec.resize(8, { id: 5 })],
    ["slice", (vec: Vec<Value>) => vec.slice()],
  ])("stay as they are if a clone throws in %s, and the clones made so far are dropped", (_what, call) => {
    const { heap, vecOf, dropped } = setting(2);
    const vec = vecOf(1, 2, 3, 4);
    const before = heap.footprint().held;
    expect(() => call(vec)).toThrow("no clone");
    expect([idsOf(vec), dropped.length, new Set(dropped).size, heap.footprint().held]).toEqual([
      [1, 2, 3, 4],
      2,
      _what === "slice" ? 2 : 1,
      before,
    ]);
  });

  test("are not cloned for a length that the allocator never serves", () => {
    let clones = 0;
    const clone = (value: View<Value>) => {
      clones++;
      return value;
    };
    const Counted = struct({ id: u32 }, { drop: () => {}, clone });
    using small = limit(system(), 400);
    using vec = Vec.from(Counted, values(1, 2), small);
    expect(thrown(() => vec.resize(101, { id: 3 }))).toBe("AllocError: no-room");
    expect([clones, vec.length]).toEqual([0, 2]);
  });

  test("are all dropped once even if drop functions throw", () => {
    const dropped: number[] = [];
    const Bad = struct(
      { id: u32 },
      {
        drop({ id }) {
          dropped.push(id);
          throw new Error(`drop ${id}`);
        },
        clone: ({ id }) => ({ id: id + 10 }),
      },
    );
    const vec = Vec.from(Bad, values(1, 2, 3, 4, 5), heap);
    expect(() => vec.retain(({ id }) => id > 2)).toThrow(AggregateError);
    expect(() => vec.fill({ id: 7 }, 1)).toThrow(AggregateError);
    expect([idsOf(vec), dropped]).toEqual([[3, 17, 7], [1, 2, 4, 5]]); // biome-ignore format: pairs
    expect(() => vec.clear()).toThrow(AggregateError);
    expect([vec.length, dropped.length]).toEqual([0, 7]);
    vec.dispose();
  });

  test("without a clone function cannot be multiplied", () => {
    const Single = struct({ id: u32 }, { drop: () => {} });
    using vec = Vec.from(Single, values(1, 2), heap);
    for (const call of [() => vec.fill({ id: 3 }), () => vec.resize(9, { id: 3 }), () => vec.slice()]) {
      expect(thrown(call)).toBe("OwnedError: no-clone");
    }
    vec.resize(3, { id: 3 });
    expect(idsOf(vec)).toEqual([1, 2, 3]);
  });
});

describe("a callback", () => {
  test.each([
    ["throws", () => { throw new Error("boom"); }, "Error: boom"], // biome-ignore format: a line each
    ["pops", (vec: Vec<Value>) => void vec.pop(), "MisuseError: reentrant"],
    ["makes the block move", (vec: Vec<Value>) => vec.reserve(1000), "MisuseError: reentrant"],
    ["disposes of the Vec", (vec: Vec<Value>) => vec.dispose(), "MisuseError: disposed"],
  ])("of retain that %s drops nothing more", (_what, act, error) => {
    const { vecOf, dropped } = setting();
    const vec = vecOf(1, 2, 3);
    const keeps = ({ id }: View<Value>) => {
      if (id === 2) act(vec);
      return false;
    };
    expect(thrown(() => vec.retain(keeps))).toBe(error);
    const isGone = error === "MisuseError: disposed";
    expect(dropped).toEqual(isGone ? [1, 2, 3] : []);
  });

  test("of retain is required", () => {
    expect(() => numbers(1).retain(5 as never)).toThrow("vec.retain((element) => element.x > 0)");
  });

  test("that is a getter of a value to insert may not change the Vec", () => {
    const { vecOf, dropped } = setting();
    const vec = vecOf(1, 2, 3);
    const value = {
      get id() {
        vec.pop();
        return 9;
      },
    };
    const clones = [() => vec.splice(0, 1, value), () => vec.fill(value), () => vec.resize(9, value)].map((call) => {
      const before = dropped.length;
      expect(thrown(call)).toBe("MisuseError: reentrant");
      return dropped.length - before;
    });
    // Of the clones alone: no element was dropped. Fill made one for 2 elements, resize 7 for 8 more.
    expect([vec.length, new Set(dropped), clones]).toEqual([0, new Set([109]), [0, 1, 7]]);
  });
});

describe("indexOf", () => {
  test("compares numbers and texts by ===, and structs and arrays field by field", () => {
    const Point = struct({ x: f64, name: text(4), marks: array(u8, 2) });
    const point = (x: number) => ({ x, name: "a", marks: [x, 2] });
    using points = Vec.from(Point, [point(1), point(2), point(1)], heap);
    using flags = Vec.from(bool, [true, false], heap);
    using words = Vec.from(text(4), ["a", "b"], heap);
    using floats = Vec.from(f64, [NaN, -0], heap);
    expect([
      points.indexOf(point(1)),
      points.indexOf(point(1), 1),
      points.indexOf(points.at(1) as never),
      points.indexOf(point(3)),
      flags.indexOf(false),
      words.indexOf("b"),
      words.indexOf("c"),
      floats.indexOf(NaN),
      floats.indexOf(0),
    ]).toEqual([0, 2, 1, -1, 1, 1, -1, -1, 1]);
  });

  test("finds a live value that has a drop function, which is not moved", () => {
    const { vecOf } = setting();
    using vec = vecOf(1, 2);
    expect(vec.indexOf(vec.get(1))).toBe(1);
  });
});

describe("a copy of another Vec", () => {
  const Point = struct({ x: f64, y: f64 });
  const points = [
    { x: 1, y: 2 },
    { x: 3, y: 4 },
  ];

  test("is one of its bytes: no element is read on its own", () => {
    using source = Vec.from(Point, points, heap);
    const view = source.view(Float64Array);
    view[1] = NaN;
    using copy = Vec.from(Point, source, system({ parent: root() }));
    copy.extend(source);
    expect([...copy.view(Float64Array)]).toEqual([...view, ...view]);
  });

  test("may be appended to itself, with growth or without", () => {
    using vec = Vec.from(Point, points, heap);
    for (let round = 0; round < 5; round++) vec.extend(vec);
    expect([vec.length, vec.get(63)]).toEqual([64, points[1]]);
  });

  test("is refused once the other one has ended", () => {
    const source = Vec.from(Point, points, heap);
    source.dispose();
    expect(thrown(() => Vec.from(Point, source, heap))).toBe("MisuseError: disposed");
  });

  test("of elements without size has their number", () => {
    using vec = Vec.from(struct({}), [{}, {}], heap);
    vec.extend(vec);
    vec.resize(7, {});
    vec.fill({});
    using part = vec.slice(1);
    expect([vec.length, part.length, vec.drain(2).length, vec.length]).toEqual([7, 6, 5, 2]);
  });
});

test.each([0.5, NaN, "1"])("an index %s is refused by each method", (index) => {
  using vec = numbers(1, 2, 3);
  const at = index as number;
  const uses = [
    () => vec.splice(at),
    () => vec.drain(at),
    () => vec.fill(1, at),
    () => vec.slice(at),
    () => vec.indexOf(1, at),
    () => vec.resize(at, 1),
  ];
  for (const use of uses) expect(thrown(use), String(use)).toBe("OwnedError: index");
  expect([...vec]).toEqual([1, 2, 3]);
});

test("drain refuses a range that is not in the Vec", () => {
  using vec = numbers(1, 2, 3);
  for (const [start, end] of [
    [0, 4],
    [2, 1],
    [-1, 2],
  ]) {
    // biome-ignore format: pairs
    expect(thrown(() => vec.drain(start, end))).toBe("OwnedError: index");
  }
});

test("every method throws after the Vec was disposed of", () => {
  const vec = numbers(1, 2);
  vec.dispose();
  const uses = [
    () => vec.clear(),
    () => vec.retain(() => true),
    () => vec.splice(0),
    () => vec.drain(),
    () => vec.resize(1, 1),
    () => vec.fill(1),
    () => vec.slice(),
    () => vec.indexOf(1),
    () => [...vec.entries()],
  ];
  for (const use of uses) expect(thrown(use), String(use)).toBe("MisuseError: disposed");
  expect(counted().dropped).toEqual([]);
});
