import { system } from "@alloc/global";
import { array, bool, Columns, f32, f64, i64, struct, type Type, text, u8, u16, u32 } from "@alloc/owned";
import { scoped } from "@alloc/scoped";
import { sweepFailures } from "@alloc/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { held, root, spied, thrown } from "./support.ts";

const Inner = struct({ a: u8, b: f32 });
const Row = struct({
  id: u32,
  kind: u8,
  x: f64,
  name: text(5),
  inner: Inner,
  marks: array(u16, 3),
  big: i64,
  on: bool,
});
const row = (id: number) => ({
  id,
  kind: id % 256,
  x: id / 2,
  name: `n${id % 1000}`,
  inner: { a: id % 7, b: id % 9 },
  marks: [id % 3, id % 4, id % 5],
  big: BigInt(id),
  on: id % 2 === 0,
});
type RowValue = ReturnType<typeof row>;
const heap = system({ parent: root() });
const Point = struct({ x: f64, id: u8 });

const STEPS: Record<string, (columns: Columns<RowValue>, list: RowValue[], at: number, value: number) => void> = {
  push(columns, list, _at, value) {
    columns.push(row(value));
    list.push(row(value));
  },
  pop: (columns, list) => expect(columns.pop()).toEqual(list.pop()),
  set(columns, list, at, value) {
    if (list.length === 0) return;
    columns.set(at, row(value));
    list[at] = row(value);
  },
  field(columns, list, at, value) {
    if (list.length === 0) return;
    const shown = columns.row(at);
    shown.x = value;
    shown.inner.a = value % 200;
    shown.marks.set(1, 9);
    shown.name = "new";
    Object.assign(list[at]!, { x: value, name: "new" });
    list[at]!.inner.a = value % 200;
    list[at]!.marks[1] = 9;
  },
  swapRemove(columns, list, at) {
    if (list.length === 0) return;
    expect(columns.swapRemove(at)).toEqual(list[at]);
    list[at] = list.at(-1)!;
    list.pop();
  },
  extend(columns, list, at, value) {
    const rows = Array.from({ length: at }, (_, index) => row(value + index));
    columns.extend(rows);
    list.push(...rows);
  },
  truncate(columns, list, at) {
    columns.truncate(at);
    list.splice(at);
  },
  clear(columns, list) {
    columns.clear();
    list.length = 0;
  },
  reserve: (columns, _list, at) => columns.reserve(at),
};

test("any sequence of steps has the same result for Columns as for a list of plain objects", () => {
  const step = fc.tuple(fc.constantFrom(...Object.keys(STEPS)), fc.nat(12), fc.nat(60000));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const parent = system({ parent: root() });
      const columns = Columns.new(Row as Type<RowValue>, parent);
      const list: RowValue[] = [];
      for (const [name, at, value] of steps) {
        STEPS[name]!(columns, list, Math.min(at, Math.max(list.length - 1, 0)), value);
        expect(Array.from({ length: columns.length }, (_, index) => columns.get(index))).toEqual(list);
        expect([...columns.view("id")]).toEqual(list.map(({ id }) => id));
        expect([...columns.view("big")]).toEqual(list.map(({ big }) => big));
        expect([...columns.items("name")]).toEqual(list.map((it) => it.name));
        expect(columns.capacity).toBeGreaterThanOrEqual(columns.length);
      }
      columns.dispose();
      parent.trim();
      expect(held(parent)).toBe(0);
    }),
  );
});

