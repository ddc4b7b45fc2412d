import type { Ptr } from "@alloc/core";
import { system } from "@alloc/global";
import { array, Box, f64, ptr, struct, u32, type View } from "@alloc/owned";
import { scoped } from "@alloc/scoped";
import { sweepFailures } from "@alloc/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { counted, held, MANY, none, root, spied, thrown, unreadable } from "./support.ts";

const Point = struct({ x: f64, y: f64 });
const heap = system({ parent: root() });

describe("a Box", () => {
  test("owns one block of its type's layout, until it is disposed of", () => {
    const { spy, calls } = spied();
    Box.new(Point, { x: 1, y: 2 }, spy).dispose();
    expect(calls).toEqual(["+16/8", "-16/8"]);
  });

  test("returns a copy, replaces its value, and shows a view", () => {
    using box = Box.new(Point, { x: 1, y: 2 }, heap);
    const copy = box.get();
    box.value.x += 1;
    box.set({ x: box.value.x * 2, y: 3 });
    expect([copy, box.get()]).toEqual([
      { x: 1, y: 2 },
      { x: 4, y: 3 },
    ]);
  });

  test("drops the value, then its memory, and no value twice", () => {
    const log: string[] = [];
    const parent = root();
    const Noisy = struct(
      { id: u32 },
      { drop: ({ id }) => log.push(`value ${id}, ${held(parent) > 0 ? "in" : "out"}`) },
    );
    const box = Box.new(Noisy, { id: 1 }, parent);
    box.set({ id: 2 });
    box.dispose();
    box.dispose();
    expect([log, held(parent)]).toEqual([["value 1, in", "value 2, in"], 0]);
  });

  test("ends with `using`", () => {
    const { Counted, dropped } = counted();
    {
      using box = Box.new(Counted, { id: 7 }, heap);
      expect([box.get().id, dropped]).toEqual([7, []]);
    }
    expect(dropped).toEqual([7]);
  });

  test("of a struct drops the whole, then its fields in order, even if one throws", () => {
    const log: string[] = [];
    const inner = (name: string) =>
      struct(
        { id: u32 },
        {
          drop: () => {
            log.push(name);
            throw new Error(name);
          },
        },
      );
    const drop = () => {
      log.push("outer");
      throw new Error("outer");
    };
    const Outer = struct({ a: inner("a"), n: u32, b: array(inner("b"), 2) }, { drop });
    const parent = root();
    const box = Box.new(Outer, { a: { id: 1 }, n: 2, b: [{ id: 1 }, { id: 2 }] }, parent);
    expect(() => box.dispose()).toThrow(
      expect.objectContaining({
        name: "AggregateError",
        errors: ["outer", "a", "b", "b"].map((name) => new Error(name)),
      }),
    );
    expect([log, held(parent)]).toEqual([["outer", "a", "b", "b"], 0]);
  });

  test("whose drop function throws gives its memory back, and throws that error", () => {
    const parent = root();
    const Bad = struct(
      { id: u32 },
      {
        drop: () => {
          throw new RangeError("no");
        },
      },
    );
    expect(() => Box.new(Bad, { id: 1 }, parent).dispose()).toThrow(new RangeError("no"));
    expect(held(parent)).toBe(0);
  });
});

describe("a value that a Box gives away is not dropped, and can come back", () => {
  test("take returns the value and releases the block", () => {
    const { Counted, dropped } = counted();
    const parent = root();
    expect(Box.new(Counted, { id: 1 }, parent).take()).toEqual({ id: 1 });
    expect([dropped, held(parent)]).toEqual([[], 0]);
  });

  test("intoRaw and fromRaw hand a block over", () => {
    const { Counted, dropped } = counted();
    const raw = Box.new(Counted, { id: 3 }, heap).intoRaw();
    expect(dropped).toEqual([]);
    Box.fromRaw(Counted, raw, heap).dispose();
    expect(dropped).toEqual([3]);
  });

  test("leak returns a view of the value", () => {
    const { Counted, dropped } = counted();
    const parent = root();
    const shown = Box.new(Counted, { id: 1 }, parent).leak();
    shown.id = 5;
    expect([shown.id, dropped, held(parent) > 0]).toEqual([5, [], true]);
  });
});

