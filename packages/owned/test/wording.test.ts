import { fallback } from "@alloc/combinators";
import { Allocator, Memory, type Ptr, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { Arc, array, Box, bool, f64, i8, i64, RawVec, Rc, struct, text, u8, u16, u32, u64, Vec } from "@alloc/owned";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { none, root } from "./support.ts";

const Point = struct({ x: f64, y: f64 });
const point = { x: 1, y: 2 };
const Owned = struct({ id: u32 }, { drop: () => {} });
const shared = () => pages(Memory.linear({ shared: true, maximum: 2 ** 20 }));
const region = (parent = root()) => fallback(scoped(1024, { parent }), system({ parent }));

/** An allocator with room for that many requests. */
function rooms(times: number): Allocator {
  const parent = root();
  let left = times;
  return Allocator.from({
    memory: parent.memory,
    allocate: (layout) => (left-- > 0 ? parent.allocate(layout) : 0),
    deallocate: (at, layout) => parent.deallocate(at, layout),
  });
}

/** Sorts a Vec with a comparison that pushes to it. */
function sortAndPush(): void {
  const vec = Vec.from(u32, [2, 1], root());
  vec.sort((a, b) => {
    vec.push(9);
    return a - b;
  });
}

function sortAndWrite(): void {
  const vec = Vec.from(u32, [2, 1], root());
  vec.sort((a, b) => {
    vec.set(0, 9);
    return a - b;
  });
}

function pushAndShrink(heap: Allocator): void {
  const vec = Vec.withCapacity(u32, 8, heap);
  vec.push(1);
  vec.shrinkToFit();
}

/** Runs a function while the allocator moves a Vec. */
function whileMoving(use: (vec: Vec<number>) => void): void {
  const parent = root();
  let hook = () => {};
  const heap = Allocator.from({
    memory: parent.memory,
    allocate(layout) {
      hook();
      return parent.allocate(layout);
    },
    deallocate: (at, layout) => parent.deallocate(at, layout),
  });
  const vec = Vec.from(u32, [1], heap);
  hook = () => use(vec);
  vec.reserve(1000);
}

function rcOf(heap: Allocator, state: (rc: Rc<{ x: number; y: number }>) => unknown): void {
  state(Rc.new(Point, point, heap));
}

const make = Box.new as (...args: unknown[]) => unknown;

/** Faulty calls, and the facts their messages must have. */
const MESSAGES: Record<string, [call: () => unknown, ...facts: string[]]> = {
  "no room for a Vec": [() => Vec.withCapacity(u32, 9, none()), "Vec.withCapacity", "36"],
  "no room for a RawVec": [() => RawVec.withCapacityZeroed(u32, 9, none()), "RawVec.withCapacityZeroed", "36"],
  "no room for a Vec that grows": [() => Vec.withCapacity(u32, 1, rooms(1)).reserve(7), "Vec", "grows", "28"],
  "no room for a Vec that shrinks": [() => pushAndShrink(rooms(1)), "Vec", "shrinks"],
  "no room for a RawVec that shrinks": [() => RawVec.withCapacity(u8, 9, rooms(1)).shrinkToFit(1), "RawVec", "shrinks"],
  "no room for a Box": [() => Box.new(Point, point, none()), "a Box", "struct { x, y }", "16"],
  "no room to build a Box": [() => Box.emplace(Point, () => {}, none()), "a Box", "struct { x, y }", "16"],
  "no room for a clone": [() => Box.new(Point, point, rooms(1)).clone(), "a Box", "struct { x, y }", "16"],
  "no room for an Rc": [() => Rc.new(Point, point, none()), "an Rc", "struct { x, y }", "32"],
  "no room for a copy": [() => rcOf(rooms(1), (rc) => rc.clone() && rc.makeMut()), "a copy", "struct { x, y }", "32"],

  "shrinking to a larger capacity": [() => RawVec.withCapacity(u32, 3, root()).shrinkToFit(5), "3", "5"],
  "no list": [() => Vec.from(u32, 5 as never, root()), "u32", "5"],
  "nothing as a list": [() => Vec.from(u32, undefined as never, root()), "u32", "undefined"],
  "an index after the end": [() => Vec.from(u32, [1, 2, 3], root()).at(3), "from -3 to 2", "3"],
  "an index in an empty Vec": [() => Vec.new(u32, root()).at(7), "no elements", "7"],
  "an index of an array": [() => Box.new(array(u8, 2), [1, 2], root()).value.at(-3), "from -2 to 1", "-3"],

  "a value instead of a type": [() => make("f64", 1, root()), "Box.new", "value type", '"f64"'],
  "an allocator instead of a type": [
    () => make(root(), 1, root()),
    "Box.new",
    "the value type first",
    "allocator last",
  ],
  "a type instead of an allocator to bind": [
    () => Vec.in(f64 as never),
    "in expects an allocator, got an object: write in(heap).new(type, …)",
  ],
  "no type at all": [() => make(undefined, 1, root()), "Box.new", "value type", "undefined"],
  "an array of no type": [() => array({} as never, 1), "array", "an object"],
  "a field of no type": [() => struct({ ok: u8, wrong: (() => {}) as never }), "field wrong", "a function"],
  "a field with a reserved name": [() => struct({ "@alloc/x": u8 }), "called @alloc/x"],
  "a struct of nothing": [() => struct(null as never), "struct", "null"],
  "a struct of a function": [() => struct((() => {}) as never), "struct", "a function"],
  "an option that is not a function": [() => struct({ x: u8 }, { drop: 5 as never }), "option drop", "5"],

  "a number too large": [() => Box.new(u8, 256, root()), "u8", "from 0 to 255", "256"],
  "a number too small": [() => Box.new(i8, -129, root()), "i8", "from -128 to 127", "-129"],
  "no number": [() => Box.new(f64, "1" as never, root()), "f64", "a number", '"1"'],
  "no boolean": [() => Box.new(bool, 1 as never, root()), "bool", "a boolean", "got 1"],
  "a bigint without a sign": [() => Box.new(u64, -1n, root()), "u64", "64 bits", "-1n"],
  "a bigint with a sign": [() => Box.new(i64, 2n ** 63n, root()), "i64", "63 bits", `${2n ** 63n}n`],
  "a text that is too long": [() => Box.new(text(2), "abc", root()), "text(2)", "at most 2 bytes", '"abc"'],
  "a long text": [() => Box.new(u8, "x".repeat(41) as never, root()), `got "${"x".repeat(39)}…"`],
  "no object": [() => Box.new(Point, 5 as never, root()), "struct { x, y }", "an object", "got 5"],
  "null as an object": [() => Box.new(Point, null as never, root()), "struct { x, y }", "an object", "got null"],
  "an array of another length": [() => Box.new(array(u8, 3), [1], root()), "array(u8, 3)", "3 elements", "an array"],
  "a value deep inside": [
    () => Box.new(struct({ list: array(Point, 2) }), { list: [point, { x: 1, y: "no" as never }] }, root()),
    "struct { list }.list[1].y: expected a number",
  ],

  "a misaligned block": [() => Box.fromRaw(f64, 12 as Ptr, root()), "Box.fromRaw", "8 bytes at align 8", "got 12"],
  "an address outside every block": [
    () => Box.fromRaw(f64, 8 as Ptr, root()),
    "Box.fromRaw",
    "8 bytes at align 8",
    "got 8",
  ],
  "a block that is too small": [
    () => {
      const heap = system({ parent: root() });
      Box.fromRaw(array(u8, 9999), Box.new(u8, 1, heap).intoRaw(), heap);
    },
    "Box.fromRaw",
    "9999 bytes at align 1",
    "a block of",
  ],

  "a view of a value that has an owner": [
    () => Box.new(Owned, Box.new(Owned, { id: 1 }, root()).value, root()),
    "struct { id }",
    "a view",
  ],
  "a copy of a value that has an owner": [
    () => Box.new(Owned, Box.new(Owned, { id: 1 }, root()).get(), root()),
    "struct { id }",
    "a copy",
  ],
  "a clone without a clone function": [
    () => Box.new(Owned, { id: 1 }, root()).clone(),
    "struct { id }",
    "clone function",
  ],

  "an Rc of shared memory": [() => Rc.new(u8, 1, shared()), "Rc", "use an Arc"],
  "an Arc of memory of its own": [() => Arc.new(u8, 1, root() as never), "Arc", "use an Rc"],
  "a value instead of a message": [() => Arc.adopt(u8, 5 as never, shared()), "Arc.adopt", "share()", "5"],
  "a message of another type": [
    () => {
      const heap = shared();
      Arc.adopt(u16, Arc.new(u32, 1, heap).share(), heap);
    },
    "Arc.adopt",
    "4 bytes at align 4",
    "2",
  ],
  "a message adopted twice": [
    () => {
      const heap = shared();
      const message = Arc.new(u32, 1, heap).share();
      for (const _ of [1, 2]) Arc.adopt(u32, message, heap);
    },
    "no Arc is in transit",
  ],
  "a value that is changed by a borrow": [() => rcOf(root(), (rc) => rc.borrowMut(() => rc.value)), "being changed"],
  "a value that is read by a borrow": [() => rcOf(root(), (rc) => rc.borrow(() => rc.set(point))), "being read"],

  "a handle that is being moved": [() => whileMoving((vec) => vec.push(1)), "Vec", "being moved"],
  "an allocator that is gone": [
    () => {
      const heap = region();
      const rc = Rc.new(u32, 1, heap);
      heap.reset();
      rc.get();
    },
    "Rc",
    "reset or disposed",
  ],
  "a handle changed by its own value": [
    () => {
      const vec = Vec.from(Point, [], root());
      vec.push({
        y: 1,
        get x() {
          vec.reserve(9);
          return 1;
        },
      });
    },
    "Vec",
    "was changed",
  ],
  "an allocator that ends while a value is built": [
    () => {
      const heap = region();
      Box.emplace(Point, () => heap.reset(), heap);
    },
    "reset or disposed",
  ],
  "a Vec grown by its comparison": [sortAndPush, "Vec", "was changed"],
  "elements changed by their comparison": [sortAndWrite, "comparison", "changed elements"],
  "a view of a dropped value": [
    () => {
      const box = Box.new(Point, point, root());
      const { value } = box;
      box.dispose();
      return value.x;
    },
    "dropped",
    "moved",
  ],
  "a view of a removed element": [
    () => {
      const vec = Vec.from(struct({ name: text(4) }), [{ name: "Ada" }], root());
      const shown = vec.at(0);
      vec.pop();
      shown.name = "Eve";
    },
    "the element",
    "removed",
  ],
};

describe("the message", () => {
  test.each(Object.entries(MESSAGES))("for %s has the facts", (_what, [call, ...facts]) => {
    let message = "";
    try {
      call();
    } catch (error) {
      message = (error as Error).message;
    }
    for (const fact of facts) expect(message).toContain(fact);
  });
});