describe("Columns", () => {
  test("have one block, with each column at a multiple of its align", () => {
    const { spy, calls } = spied();
    const columns = Columns.withCapacity(struct({ a: u8, b: f64, c: u16 }), 3, spy);
    columns.extend([1, 2, 3].map((a) => ({ a, b: a, c: a })));
    expect([calls, columns.view("b").byteOffset % 8, columns.view("c").byteOffset % 2]).toEqual([["+38/8"], 0, 0]);
    columns.dispose();
    expect(calls).toEqual(["+38/8", "-38/8"]);
  });

  test("show their rows in loops, which read and write the columns", () => {
    using columns = Columns.from(Point, [{ x: 1, id: 2 }, { x: 3, id: 4 }], heap); // biome-ignore format: pairs
    for (const it of columns) it.x *= 2;
    expect([...columns.view("x")]).toEqual([2, 6]);
    columns.view("x")[1] = 9;
    expect([columns.row(1).x, JSON.stringify(columns.row(1)), JSON.stringify(columns)]).toEqual([
      9,
      '{"x":9,"id":4}',
      '[{"x":2,"id":2},{"x":9,"id":4}]',
    ]);
    expect(columns.row(1)).toEqual({ x: 9, id: 4 });
    expect(String(columns)).toBe("Columns of struct { x, id }, length 2");
  });

  test.each([-1, 2, 0.5, NaN, "1"])("have no row %s", (index) => {
    using columns = Columns.from(Point, [{ x: 1, id: 2 }, { x: 3, id: 4 }], heap); // biome-ignore format: pairs
    const at = index as number;
    for (const use of [
      () => columns.row(at),
      () => columns.get(at),
      () => columns.set(at, { x: 1, id: 1 }),
      () => columns.swapRemove(at),
    ]) {
      expect(thrown(use)).toBe("OwnedError: index");
    }
  });

  test("refuse what does not fit, and stay unchanged", () => {
    using columns = Columns.from(Point, [{ x: 1, id: 2 }], heap);
    const bad = { x: 1, id: 256 };
    const uses = [
      () => columns.push(bad),
      () => columns.set(0, bad),
      () => columns.extend([{ x: 1, id: 1 }, bad]),
      () => columns.extend(5 as never),
      () => Columns.from(Point, [bad], heap),
    ];
    for (const use of uses) expect(thrown(use)).toBe("OwnedError: value");
    expect([columns.length, columns.get(0)]).toEqual([1, { x: 1, id: 2 }]);
  });

  test("are made of structs, have the columns of their fields, and typed arrays of numbers alone", () => {
    expect(thrown(() => Columns.new(u8 as never, heap))).toBe("OwnedError: type");
    using columns = Columns.new(Row as Type<RowValue>, heap);
    expect(thrown(() => columns.view("nothing" as never))).toBe("OwnedError: type");
    expect(() => columns.view("on")).toThrow('use items("on")');
  });

  test("of a struct without fields count their rows", () => {
    using columns = Columns.from(struct({}), [{}, {}, {}], heap);
    expect([columns.length, columns.pop(), columns.length, columns.get(1)]).toEqual([3, {}, 2, {}]);
  });

  test("throw on every use after their end, and so do their views", () => {
    const columns = Columns.from(Point, [{ x: 1, id: 2 }], heap);
    const [shown, items] = [columns.row(0), columns.items("x")];
    columns.dispose();
    columns.dispose();
    const uses = [
      () => columns.push({ x: 1, id: 1 }),
      () => columns.pop(),
      () => columns.row(0),
      () => columns.get(0),
      () => columns.view("x"),
      () => columns.items("x"),
      () => columns.reserve(1),
      () => columns.clear(),
      () => shown.x,
      () => Object.assign(shown, { x: 1 }),
      () => items.at(0),
    ];
    for (const use of uses) expect(thrown(use), String(use)).toBe("MisuseError: disposed");
  });

  test("end their views when the block moves, and not before", () => {
    using columns = Columns.withCapacity(Point, 2, heap);
    columns.push({ x: 1, id: 2 });
    const [shown, items] = [columns.row(0), columns.items("id")];
    columns.push({ x: 3, id: 4 });
    expect([shown.x, items.at(0)]).toEqual([1, 2]);
    columns.push({ x: 5, id: 6 });
    for (const use of [() => shown.x, () => items.at(0)]) expect(thrown(use)).toBe("MisuseError: disposed");
  });

  test("are not changed by a failing allocation, and leak nothing", async () => {
    const report = await sweepFailures(
      (allocator) => {
        using columns = Columns.from(Point, [{ x: 1, id: 2 }], allocator);
        try {
          columns.extend(Array(9).fill({ x: 7, id: 8 }));
        } catch (error) {
          expect([columns.length, columns.get(0)]).toEqual([1, { x: 1, id: 2 }]);
          throw error;
        }
      },
      { recovers: true },
    );
    expect(report.ok, `${report}`).toBe(true);
  });
});