describe("after it was spent", () => {
  const SPEND: Record<string, (box: Box<{ x: number; y: number }>) => unknown> = {
    dispose: (box) => box.dispose(),
    take: (box) => box.take(),
    intoRaw: (box) => box.intoRaw(),
    leak: (box) => box.leak(),
  };
  test.each(Object.keys(SPEND))("by %s, every use throws, and dispose does nothing", (how) => {
    const box = Box.new(Point, { x: 1, y: 2 }, heap);
    SPEND[how]!(box);
    const uses = [
      () => box.value,
      () => box.get(),
      () => box.set({ x: 1, y: 2 }),
      () => box.clone(),
      () => box.take(),
      () => box.intoRaw(),
      () => box.leak(),
    ];
    for (const use of uses) expect(thrown(use)).toBe("MisuseError: disposed");
    expect(() => box.get()).toThrow(`this Box was spent by ${how}()`);
    box.dispose();
  });

  test("its views throw too, nested or not, read or written", () => {
    const Line = struct({ from: Point, tags: array(u32, 2), ends: array(Point, 2) });
    const point = { x: 1, y: 2 };
    const box = Box.new(Line, { from: point, tags: [1, 2], ends: [point, point] }, heap);
    const { value } = box;
    const { from, tags, ends } = value;
    const last = ends.at(1);
    box.dispose();
    const uses = [
      () => value.from.x,
      () => from.x,
      () => tags.at(0),
      () => last.y,
      () => {
        from.x = 1;
      },
      () => tags.set(0, 1),
    ];
    for (const use of uses) expect(thrown(use)).toBe("MisuseError: disposed");
  });

  test("the view passed to its drop function throws too", () => {
    let kept: View<{ id: number }> | undefined;
    const Kept = struct(
      { id: u32 },
      {
        drop: (value) => {
          kept = value;
        },
      },
    );
    Box.new(Kept, { id: 1 }, heap).dispose();
    expect(thrown(() => kept!.id)).toBe("MisuseError: disposed");
  });
});

describe("making one", () => {
  test("tryNew returns undefined if there is no room, and keeps the value", () => {
    const value = { x: 1, y: 2 };
    expect([Box.tryNew(Point, value, none()), value]).toEqual([undefined, { x: 1, y: 2 }]);
    expect(thrown(() => Box.new(Point, value, none()))).toBe("AllocError: no-room");
    expect(Box.tryNew(Point, value, heap)?.take()).toEqual(value);
  });

  test("emplace builds in place, starting with zeros", () => {
    using box = Box.emplace(
      Point,
      (point) => {
        expect([point.x, point.y]).toEqual([0, 0]);
        point.y = 5;
      },
      heap,
    );
    expect(box.get()).toEqual({ x: 0, y: 5 });
  });

  test("emplace releases the block if the builder throws, drops nothing, and ends the builder's view", () => {
    const { Counted, dropped } = counted();
    const parent = root();
    let kept: View<{ id: number }> | undefined;
    const build = (value: View<{ id: number }>) => {
      kept = value;
      throw new Error("half built");
    };
    expect(() => Box.emplace(Counted, build, parent)).toThrow("half built");
    expect([dropped, held(parent), thrown(() => kept!.id)]).toEqual([[], 0, "MisuseError: disposed"]);
  });

  test("a value that throws while it is read leaks no block", () => {
    const parent = root();
    expect(() => Box.new(Point, unreadable(), parent)).toThrow("unreadable");
    expect(held(parent)).toBe(0);
  });

  test("without an allocator or a type, the error says what is missing", () => {
    expect(() => (Box.new as (...args: unknown[]) => unknown).call(Box, f64, 1)).toThrow(
      "Box.new expects an allocator",
    );
    expect(thrown(() => Box.new({} as typeof f64, 1, heap))).toBe("OwnedError: type");
  });

  test("every failing allocation of new, emplace and clone leaks nothing", async () => {
    const report = await sweepFailures((allocator) => {
      const box = Box.new(Point, { x: 1, y: 2 }, allocator);
      try {
        const clone = box.clone();
        clone.dispose();
        Box.emplace(Point, (point) => void point.x, allocator).dispose();
      } finally {
        expect(box.get()).toEqual({ x: 1, y: 2 });
        box.dispose();
      }
    });
    expect(report.ok, `${report}`).toBe(true);
    expect(report.requests).toBe(3);
  });
});

