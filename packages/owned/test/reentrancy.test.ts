import { type Allocator, Layout, type Ptr } from "@alloc/core";
import { system } from "@alloc/global";
import { array, Box, ptr, Rc, struct, u32, Vec, type View } from "@alloc/owned";
import { guard, proxy } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { proveHandles } from "../../../benchmarks/src/prove-handles.ts";
import { root, thrown } from "./support.ts";

type Value = { id: number };

/** A guarded heap, a type whose drop and clone functions run a test's code, and the dropped values. */
function setting() {
  const heap = guard(system({ parent: root() }), { stackDepth: 0 });
  const dropped: number[] = [];
  const on: { drop?: (view: View<Value>) => void; clone?: (value: Value) => Value } = {};
  const T = struct(
    { id: u32 },
    {
      drop(view) {
        dropped.push(view.id);
        const { drop } = on;
        delete on.drop;
        drop?.(view);
      },
      clone: (value) => on.clone?.(value) ?? { id: value.id + 1000 },
    },
  );
  const values = (...ids: number[]) => ids.map((id) => ({ id }));
  const vecOf = (...ids: number[]) => Vec.from(T, values(...ids), heap);
  const ids = (vec: Iterable<View<Value>>) => Array.from(vec, ({ id }) => id);
  /** A value whose getter runs a function before it returns the number. */
  const getting = (id: number, run: () => void): Value => ({
    get id() {
      run();
      return id;
    },
  });
  const boom = () => {
    throw new Error("boom");
  };
  return { heap, dropped, on, T, values, vecOf, ids, getting, boom };
}

describe("a drop function may do anything to its own handle, because the replacement is complete by then", () => {
  test("Vec.set, whose drop makes the block move", () => {
    const { heap, dropped, on, vecOf, values, ids } = setting();
    const vec = vecOf(1, 2, 3, 4);
    on.drop = () => vec.extend(values(5, 6, 7, 8, 9));
    vec.set(1, { id: 20 });
    expect([ids(vec), dropped]).toEqual([[1, 20, 3, 4, 5, 6, 7, 8, 9], [2]]);
    heap.check();
    vec.dispose();
    expect(heap.bytesLive).toBe(0);
  });

  test.each([
    ["disposes of it", (box: Box<Value>) => box.dispose(), [1, 2]],
    ["takes the new value", (box: Box<Value>) => void box.take(), [1]],
    ["sets another one", (box: Box<Value>) => box.set({ id: 3 }), [1, 2]],
  ])("Box.set, whose drop %s", (_what, act, drops) => {
    const { heap, dropped, on, T } = setting();
    const box = Box.new(T, { id: 1 }, heap);
    on.drop = () => act(box);
    box.set({ id: 2 });
    expect(dropped).toEqual(drops);
    heap.check();
  });

  test("a field of a struct, whose drop disposes of the whole", () => {
    const { heap, dropped, on, T } = setting();
    const box = Box.new(struct({ a: T, b: T }), { a: { id: 1 }, b: { id: 2 } }, heap);
    on.drop = () => box.dispose();
    box.value.a = { id: 3 };
    expect(dropped).toEqual([1, 3, 2]);
    heap.check();
    expect(heap.bytesLive).toBe(0);
  });

  test.each([
    ["stays", 0],
    ["moves", 1000],
  ])("Vec.truncate, whose drop pushes, and the block %s", (_what, room) => {
    const { heap, dropped, on, vecOf, ids } = setting();
    const vec = vecOf(1, 2, 3, 4);
    on.drop = () => {
      vec.push({ id: 10 });
      vec.reserve(room);
      vec.push({ id: 11 });
    };
    vec.truncate(1);
    expect([dropped, ids(vec)]).toEqual([
      [2, 3, 4],
      [1, 10, 11],
    ]);
    heap.check();
  });

  test("its view ends with it, and shows a separate copy", () => {
    const { heap, on, T } = setting();
    let kept: View<Value> | undefined;
    const box = Box.new(T, { id: 1 }, heap);
    on.drop = (view) => {
      kept = view;
      view.id = 7;
    };
    box.set({ id: 2 });
    expect([thrown(() => kept!.id), box.get().id]).toEqual(["MisuseError: disposed", 2]);
  });
});