describe("rows that own something", () => {
  const setting = () => {
    const dropped: number[] = [];
    const T = struct({ id: u32, pad: u8 }, { drop: ({ id, pad }) => dropped.push(id + pad) });
    const of = (...ids: number[]) => ids.map((id) => ({ id, pad: 0 }));
    return { dropped, T, of };
  };

  test("are dropped when replaced, truncated and at the end, but not when handed out", () => {
    const { dropped, T, of } = setting();
    const columns = Columns.from(T, of(1, 2, 3, 4, 5), heap);
    columns.set(0, { id: 9, pad: 0 });
    expect([columns.pop(), columns.swapRemove(1), dropped]).toEqual([{ id: 5, pad: 0 }, { id: 2, pad: 0 }, [1]]);
    columns.truncate(2);
    expect(dropped).toEqual([1, 3]);
    columns.dispose();
    expect(dropped).toEqual([1, 3, 9, 4]);
  });

  test("stay when set to themselves", () => {
    const { dropped, T, of } = setting();
    const columns = Columns.from(T, of(1, 2), heap);
    columns.set(0, columns.row(0));
    columns.set(1, columns.get(1));
    expect([[...columns].map(({ id }) => id), dropped]).toEqual([[1, 2], []]);
    expect(thrown(() => columns.set(0, columns.row(1)))).toBe("OwnedError: alias");
    columns.dispose();
    expect(dropped).toEqual([1, 2]);
  });

  test("are dropped once even if a drop function throws, and the block is given back", () => {
    const parent = root();
    const dropped: number[] = [];
    const Bad = struct(
      { id: u32 },
      {
        drop({ id }) {
          dropped.push(id);
          throw new Error(`${id}`);
        },
      },
    );
    const columns = Columns.from(Bad, [{ id: 1 }, { id: 2 }, { id: 3 }], parent);
    expect(() => columns.truncate(2)).toThrow("3");
    expect(() => columns.dispose()).toThrow(AggregateError);
    expect([dropped, held(parent)]).toEqual([[3, 1, 2], 0]);
  });

  test("cannot be moved in as views or copies", () => {
    const { dropped, T, of } = setting();
    const columns = Columns.from(T, of(1, 2), heap);
    expect(thrown(() => columns.push(columns.row(0)))).toBe("OwnedError: alias");
    expect(thrown(() => columns.push(columns.get(0)))).toBe("OwnedError: alias");
    expect([columns.length, dropped]).toEqual([2, []]);
    columns.dispose();
  });

  test("in fields are dropped when replaced, but not through the view of a removed row", () => {
    const { dropped, T, of } = setting();
    const columns = Columns.from(struct({ it: T, n: u8 }), of(1, 2).map((it) => ({ it, n: 1 })), heap); // biome-ignore format: short
    const last = columns.row(1);
    columns.row(0).it = { id: 7, pad: 0 };
    columns.pop();
    expect([thrown(() => Object.assign(last, { it: { id: 8, pad: 0 } })), dropped]).toEqual([
      "MisuseError: disposed",
      [1],
    ]);
    columns.dispose();
    expect(dropped).toEqual([1, 7]);
  });

  test("are dropped by the end of their scope", () => {
    const { dropped, T, of } = setting();
    using region = scoped(1024, { parent: root() });
    region.scope((inner) => void Columns.from(T, of(1, 2), inner));
    expect(dropped).toEqual([1, 2]);
  });

  test("whose getter changes the Columns are not taken", () => {
    const { dropped, T, of } = setting();
    const columns = Columns.from(T, of(1, 2), heap);
    const value = {
      get id() {
        columns.pop();
        return 3;
      },
      pad: 0,
    };
    expect(thrown(() => columns.push(value))).toBe("MisuseError: reentrant");
    expect([columns.length, dropped]).toEqual([1, []]);
    columns.dispose();
  });
});