describe("fromRaw refuses", () => {
  const at = Box.new(Point, { x: 1, y: 2 }, heap).intoRaw();
  test.each([
    ["an address outside the memory", 2 ** 31, "out-of-bounds"],
    ["no address", NaN, "out-of-bounds"],
    ["NULL", 0, "foreign-pointer"],
    ["a misaligned address", at + 4, "misaligned"],
    ["an address outside every block", 8, "foreign-pointer"],
  ])("%s", (_what, address, code) => {
    expect(thrown(() => Box.fromRaw(Point, address as Ptr, heap))).toBe(`MisuseError: ${code}`);
  });

  test("a block of another allocator, or one that is too small", () => {
    const other = system({ parent: heap });
    expect(thrown(() => Box.fromRaw(Point, at, other))).toBe("MisuseError: foreign-pointer");
    const small = Box.new(u32, 1, heap).intoRaw();
    expect(thrown(() => Box.fromRaw(array(f64, 100), small, heap))).toMatch(/MisuseError: (wrong-layout|misaligned)/);
  });
});

describe("in a scope", () => {
  test("it drops at the end of the scope, the last one first, while its memory is still there", () => {
    const { Counted, dropped } = counted();
    using region = scoped(1024, { parent: root() });
    region.scope((inner) => {
      for (const id of [1, 2, 3]) Box.new(Counted, { id }, inner);
    });
    expect(dropped).toEqual([3, 2, 1]);
  });

  test("a Box that was disposed of or given away is not dropped again", () => {
    const { Counted, dropped } = counted();
    using region = scoped(1024, { parent: root() });
    region.scope((inner) => {
      Box.new(Counted, { id: 1 }, inner).dispose();
      Box.new(Counted, { id: 2 }, inner).take();
      Box.fromRaw(Counted, Box.new(Counted, { id: 3 }, inner).intoRaw(), inner);
    });
    expect(dropped).toEqual([1, 3]);
  });
});

describe("clone", () => {
  test("makes a second value in a block of its own", () => {
    using box = Box.new(Point, { x: 1, y: 2 }, heap);
    using clone = box.clone();
    clone.value.x = 5;
    expect([box.get(), clone.get()]).toEqual([
      { x: 1, y: 2 },
      { x: 5, y: 2 },
    ]);
  });

  test("calls the clone function if a value has a drop function, also deep inside", () => {
    const { Counted, dropped } = counted();
    const box = Box.new(array(struct({ it: Counted }), 2), [{ it: { id: 1 } }, { it: { id: 2 } }], heap);
    const clone = box.clone();
    expect(clone.get()).toEqual([{ it: { id: 1001 } }, { it: { id: 1002 } }]);
    box.dispose();
    clone.dispose();
    expect(dropped).toEqual([1, 2, 1001, 1002]);
  });

  test("is refused for a drop function without a clone function", () => {
    using box = Box.new(struct({ id: u32 }, { drop: () => {} }), { id: 1 }, heap);
    expect(thrown(() => box.clone())).toBe("OwnedError: no-clone");
  });
});