describe("a value whose getter ends or changes the handle is not written", () => {
  test.each([
    ["Vec.push", (vec: Vec<Value>, value: Value) => vec.push(value)],
    ["Vec.set", (vec: Vec<Value>, value: Value) => vec.set(0, value)],
    ["Vec.insert", (vec: Vec<Value>, value: Value) => vec.insert(0, value)],
    ["Vec.extend", (vec: Vec<Value>, value: Value) => vec.extend([value])],
  ])("%s", (_what, call) => {
    const { heap, vecOf, getting, ids, dropped } = setting();
    const gone = vecOf(1, 2);
    expect(
      thrown(() =>
        call(
          gone,
          getting(9, () => gone.dispose()),
        ),
      ),
    ).toBe("MisuseError: disposed");
    const popped = vecOf(3, 4);
    expect(
      thrown(() =>
        call(
          popped,
          getting(9, () => void popped.pop()),
        ),
      ),
    ).toBe("MisuseError: reentrant");
    const moved = vecOf(5, 6);
    expect(
      thrown(() =>
        call(
          moved,
          getting(9, () => moved.reserve(1000)),
        ),
      ),
    ).toBe("MisuseError: reentrant");
    expect([ids(popped), ids(moved), dropped]).toEqual([[3], [5, 6], [1, 2]]);
    heap.check();
  });

  test("Box.set, Rc.set, and a field", () => {
    const { heap, T, getting, dropped } = setting();
    const box = Box.new(T, { id: 1 }, heap);
    expect(thrown(() => box.set(getting(9, () => box.dispose())))).toBe("MisuseError: disposed");
    const rc = Rc.new(T, { id: 2 }, heap);
    expect(thrown(() => rc.set(getting(9, () => rc.dispose())))).toBe("MisuseError: disposed");
    const pair = Box.new(struct({ a: T }), { a: { id: 3 } }, heap);
    const { value } = pair;
    const act = () => {
      value.a = getting(9, () => pair.dispose());
    };
    expect(thrown(act)).toBe("MisuseError: disposed");
    const vec = Vec.from(struct({ a: T }), [{ a: { id: 4 } }], heap);
    const element = vec.at(0);
    const pop = () => {
      element.a = getting(9, () => void vec.pop());
    };
    expect(thrown(pop)).toBe("MisuseError: disposed");
    expect(dropped).toEqual([1, 2, 3]);
    heap.check();
  });

  test("Rc.set, whose getter borrows or moves the Rc to a value of its own", () => {
    const { heap, T, getting } = setting();
    const rc = Rc.new(T, { id: 1 }, heap);
    const other = rc.clone();
    expect(thrown(() => rc.set(getting(9, () => void rc.makeMut())))).toBe("MisuseError: reentrant");
    expect([rc.get().id, other.get().id]).toEqual([1001, 1]);
    heap.check();
  });

  test.each(["Vec.extend", "Vec.from"])("%s with a generator that throws adds nothing", (what) => {
    const { heap, T, vecOf, ids, dropped, boom } = setting();
    function* values() {
      yield { id: 8 };
      boom();
    }
    const vec = vecOf(1);
    const before = heap.bytesLive;
    expect(() => (what === "Vec.from" ? Vec.from(T, values(), heap) : vec.extend(values()))).toThrow("boom");
    expect([ids(vec), dropped, heap.bytesLive]).toEqual([[1], [], before]);
  });

  test("a generator that changes the Vec is an error", () => {
    const { heap, vecOf, ids } = setting();
    const vec = vecOf(1, 2);
    function* values() {
      yield { id: 8 };
      vec.pop();
    }
    expect(thrown(() => vec.extend(values()))).toBe("MisuseError: reentrant");
    expect(ids(vec)).toEqual([1]);
    heap.check();
  });

  test("each getter runs once", () => {
    const { heap, T } = setting();
    let reads = 0;
    const value = () => ({
      get id() {
        return ++reads;
      },
    });
    const box = Box.new(T, value(), heap);
    box.set(value());
    const vec = Vec.from(T, [value()], heap);
    vec.set(0, value());
    vec.push(value());
    expect([box.get().id, vec.get(0).id, vec.get(1).id, reads]).toEqual([2, 4, 5, 5]);
  });
});

