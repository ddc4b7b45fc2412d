import { Allocator, Memory, type Ptr, pages } from "@alloc/core";
import { system } from "@alloc/global";
import {
  array,
  bool,
  f64,
  i64,
  ptr,
  struct,
  type Type,
  text,
  u8,
  u16,
  u32,
  type ValueOf,
  Vec,
  type View,
} from "@alloc/owned";
import { scoped } from "@alloc/scoped";
import { sweepFailures } from "@alloc/testkit";
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

  test("has the layout of a C array: its view shows the fields", () => {
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

  test("has a view of its length, not of its capacity, and no misaligned view", () => {
    using vec = Vec.withCapacity(u8, 100, heap);
    vec.extend([1, 2, 3]);
    expect([...vec.view(Uint8Array)]).toEqual([1, 2, 3]);
    using texts = Vec.from(text(3), ["abc", "def", "ghi"], heap);
    expect(new TextDecoder().decode(texts.view(Uint8Array))).toBe("abcdefghi");
  });

  test.each([-4, 3, 0.5, NaN, Infinity, "1", undefined])("has no element %s", (index) => {
    using vec = numbers(1, 2, 3);
    const at = index as number;
    const uses = [
      () => vec.at(at),
      () => vec.get(at),
      () => vec.set(at, 1),
      () => vec.remove(at),
      () => vec.swapRemove(at),
    ];
    for (const use of uses) expect(thrown(use)).toBe("OwnedError: index");
    if (index !== 3) expect(thrown(() => vec.insert(at, 1))).toBe("OwnedError: index");
    expect([...vec]).toEqual([1, 2, 3]);
  });

  test("refuses a value that does not fit, by any method, and stays unchanged", () => {
    using vec = numbers(1, 2, 3);
    const bad = "4" as unknown as number;
    const uses = [
      () => vec.push(bad),
      () => vec.insert(0, bad),
      () => vec.set(0, bad),
      () => vec.extend([4, bad]),
      () => Vec.from(u32, [1, bad], heap),
      () => Vec.from(u32, null as never, heap),
      () => Vec.from(u32, 5 as never, heap),
      () => vec.extend({ length: 1, 0: 4 } as never),
    ];
    for (const use of uses) expect(thrown(use)).toBe("OwnedError: value");
    expect([...vec]).toEqual([1, 2, 3]);
  });

  test("pushes and inserts a view of its own element, even if the block moves", () => {
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

  test("drops replaced, truncated and remaining elements, but not those handed out", () => {
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

  test("drops all elements even if one throws, and gives its memory back", () => {
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

  test("throws on every use after it was disposed of, and dispose does nothing", () => {
    const vec = numbers(1, 2, 3);
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
      () => vec.view(Uint8Array),
      () => vec.reserve(1),
      () => vec.reserveExact(1),
      () => vec.shrinkToFit(),
      () => vec.intoBox(),
      () => [...vec],
      () => shown.x,
    ];
    for (const use of uses) expect(thrown(use), String(use)).toBe("MisuseError: disposed");
  });
});

describe("its views", () => {
  test("throw once the block has moved, and not before", () => {
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

  test("throw after it was shrunk, because memory beyond its end is no longer its own", () => {
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

describe("a loop over the elements", () => {
  const two = [
    { x: 1, y: 2 },
    { x: 3, y: 4 },
  ];

  test("gives each a view of its own, which writes to memory", () => {
    using vec = Vec.from(Point, two, heap);
    for (const point of vec) point.x *= 2;
    const [first, second] = [...vec];
    expect([first!.x, second!.x, vec.get(0).x, vec.get(1).x]).toEqual([2, 6, 2, 6]);
  });

  test("gives numbers, texts, the items of arrays, and the right number of elements without size", () => {
    using words = Vec.from(text(3), ["a", "bc"], heap);
    using lists = Vec.from(array(u16, 2), [[1, 2], [3, 4]], heap); // biome-ignore format: pairs
    using voids = Vec.from(struct({}), [{}, {}, {}], heap);
    expect([[...numbers(7, 8)], [...words], Array.from(lists, (it) => it.at(1)), [...voids].length]).toEqual([
      [7, 8],
      ["a", "bc"],
      [2, 4],
      3,
    ]);
  });

  test("sees elements come and go while the block stays", () => {
    for (const make of [() => Vec.withCapacity(Point, 10, heap), () => Vec.withCapacity(u32, 10, heap)]) {
      using vec = make() as Vec<unknown>;
      const value = (x: number) => (vec.type.hasParts ? { x, y: 0 } : x);
      const seen: unknown[] = [];
      for (const x of [0, 1, 2]) vec.push(value(x));
      for (const shown of vec) {
        seen.push(vec.type.hasParts ? (shown as { x: number }).x : shown);
        if (seen.length === 1) vec.extend([value(3), value(4)]);
        if (seen.length === 2) vec.remove(2);
        if (seen.length > 5) break;
      }
      expect(seen).toEqual([0, 1, 3, 4]);
    }
  });

  test.each([
    ["has moved", (vec: Vec<unknown>) => vec.reserve(10_000)],
    ["was disposed of", (vec: Vec<unknown>) => vec.dispose()],
    ["was given away", (vec: Vec<unknown>) => vec.intoBox().dispose()],
  ])("ends if the block %s, and the next element throws when it is read", (_what, move) => {
    const cases: [Type<unknown>, value: unknown, read: (shown: unknown) => unknown][] = [
      [Point, { x: 1, y: 2 }, (shown) => (shown as { x: number }).x],
      [array(u8, 2), [1, 2], (shown) => (shown as number[]).at(0)],
      [u32, 1, (shown) => shown],
      [text(3), "abc", (shown) => shown],
    ] as [Type<unknown>, unknown, (shown: unknown) => unknown][];
    for (const [type, value, read] of cases) {
      const loop = (body: (shown: unknown) => void) => {
        using vec = Vec.from(type, [value, value, value], heap);
        using _behind = Vec.from(u8, Array(100).fill(0), heap);
        let rounds = 0;
        const error = thrown(() => {
          for (const shown of vec) {
            rounds++;
            body(shown);
            if (rounds === 1) move(vec);
          }
        });
        return [rounds, error];
      };
      expect(loop(read), type["@alloc/Type"]).toEqual([expect.any(Number), "MisuseError: disposed"]);
      if (type.hasParts) expect(loop(() => {})).toEqual([3, "nothing was thrown"]);
    }
  });

  test("reads and writes on while the memory grows, shared or not", () => {
    for (const shared of [false, true]) {
      const memory = Memory.linear({ maximum: 2 ** 24, shared });
      using vec = Vec.withCapacity(Node, 64, pages(memory));
      for (let key = 0; key < 64; key++) vec.push({ key, tag: "", next: 0 });
      for (const node of vec) {
        memory.grow(65536);
        const { key } = node;
        memory.grow(65536);
        node.key = key + 1;
        expect(node.key).toBe(key + 1);
      }
      expect(Array.from({ length: 64 }, (_, index) => vec.get(index).key)).toEqual(
        Array.from({ length: 64 }, (_, index) => index + 1),
      );
    }
  });

  test("works above 2 GiB as below", () => {
    const memory = Memory.linear({ initial: 2 ** 31 + 2 ** 20 });
    const at = (2 ** 31 - 40) as Ptr;
    const parent = Allocator.from({ memory, allocate: () => at, deallocate: () => {} });
    using vec = Vec.withCapacity(Point, 5, parent);
    for (let x = 0; x < 5; x++) vec.push({ x, y: 0 });
    for (const point of vec) point.y = 2 * point.x;
    expect([...vec.view(Float64Array)]).toEqual([0, 0, 1, 2, 2, 4, 3, 6, 4, 8]);
  });

  test("refuses a value that does not fit, and goes on", () => {
    using vec = Vec.from(Point, two, heap);
    const errors: string[] = [];
    for (const point of vec) errors.push(thrown(() => Object.assign(point, { x: "1" })));
    expect([errors, vec.get(0), vec.get(1)]).toEqual([["OwnedError: value", "OwnedError: value"], ...two]);
  });
});

describe("growth", () => {
  test("by n pushes makes O(log n) requests, each for twice as much", () => {
    const { spy, calls } = spied();
    using vec = Vec.new(f64, spy);
    for (let i = 0; i < 100; i++) vec.push(i);
    const sizes = calls.filter((call) => call.startsWith("+")).map((call) => parseInt(call.slice(1), 10));
    expect([sizes, vec.capacity]).toEqual([[32, 64, 128, 256, 512, 1024], 128]);
  });

  test("without room adds nothing", () => {
    using vec = Vec.from(u8, [1, 2, 3], pages(Memory.linear({ maximum: 2 * 65536 })));
    expect(thrown(() => vec.extend(Array(2 ** 17).fill(4)))).toBe("AllocError: no-room");
    expect([...vec]).toEqual([1, 2, 3]);
  });

  test.each([-1, 0.5, NaN, Infinity, 2 ** 32])("by %d elements is refused", (count) => {
    using vec = numbers(1);
    expect(thrown(() => vec.reserve(count))).toMatch(/^LayoutError/);
    expect(thrown(() => vec.reserveExact(count))).toMatch(/^LayoutError/);
    expect(thrown(() => Vec.withCapacity(u32, count, heap))).toMatch(/^LayoutError/);
    expect([...vec]).toEqual([1]);
  });

  test("every failing allocation leaves the elements unchanged, and leaks nothing", async () => {
    const report = await sweepFailures(
      (allocator) => {
        using vec = Vec.withCapacity(Point, 1, allocator);
        using _other = Vec.from(Point, [{ x: 0, y: 0 }], allocator);
        const before: unknown[] = [];
        const steps = [
          () => vec.push({ x: 1, y: 2 }),
          () => vec.push({ x: 3, y: 4 }),
          () => vec.insert(0, { x: 5, y: 6 }),
          () => vec.extend(Array(9).fill({ x: 7, y: 8 })),
          () => vec.reserveExact(50),
          () => vec.reserve(100),
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
    expect(report.ok, `${report}`).toBe(true);
    expect(report.requests).toBe(7);
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

  test("of booleans and texts uses <", () => {
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
    expect(thrown(() => vec.sort(grow))).toBe("MisuseError: reentrant");
    expect([vec.get(0).x, other.get(0).x]).toEqual([2, 2]);
  });
});

type Row = { key: number; tag: string; next: 0 };
const row = (key: number): Row => ({ key, tag: `${key % 1000}`, next: 0 });
const byKey = (a: { key: number }, b: { key: number }) => a.key - b.key;

/** The steps, applied to a Vec and to a JavaScript list: `at` is an element, `value` any number. */
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

test("any sequence of steps has the same result for a Vec as for a list", () => {
  const step = fc.tuple(fc.constantFrom(...Object.keys(STEPS)), fc.nat(20), fc.nat(65535));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const parent = system({ parent: root() });
      const vec = Vec.new(Node, parent);
      const list: Row[] = [];
      for (const [name, at, value] of steps) {
        STEPS[name]!(vec, list, Math.min(at, Math.max(list.length - 1, 0)), value);
        expect(Array.from({ length: vec.length }, (_, index) => vec.get(index))).toEqual(list);
        expect(Array.from(vec, ({ key, tag }) => ({ key, tag, next: 0 }))).toEqual(list);
        expect(vec.capacity).toBeGreaterThanOrEqual(vec.length);
      }
      vec.dispose();
      parent.trim();
      expect(held(parent)).toBe(0);
    }),
  );
});
