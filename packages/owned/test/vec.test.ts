import { Memory, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { array, bool, f64, i64, ptr, struct, text, u8, u16, u32, type ValueOf, Vec, type View } from "@alloc/owned";
import { scoped } from "@alloc/scoped";
import { sweepFailures, sweepText } from "@alloc/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { counted, held, root, spied, thrown } from "./support.ts";

const Point = struct({ x: f64, y: f64 });
const Node = struct({ key: u16, tag: text(3), next: ptr });
const heap = system({ parent: root() });
const numbers = (...values: number[]) => Vec.from(u32, values, heap);

describe("a Vec", () => {
  test("takes no memory while it is empty", () => {
    const parent = root();
    using vec = Vec.new(f64, parent);
    expect([vec.length, vec.capacity, held(parent), vec.pop(), [...vec]]).toEqual([0, 0, 0, undefined, []]);
  });

  test("lies as an array of C does: its view shows the fields", () => {
    using vec = Vec.from(
      Point,
      [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ],
      heap,
    );
    const view = vec.view(Float64Array);
    view[3] = 5;
    expect([[...view], vec.get(1)]).toEqual([[1, 2, 3, 5], { x: 3, y: 5 }]);
  });

  test("has a view of its length, not of its capacity, and none that is misaligned", () => {
    using vec = Vec.withCapacity(u8, 100, heap);
    vec.extend([1, 2, 3]);
    expect([...vec.view(Uint8Array)]).toEqual([1, 2, 3]);
    using texts = Vec.from(text(3), ["abc", "def", "ghi"], heap);
    expect(new TextDecoder().decode(texts.view(Uint8Array))).toBe("abcdefghi");
  });

  test.each([-1, 3, 0.5, NaN, Infinity, "1", undefined])("has no element %s", (index) => {
    using vec = numbers(1, 2, 3);
    using cursor = vec.cursor();
    const at = index as number;
    const uses = [
      () => vec.at(at),
      () => vec.get(at),
      () => vec.set(at, 1),
      () => vec.remove(at),
      () => vec.swapRemove(at),
      () => cursor.at(at),
    ];
    for (const use of uses) expect(thrown(use)).toBe("OwnedError: index");
    if (index !== 3) expect(thrown(() => vec.insert(at, 1))).toBe("OwnedError: index");
    expect([...vec]).toEqual([1, 2, 3]);
  });

  test("takes no value that does not fit, by any way, and is as it was", () => {
    using vec = numbers(1, 2, 3);
    const bad = "4" as unknown as number;
    const uses = [
      () => vec.push(bad),
      () => vec.insert(0, bad),
      () => vec.set(0, bad),
      () => vec.extend([4, bad]),
      () => Vec.from(u32, [1, bad], heap),
    ];
    for (const use of uses) expect(thrown(use)).toBe("OwnedError: value");
    expect([...vec]).toEqual([1, 2, 3]);
  });

  test("pushes and inserts what shows an element of itself, though the block moves", () => {
    using vec = Vec.withCapacity(Point, 1, heap);
    vec.push({ x: 1, y: 2 });
    for (let length = 1; length < 100; length++) {
      vec.push(vec.at(length - 1));
      vec.insert(0, vec.at(0));
      vec.extend(vec);
      vec.truncate(length + 1);
    }
    expect(Array.from({ length: 100 }, (_, index) => vec.get(index))).toEqual(Array(100).fill({ x: 1, y: 2 }));
  });

  test("in a scope drops its elements at the end of it", () => {
    const { Counted, dropped } = counted();
    using region = scoped(1024, { parent: root() });
    region.scope((inner) => {
      const vec = Vec.new(Counted, inner);
      for (const id of [1, 2, 3]) vec.push({ id });
    });
    expect(dropped).toEqual([1, 2, 3]);
  });

  test("drops what is replaced, truncated and left, and not what is handed out", () => {
    const { Counted, dropped } = counted();
    const vec = Vec.from(
      Counted,
      [0, 1, 2, 3, 4, 5, 6].map((id) => ({ id })),
      heap,
    );
    vec.set(0, { id: 10 });
    expect([vec.pop(), vec.remove(1), vec.swapRemove(0)]).toEqual([{ id: 6 }, { id: 1 }, { id: 10 }]);
    expect(dropped).toEqual([0]);
    vec.truncate(2);
    expect(dropped).toEqual([0, 3, 4]);
    vec.dispose();
    expect(dropped).toEqual([0, 3, 4, 5, 2]);
  });

  test("drops all elements though one throws, and gives its memory back", () => {
    const parent = root();
    const dropped: number[] = [];
    const Bad = struct(
      { id: u32 },
      {
        drop: ({ id }) => {
          dropped.push(id);
          if (id !== 1) throw new Error(`${id}`);
        },
      },
    );
    const vec = Vec.from(Bad, [{ id: 0 }, { id: 1 }, { id: 2 }], parent);
    expect(() => vec.dispose()).toThrow(AggregateError);
    expect([dropped, held(parent)]).toEqual([[0, 1, 2], 0]);
  });

  test("becomes a Box of its elements, and is spent", () => {
    const vec = Vec.from(
      Point,
      [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ],
      heap,
    );
    vec.reserve(100);
    using box = vec.intoBox();
    expect(box.value.at(1).y).toBe(4);
    expect(box.type.layout.size).toBe(32);
    expect(thrown(() => vec.push({ x: 1, y: 1 }))).toBe("MisuseError: disposed");
  });

  test("of elements without size holds any number of them in no memory", () => {
    const parent = root();
    using vec = Vec.new(struct({}), parent);
    for (let i = 0; i < 1000; i++) vec.push({});
    vec.insert(3, {});
    expect([vec.length, vec.capacity, vec.pop(), vec.remove(0), held(parent)]).toEqual([1001, Infinity, {}, {}, 0]);
    expect(vec.length).toBe(999);
  });

  test("after it was disposed of every use throws, and dispose does nothing", () => {
    const vec = numbers(1, 2, 3);
    const cursor = vec.cursor();
    const points = Vec.from(Point, [{ x: 1, y: 2 }], heap);
    const shown = points.at(0);
    vec.dispose();
    vec.dispose();
    points.dispose();
    const uses: (() => unknown)[] = [
      () => vec.push(1),
      () => vec.pop(),
      () => vec.at(0),
      () => vec.get(0),
      () => vec.set(0, 1),
      () => vec.insert(0, 1),
      () => vec.remove(0),
      () => vec.swapRemove(0),
      () => vec.extend([]),
      () => vec.truncate(0),
      () => vec.sort(),
      () => vec.cursor(),
      () => vec.view(Uint8Array),
      () => vec.reserve(1),
      () => vec.reserveExact(1),
      () => vec.shrinkToFit(),
      () => vec.intoBox(),
      () => [...vec],
      () => cursor.at(0),
      () => shown.x,
    ];
    for (const use of uses) expect(thrown(use), String(use)).toBe("MisuseError: disposed");
  });
});

describe("what it showed", () => {
  test("throws once the block has moved, and not while it lies where it was", () => {
    const parent = root();
    using vec = Vec.withCapacity(Point, 1, system({ parent }));
    vec.push({ x: 1, y: 2 });
    const shown = vec.at(0);
    vec.set(0, { x: 5, y: 6 });
    expect(shown.x).toBe(5);
    using other = Vec.withCapacity(Point, 1, vec.allocator);
    other.push({ x: 9, y: 9 });
    vec.reserve(1000);
    expect(thrown(() => shown.x)).toBe("MisuseError: disposed");
    expect(vec.at(0).x).toBe(5);
  });

  test("throws after it was shrunk, as what is behind the end is somebody else's", () => {
    using vec = Vec.from(
      Point,
      [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ],
      heap,
    );
    const shown = vec.at(1);
    vec.pop();
    vec.shrinkToFit();
    expect(thrown(() => shown.x)).toBe("MisuseError: disposed");
  });
});

describe("a cursor", () => {
  test("shows every element by one object, and writes it", () => {
    using vec = Vec.from(
      Point,
      [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ],
      heap,
    );
    using cursor = vec.cursor();
    const first = cursor.at(0);
    expect(cursor.at(1)).toBe(first);
    for (const point of cursor) point.x *= 2;
    expect([vec.get(0).x, vec.get(1).x, first.y]).toEqual([2, 6, 4]);
  });

  test("of numbers gives numbers, and of arrays their items", () => {
    using vec = numbers(7, 8);
    using lists = Vec.from(
      array(u16, 2),
      [
        [1, 2],
        [3, 4],
      ],
      heap,
    );
    using cursor = lists.cursor();
    expect([[...vec.cursor()], cursor.at(1).at(0)]).toEqual([[7, 8], 3]);
  });

  test("follows the Vec when the block moves and when the memory grows", () => {
    const memory = Memory.linear({ maximum: 2 ** 24 });
    const parent = system({ parent: pages(memory) });
    using vec = Vec.withCapacity(Point, 1, parent);
    using cursor = vec.cursor();
    for (let i = 0; i < 5000; i++) {
      vec.push({ x: i, y: 0 });
      const point = cursor.at(i);
      if (i % 500 === 0) memory.grow(65536);
      point.y = point.x + 1;
      expect(cursor.at(i >> 1).y).toBe((i >> 1) + 1);
    }
  });

  test("stands beside others of the same type, and throws once it was disposed of", () => {
    using vec = Vec.from(
      Point,
      [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ],
      heap,
    );
    const [one, other] = [vec.cursor(), vec.cursor()];
    const [a, b] = [one.at(0), other.at(1)];
    expect([a.x, b.x]).toEqual([1, 3]);
    one.dispose();
    one.dispose();
    expect(thrown(() => one.at(0))).toBe("MisuseError: disposed");
    using again = vec.cursor();
    expect([again.at(0) === a, other.at(1) === b, again.at(1).x, other.at(0).x]).toEqual([true, true, 3, 1]);
  });

  test("of a disposed cursor may go to another Vec of the type", () => {
    using one = Vec.from(Point, [{ x: 1, y: 2 }], heap);
    using other = Vec.from(Point, [{ x: 3, y: 4 }], system({ parent: root() }));
    one.cursor().dispose();
    const cursor = one.cursor();
    cursor.at(0);
    cursor.dispose();
    using second = other.cursor();
    expect(second.at(0).x).toBe(3);
  });
});

describe("growth", () => {
  test("of n pushes asks O(log n) times, for twice as much each time", () => {
    const { spy, calls } = spied();
    using vec = Vec.new(f64, spy);
    for (let i = 0; i < 100; i++) vec.push(i);
    const sizes = calls.filter((call) => call.startsWith("+")).map((call) => parseInt(call.slice(1), 10));
    expect([sizes, vec.capacity]).toEqual([[32, 64, 128, 256, 512, 1024], 128]);
  });

  test("that has no room adds nothing", () => {
    using vec = Vec.from(u8, [1, 2, 3], pages(Memory.linear({ maximum: 2 * 65536 })));
    expect(thrown(() => vec.extend(Array(65537).fill(4)))).toBe("AllocError: no-room");
    expect([...vec]).toEqual([1, 2, 3]);
  });

  test.each([-1, 0.5, NaN, Infinity, 2 ** 32])("by %d elements is refused", (count) => {
    using vec = numbers(1);
    expect(thrown(() => vec.reserve(count))).toMatch(/^LayoutError/);
    expect(thrown(() => vec.reserveExact(count))).toMatch(/^LayoutError/);
    expect(thrown(() => Vec.withCapacity(u32, count, heap))).toMatch(/^LayoutError/);
    expect([...vec]).toEqual([1]);
  });

  test("every failing allocation leaves the elements as they were, and nothing behind", async () => {
    const report = await sweepFailures(
      (allocator) => {
        using vec = Vec.withCapacity(Point, 1, allocator);
        const before: unknown[] = [];
        const steps = [
          () => vec.push({ x: 1, y: 2 }),
          () => vec.push({ x: 3, y: 4 }),
          () => vec.insert(0, { x: 5, y: 6 }),
          () => vec.extend(Array(9).fill({ x: 7, y: 8 })),
          () => vec.reserveExact(50),
          () => vec.shrinkToFit(),
        ];
        for (const step of steps) {
          before.splice(0, before.length, ...Array.from(vec, ({ x, y }) => ({ x, y })));
          try {
            step();
          } catch (error) {
            expect(Array.from(vec, ({ x, y }) => ({ x, y }))).toEqual(before);
            throw error;
          }
        }
        vec.intoBox().dispose();
      },
      { recovers: true },
    );
    expect(report.ok, sweepText(report)).toBe(true);
    expect(report.requests).toBe(5);
  });
});

describe("sort", () => {
  test("of numbers is by size, with NaN last, and by a comparison if there is one", () => {
    using vec = Vec.from(f64, [3, NaN, -1, 10, -0], heap);
    vec.sort();
    expect([...vec]).toEqual([-1, -0, 3, 10, NaN]);
    vec.sort((a, b) => b - a);
    using big = Vec.from(i64, [3n, -5n, 1n], heap);
    big.sort();
    expect([...big]).toEqual([-5n, 1n, 3n]);
  });

  test("of booleans and texts is by <", () => {
    using flags = Vec.from(bool, [true, false, true], heap);
    using words = Vec.from(text(4), ["b", "", "a", "bb"], heap);
    flags.sort();
    words.sort();
    expect([[...flags], [...words]]).toEqual([
      [false, true, true],
      ["", "a", "b", "bb"],
    ]);
  });

  test("of structs is stable, and needs a comparison", () => {
    const rows = [
      [3, "a"],
      [1, "b"],
      [3, "c"],
      [2, "d"],
      [1, "e"],
    ] as const;
    using vec = Vec.from(
      Node,
      rows.map(([key, tag]) => ({ key, tag, next: 0 as const })),
      heap,
    );
    expect(thrown(() => vec.sort())).toBe("OwnedError: type");
    vec.sort((a, b) => a.key - b.key);
    expect(Array.from(vec, ({ tag }) => tag).join("")).toBe("bedac");
  });

  test("moves nothing if the comparison throws or moves the block", () => {
    using vec = Vec.from(
      Point,
      [
        { x: 2, y: 0 },
        { x: 1, y: 0 },
      ],
      heap,
    );
    expect(() =>
      vec.sort(() => {
        throw new Error("no");
      }),
    ).toThrow("no");
    using other = Vec.from(Point, [{ x: 2, y: 0 }], heap);
    const grow = (a: View<{ x: number; y: number }>, b: View<{ x: number; y: number }>) => {
      const order = a.x - b.x;
      vec.reserve(10_000);
      return order;
    };
    expect(thrown(() => vec.sort(grow))).toBe("MisuseError: disposed");
    expect([vec.get(0).x, other.get(0).x]).toEqual([2, 2]);
  });
});

type Row = { key: number; tag: string; next: 0 };
const row = (key: number): Row => ({ key, tag: `${key % 1000}`, next: 0 });
const byKey = (a: { key: number }, b: { key: number }) => a.key - b.key;

/** What is done to a Vec, and to a list of JavaScript: `at` is an element, `value` any number. */
const STEPS: Record<string, (vec: Vec<ValueOf<typeof Node>>, list: Row[], at: number, value: number) => void> = {
  push(vec, list, _at, value) {
    vec.push(row(value));
    list.push(row(value));
  },
  pop: (vec, list) => expect(vec.pop()).toEqual(list.pop()),
  set(vec, list, at, value) {
    if (list.length === 0) return;
    vec.set(at, row(value));
    list[at] = row(value);
  },
  insert(vec, list, at, value) {
    vec.insert(at, row(value));
    list.splice(at, 0, row(value));
  },
  remove(vec, list, at) {
    if (list.length !== 0) expect(vec.remove(at)).toEqual(list.splice(at, 1)[0]);
  },
  swapRemove(vec, list, at) {
    if (list.length === 0) return;
    expect(vec.swapRemove(at)).toEqual(list[at]);
    list[at] = list.at(-1)!;
    list.pop();
  },
  extend(vec, list, at, value) {
    const rows = Array.from({ length: at }, (_, index) => row((value + index) % 65536));
    vec.extend(rows);
    list.push(...rows);
  },
  truncate(vec, list, at) {
    vec.truncate(at);
    list.splice(at);
  },
  sort(vec, list) {
    vec.sort(byKey);
    list.sort(byKey);
  },
  reserve: (vec, _list, at) => vec.reserve(at),
  shrinkToFit: (vec) => vec.shrinkToFit(),
};

test("any run of steps does to a Vec what it does to a list", () => {
  const step = fc.tuple(fc.constantFrom(...Object.keys(STEPS)), fc.nat(20), fc.nat(65535));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const parent = system({ parent: root() });
      const vec = Vec.new(Node, parent);
      const list: Row[] = [];
      for (const [name, at, value] of steps) {
        STEPS[name]!(vec, list, Math.min(at, Math.max(list.length - 1, 0)), value);
        expect(Array.from({ length: vec.length }, (_, index) => vec.get(index))).toEqual(list);
        expect(vec.capacity).toBeGreaterThanOrEqual(vec.length);
      }
      vec.dispose();
      parent.trim();
      expect(held(parent)).toBe(0);
    }),
  );
});