describe("sort", () => {
  test.each([
    ["pops", (vec: Vec<Value>) => void vec.pop()],
    ["pushes", (vec: Vec<Value>) => vec.push({ id: 9 })],
    ["replaces an element", (vec: Vec<Value>) => vec.set(0, { id: 9 })],
    ["writes a field", (vec: Vec<Value>) => void Object.assign(vec.at(0), { id: 9 })],
    ["writes what it compares", (_vec: Vec<Value>, a: View<Value>) => void Object.assign(a, { id: 9 })],
  ])("whose comparison %s moves nothing", (_what, act) => {
    const { heap, vecOf, ids, dropped } = setting();
    const vec = vecOf(3, 1, 2);
    let done = false;
    const compare = (a: View<Value>, b: View<Value>) => {
      if (!done) act(vec, a);
      done = true;
      return a.id - b.id;
    };
    expect(thrown(() => vec.sort(compare))).toBe("MisuseError: reentrant");
    const left = ids(vec);
    expect(left.slice(1, 2)).toEqual([1]);
    vec.dispose();
    expect(new Set(dropped).size).toBe(dropped.length);
    heap.check();
  });

  test("whose comparison disposes of the Vec is refused", () => {
    const { vecOf } = setting();
    const vec = vecOf(3, 1, 2);
    const act = () => {
      vec.dispose();
      return 0;
    };
    expect(thrown(() => vec.sort(act))).toBe("MisuseError: disposed");
  });
});

describe("a clone function", () => {
  test("that disposes of the Rc gives back one share, and its result is dropped", () => {
    const { heap, T, on, dropped } = setting();
    const rc = Rc.new(T, { id: 1 }, heap);
    const other = rc.clone();
    on.clone = ({ id }) => {
      rc.dispose();
      return { id: id + 1 };
    };
    expect(thrown(() => rc.makeMut())).toBe("MisuseError: disposed");
    expect([other.strongCount, other.get().id, dropped]).toEqual([1, 1, [2]]);
    other.dispose();
    expect([dropped, heap.bytesLive]).toEqual([[2, 1], 0]);
  });

  test("that ends the Box still makes a second one", () => {
    const { heap, T, on, dropped } = setting();
    const box = Box.new(array(T, 2), [{ id: 1 }, { id: 2 }], heap);
    on.clone = ({ id }) => {
      box.dispose();
      return { id: id + 10 };
    };
    const clone = box.clone();
    expect([clone.get(), dropped]).toEqual([
      [{ id: 11 }, { id: 12 }],
      [1, 2],
    ]);
    clone.dispose();
    expect(heap.bytesLive).toBe(0);
  });

  test.each(["Box", "Rc"])(
    "that throws leaves a %s unchanged, gives the block back, and drops the finished clones",
    (kind) => {
      const { heap, T, on, dropped, boom } = setting();
      const Two = struct({ list: array(T, 2), last: T }, {});
      on.clone = ({ id }) => (id === 3 ? boom() : { id: id + 10 });
      const value = { list: [{ id: 1 }, { id: 2 }], last: { id: 3 } };
      const box = Box.new(Two, value, heap);
      const rc = Rc.new(Two, value, heap);
      const other = rc.clone();
      const before = heap.bytesLive;
      expect(() => (kind === "Box" ? box.clone() : rc.makeMut())).toThrow("boom");
      expect([dropped, heap.bytesLive, rc.ptrEq(other), box.get()]).toEqual([[11, 12], before, true, value]);
    },
  );
});