test("a long list of boxes drops without deep recursion, each once, in order", () => {
  const parent = system({ parent: root() });
  let drops = 0;
  let inOrder = true;
  const Node = struct(
    { id: u32, next: ptr },
    {
      drop({ id, next }) {
        inOrder &&= id === MANY - drops;
        drops++;
        if (next !== 0) Box.fromRaw(Node, next, parent).dispose();
      },
    },
  );
  let list: Box<{ id: number; next: Ptr | 0 }> | undefined;
  for (let id = 1; id <= MANY; id++) list = Box.new(Node, { id, next: list?.intoRaw() ?? 0 }, parent);
  list!.dispose();
  expect([drops, inOrder]).toEqual([MANY, true]);
  parent.trim();
  expect(held(parent)).toBe(0);
});

test("a drop function that throws deep in a list does not stop the others", () => {
  const parent = system({ parent: root() });
  let drops = 0;
  const Node = struct(
    { id: u32, next: ptr },
    {
      drop({ id, next }) {
        drops++;
        if (next !== 0) Box.fromRaw(Node, next, parent).dispose();
        if (id === 995) throw new Error("the fifth");
      },
    },
  );
  let list: Box<{ id: number; next: Ptr | 0 }> | undefined;
  for (let id = 1; id <= 1000; id++) list = Box.new(Node, { id, next: list?.intoRaw() ?? 0 }, parent);
  expect(() => list!.dispose()).toThrow("the fifth");
  expect(drops).toBe(1000);
});

test("a scope that ends deep in a list drops its values before its memory is released", () => {
  const parent = system({ parent: root() });
  const region = scoped(1024, { parent });
  const { Counted, dropped } = counted();
  const Node = struct(
    { next: ptr },
    {
      drop({ next }) {
        if (next !== 0) Box.fromRaw(Node, next, parent).dispose();
        else region.scope((inner) => void Box.new(Counted, { id: 1 }, inner));
      },
    },
  );
  for (const length of [1, 99, 100, 101, 150, 1000]) {
    let list: Box<{ next: Ptr | 0 }> | undefined;
    for (let n = 0; n < length; n++) list = Box.new(Node, { next: list?.intoRaw() ?? 0 }, parent);
    list!.dispose();
    expect(dropped.splice(0)).toEqual([1]);
  }
});

test("any sequence of creations, moves and ends drops each value once and leaks nothing", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(6), fc.nat(9))), (steps) => {
      const parent = system({ parent: root() });
      const { Counted, dropped } = counted();
      const boxes: Box<{ id: number }>[] = [];
      const model: number[] = [];
      const gone: number[] = [];
      let next = 0;
      for (const [step, choice] of steps) {
        const at = boxes.length === 0 ? -1 : choice % boxes.length;
        const box = boxes[at];
        if (box === undefined || step === 0) {
          boxes.push(Box.new(Counted, { id: next }, parent));
          model.push(next++);
        } else if (step === 1) {
          gone.push(model[at]!);
          box.set({ id: next });
          model[at] = next++;
        } else if (step === 2) {
          box.dispose();
          gone.push(model.splice(at, 1)[0]!);
          boxes.splice(at, 1);
        } else if (step === 3) {
          boxes[at] = Box.fromRaw(Counted, box.intoRaw(), parent);
        } else if (step === 4) {
          expect(box.take()).toEqual({ id: model.splice(at, 1)[0] });
          boxes.splice(at, 1);
        } else if (step === 5) {
          const id = next++;
          box.value.id = id;
          model[at] = id;
        } else {
          expect(box.get().id).toBe(model[at]);
        }
        expect(boxes.map((it) => it.value.id)).toEqual(model);
      }
      for (const box of boxes) box.dispose();
      expect(dropped).toEqual([...gone, ...model]);
      parent.trim();
      expect(held(parent)).toBe(0);
    }),
  );
});