describe("a value with a drop function has one owner", () => {
  const refused = "OwnedError: alias";

  test("moved onto itself, it stays unchanged and is not dropped", () => {
    const { heap, T, dropped, vecOf, ids } = setting();
    const vec = vecOf(1, 2);
    vec.set(0, vec.at(0));
    vec.set(1, vec.get(1));
    const box = Box.new(T, { id: 3 }, heap);
    box.set(box.get());
    box.set(box.value);
    const rc = Rc.new(T, { id: 4 }, heap);
    rc.set(rc.get());
    const pair = Box.new(struct({ a: T }), { a: { id: 5 } }, heap);
    Object.assign(pair.value, { a: pair.value.a });
    pair.set(pair.get());
    expect([ids(vec), box.get().id, rc.get().id, dropped]).toEqual([[1, 2], 3, 4, []]);
  });

  test("its views and copies cannot be moved in anywhere else", () => {
    const { heap, T, dropped, vecOf, ids } = setting();
    const vec = vecOf(1, 2);
    const box = Box.new(T, { id: 3 }, heap);
    const Pair = struct({ a: T, b: u32 });
    const pair = Box.new(Pair, { a: { id: 5 }, b: 6 }, heap);
    const copy = box.get();
    const uses = [
      () => vec.push(vec.at(0)),
      () => vec.set(1, vec.at(0)),
      () => vec.insert(0, vec.get(1)),
      () => vec.extend(vec),
      () => vec.extend([...vec]),
      () => Vec.from(T, vec, heap),
      () => Box.new(T, box.value, heap),
      () => Box.new(T, copy, heap),
      () => Rc.new(T, box.get(), heap),
      () => Box.new(Pair, { a: box.value, b: 1 }, heap),
      () => Box.new(Pair, pair.value, heap),
      () => Box.new(T, pair.get().a, heap),
      () => void Object.assign(pair.value, { a: box.value }),
      () => Box.new(array(T, 1), [box.get()], heap),
    ];
    const before = heap.bytesLive;
    for (const use of uses) expect(thrown(use), String(use)).toBe(refused);
    expect([heap.bytesLive, ids(vec), dropped]).toEqual([before, [1, 2], []]);
    box.dispose();
    expect(thrown(() => Box.new(T, copy, heap))).toBe(refused);
  });

  test("a value that was moved out can be moved in, and a new object is a new value", () => {
    const { heap, T, dropped, vecOf, ids } = setting();
    const vec = vecOf(1, 2, 3);
    vec.push(vec.remove(0));
    vec.insert(0, vec.pop()!);
    vec.push(Box.new(T, { id: 4 }, heap).take());
    vec.push({ ...vec.get(0), id: 5 });
    expect([ids(vec), dropped]).toEqual([[1, 2, 3, 4, 5], []]);
  });

  test("without a drop function, views and copies are values", () => {
    const { heap } = setting();
    const Point = struct({ x: u32 });
    using vec = Vec.from(Point, [{ x: 1 }], heap);
    vec.push(vec.at(0));
    vec.push(vec.get(0));
    vec.extend([...vec]);
    expect(vec.length).toBe(6);
  });

  test("a removed element cannot be replaced through its view", () => {
    const { heap, T, dropped } = setting();
    using vec = Vec.from(struct({ a: T }), [{ a: { id: 1 } }, { a: { id: 2 } }], heap);
    const last = vec.at(1);
    vec.pop();
    expect(thrown(() => void Object.assign(last, { a: { id: 9 } }))).toBe("MisuseError: disposed");
    expect(dropped).toEqual([]);
  });
});

describe("allocator hooks that use the handle", () => {
  test("a Vec cannot be used while it is being moved, and is unchanged afterwards", () => {
    const inner = system({ parent: root() });
    let hook = () => {};
    const heap = proxy(inner, { allocate: { after: () => hook() } } as never) as Allocator;
    using vec = Vec.withCapacity(u32, 4, heap);
    vec.extend([1, 2, 3, 4]);
    const errors: string[] = [];
    hook = () => {
      hook = () => {};
      errors.push(
        thrown(() => vec.push(9)),
        thrown(() => vec.dispose()),
      );
    };
    vec.reserve(1000);
    // The hook runs only if the block has to move.
    expect(errors.every((error) => error === "MisuseError: reentrant")).toBe(true);
    expect([...vec]).toEqual([1, 2, 3, 4]);
  });
});

describe("a delayed end", () => {
  test("waits for 100 others, but not beyond the end of its scope", () => {
    const heap = system({ parent: root() });
    const dropped: number[] = [];
    const Leaf = struct({ id: u32 }, { drop: ({ id }) => dropped.push(id) });
    for (const length of [1, 99, 100, 101, 250]) {
      for (const how of ["dispose", "reset"] as const) {
        const region = scoped(64, { parent: heap });
        const inner = Box.new(Leaf, { id: length }, region);
        const many = Vec.from(Leaf, [{ id: 1 }, { id: 2 }], region);
        const Node = struct(
          { next: ptr },
          {
            drop({ next }) {
              if (next !== 0) return Box.fromRaw(Node, next, heap).dispose();
              inner.dispose();
              many.dispose();
              region[how]();
              const other = heap.allocate(Layout.of(64)) as Ptr;
              heap.memory.fill(other, 64, 0x77);
            },
          },
        );
        let next: Ptr | 0 = 0;
        for (let n = 0; n < length; n++) next = Box.new(Node, { next }, heap).intoRaw();
        Box.fromRaw(Node, next as Ptr, heap).dispose();
        expect(dropped.splice(0).sort((a, b) => a - b)).toEqual([1, 2, length].sort((a, b) => a - b));
      }
    }
  });
});

test("in any sequence of steps with callbacks that call back or throw, each value has one owner or was dropped once", () => {
  const report = proveHandles({ steps: 15_000, seed: 1 });
  expect(report.fault).toBe(undefined);
  expect(report.refused).toBeGreaterThan(500);
});
