/**
 * Handles at their edges: scopes that end in the middle of a call or accept nothing more, allocators that refuse or are reset, and what
 * errors and consoles say.
 */
import { inspect } from "node:util";
import { type Allocator, Layout, Memory, type Ptr, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { Arc, Box, f64, isShared, Rc, struct, u8, u32, Vec } from "@alloc/owned";
import { stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { resizable } from "../../core/test/support/resizable.ts";
import { counted, none, root, thrown } from "./support.ts";

/** Returns the message of the error of a call. */
function message(call: () => unknown): string {
  try {
    call();
    return "nothing was thrown";
  } catch (error) {
    return (error as Error).message;
  }
}

/** A heap with a scope whose deferred closures a test runs itself, the last one first. */
function scopedHeap() {
  const heap = stats(system({ parent: root() }));
  const closures: (() => void)[] = [];
  const state = { isFull: false };
  const defer = (closure: () => void) => {
    if (state.isFull) throw new Error("nothing more can be deferred");
    closures.push(closure);
  };
  const end = () => {
    for (let closure = closures.pop(); closure !== undefined; closure = closures.pop()) closure();
  };
  return { heap: Object.defineProperty(heap, "defer", { value: defer }), closures, state, end };
}

describe("a scope", () => {
  test("has one closure for two handles made in a row", () => {
    const { heap, closures } = scopedHeap();
    Box.new(u32, 1, heap);
    Box.new(u32, 2, heap);
    expect(closures.length).toBe(1);
  });

  test("that accepts no closure any more ends all handles with the first one, and throws", () => {
    const { Counted, dropped } = counted();
    const { heap, state, end } = scopedHeap();
    for (const id of [1, 2, 3]) Box.new(Counted, { id }, heap);
    state.isFull = true;
    expect(message(end)).toBe("nothing more can be deferred");
    expect([dropped, heap.counters.numLive]).toEqual([[3, 2, 1], 0]);
  });

  test("ends no further handle with one whose drop throws", () => {
    const dropped: number[] = [];
    const Bad = struct(
      { id: u32 },
      {
        drop({ id }) {
          dropped.push(id);
          if (id === 3) throw new Error("drop 3");
        },
      },
    );
    const { heap, end } = scopedHeap();
    for (const id of [1, 2, 3]) Box.new(Bad, { id }, heap);
    expect(message(end)).toBe("drop 3");
    expect(dropped).toEqual([3]);
    end();
    expect([dropped, heap.counters.numLive]).toEqual([[3, 2, 1], 0]);
  });

  test("gives back the blocks of values without a drop function, and of Weaks", () => {
    const { heap, end } = scopedHeap();
    Box.new(u32, 1, heap);
    Rc.new(u32, 2, heap).downgrade();
    Vec.from(u32, [1, 2], heap);
    end();
    expect(heap.counters.numLive).toBe(0);
  });

  test("releases nothing of a heap that was reset before", () => {
    const { heap, end } = scopedHeap();
    const released: Ptr[] = [];
    Box.new(u32, 1, heap);
    Rc.new(u32, 2, heap).downgrade();
    heap.reset();
    Object.defineProperty(heap, "deallocate", { value: (ptr: Ptr) => released.push(ptr) });
    end();
    expect(released).toEqual([]);
  });

  test("that ends in a drop releases the block of its value once", () => {
    const { heap, end } = scopedHeap();
    const One = struct({ id: u32 }, { drop: () => end() });
    Box.new(One, { id: 1 }, heap).dispose();
    expect([heap.counters.numLive, heap.counters.numDeallocate]).toEqual([0, 1]);
  });

  test("that ends in a drop, after a reset, drops the remaining values", () => {
    const { heap, end } = scopedHeap();
    const dropped: number[] = [];
    const One = struct(
      { id: u32 },
      {
        drop({ id }) {
          dropped.push(id);
          if (id !== 1) return;
          heap.reset();
          end();
        },
      },
    );
    Vec.from(One, [{ id: 1 }, { id: 2 }], heap).dispose();
    expect(dropped).toEqual([1, 2]);
  });

  test("ends a handle whose block is being moved", () => {
    const { Counted, dropped } = counted();
    const { heap, end } = scopedHeap();
    const vec = Vec.from(Counted, [{ id: 1 }], heap);
    Object.defineProperty(heap, "grow", {
      value() {
        end();
        return 0;
      },
    });
    message(() => vec.reserve(1000));
    expect([dropped, thrown(() => vec.get(0))]).toEqual([[1], "MisuseError: disposed"]);
  });
});

test("a handle whose block is being moved is busy, to use and to end", () => {
  const heap = system({ parent: root() });
  const vec = Vec.from(u32, [1], heap);
  const codes: string[] = [];
  Object.defineProperty(heap, "grow", {
    value() {
      codes.push(
        thrown(() => vec.get(0)),
        thrown(() => vec.dispose()),
      );
      return 0;
    },
  });
  message(() => vec.reserve(1000));
  expect([codes, vec.get(0)]).toEqual([["MisuseError: reentrant", "MisuseError: reentrant"], 1]);
});

test("an owner that could not be counted leaves nothing in its scope", () => {
  const { heap, end } = scopedHeap();
  const rc = Rc.new(u32, 7, heap);
  const words = heap.memory.view(Int32Array, ((rc as unknown as { address: number }).address - 12) as Ptr, 3);
  words[0] = 2 ** 31 - 1;
  expect(message(() => rc.clone())).toBe("a value can have at most 2 ** 31 - 1 owners or Weaks; nothing was counted");
  end();
  expect(words[0]).toBe(2 ** 31 - 2);
});

describe("drops", () => {
  /** Disposes of a list whose nodes each dispose of the next one, and returns the numbers in the order in which their drops end. */
  function dropList(length: number): number[] {
    const heap = root();
    const order: number[] = [];
    const next = new Map<number, Box<{ id: number }>>();
    const Node = struct(
      { id: u32 },
      {
        drop({ id }) {
          next.get(id)?.dispose();
          order.push(id);
        },
      },
    );
    for (let id = 0; id <= length; id++) next.set(id - 1, Box.new(Node, { id }, heap));
    next.get(-1)!.dispose();
    return order;
  }

  test("that are nested more than a hundred deep run after the outermost one", () => {
    const order = dropList(250);
    expect(order.length).toBe(251);
    expect(order.indexOf(0)).toBeLessThan(order.indexOf(100));
  });

  test("are all run after a scope has ended in one", () => {
    const region = scoped(1024, { parent: root() });
    const Inner = struct({ id: u32 }, { drop: () => {} });
    const Outer = struct({ id: u32 }, { drop: () => region.reset() });
    Box.new(Inner, { id: 1 }, region);
    Box.new(Outer, { id: 2 }, root()).dispose();
    expect(dropList(250).length).toBe(251);
  });

  test("that reset their heap leave the others undone, with an error", () => {
    const heap = system({ parent: root() });
    const One = struct({ id: u32 }, { drop: () => heap.reset() });
    const vec = Vec.from(One, [{ id: 1 }, { id: 2 }], heap);
    expect(thrown(() => vec.dispose())).toBe("MisuseError: disposed");
  });

  test("are followed by the error of an allocator that refuses the block", () => {
    const { Counted, dropped } = counted();
    const heap = system({ parent: root() });
    const box = Box.new(Counted, { id: 1 }, heap);
    Object.defineProperty(heap, "deallocate", {
      value() {
        throw new Error("refused");
      },
    });
    expect([message(() => box.dispose()), dropped]).toEqual(["refused", [1]]);
  });
});

describe("a borrow", () => {
  test("writes nothing into a heap that was reset in it", () => {
    const heap = system({ parent: root() });
    const rc = Rc.new(u32, 7, heap);
    let ptr = 0 as Ptr;
    rc.borrowMut(() => {
      heap.reset();
      ptr = heap.allocateZeroed(Layout.of(16, 4)) as Ptr;
    });
    expect([...heap.memory.view(Uint8Array, ptr, 16)].some((byte) => byte !== 0)).toBe(false);
  });

  test("shows nothing any more once the scope of its value has ended", () => {
    const region = scoped(256, { parent: root() });
    const Point = struct({ x: f64 });
    const rc = Rc.new(Point, { x: 1 }, region);
    const seen: string[] = [];
    rc.borrow((point) => {
      region.reset();
      seen.push(thrown(() => point.x));
    });
    expect(seen).toEqual(["MisuseError: disposed"]);
  });

  test("is named by what it does, in the errors of what it excludes", () => {
    const rc = Rc.new(struct({ x: f64 }), { x: 1 }, root());
    const changed = "this value is being changed by a borrow that has not ended";
    const texts: string[] = [];
    rc.borrowMut(() => {
      for (const use of [() => rc.value, () => rc.peek(), () => rc.get(), () => rc.borrow(() => {})])
        texts.push(message(use));
      texts.push(message(() => rc.borrowMut(() => {})));
    });
    expect(texts).toEqual(Array(5).fill(changed));
    expect(message(() => rc.borrow(() => rc.borrowMut(() => {})))).toBe(
      "this value is being read by a borrow that has not ended",
    );
  });
});

describe("what is shown", () => {
  test("of a handle as a text with its address", () => {
    using box = Box.new(u32, 1, root());
    expect(Object.prototype.toString.call(box)).toBe(
      `[object Box of u32 at ${(box as never as { address: Ptr }).address}]`,
    );
  });

  test("of a Weak is its kind and type", () => {
    expect(inspect(Rc.new(u32, 1, root()).downgrade())).toBe("Weak of u32");
  });

  test("of a handle whose heap was reset is that its memory is gone", () => {
    const heap = system({ parent: root() });
    const box = Box.new(u32, 1, heap);
    heap.reset();
    expect(inspect(box)).toBe("Box of u32 (its memory is gone)");
  });

  test("in a console without an inspect function is JSON", () => {
    using box = Box.new(struct({ x: f64 }), { x: 1 }, root());
    const show = (box as never as { [key: symbol]: (depth: number, options: object) => string })[
      Symbol.for("nodejs.util.inspect.custom")
    ]!;
    expect(show.call(box, 2, {})).toBe('Box of struct { x } {"x":1}');
  });
});

describe("an error", () => {
  test("of a stale handle is the same each time", () => {
    const heap = system({ parent: root() });
    const box = Box.new(u32, 1, heap);
    heap.reset();
    const first = message(() => box.get());
    expect([first.includes("its block is gone"), message(() => box.get())]).toEqual([true, first]);
  });

  test("of Arc.adopt is about the type if only the size or only the align differs", () => {
    const heap = pages(Memory.linear({ shared: true, maximum: 2 ** 20 }));
    const sent = Arc.new(u32, 7, heap).share();
    for (const wrong of [{ size: 8 }, { align: 8 }]) {
      expect(thrown(() => Arc.adopt(u32, { ...sent, ...wrong }, heap))).toBe("OwnedError: type");
    }
    expect(message(() => Arc.adopt(u32, { ...sent, "@alloc/Arc": 6 as Ptr }, heap))).toMatch(
      /^Arc\.adopt expects a block of/,
    );
  });

  test("names the call and shows how to write it", () => {
    expect(message(() => isShared(5 as never))).toMatch(/^isShared expects an allocator, got 5.*isShared\(heap\)/);
    expect(message(() => Box.emplace(u32, 5 as never, root()))).toContain("Box.emplace(type, (value) => { … }, heap)");
    const shared = pages(Memory.linear({ shared: true, maximum: 2 ** 17 }));
    while (shared.allocate(Layout.of(16)) !== 0);
    expect(message(() => Arc.new(u32, 1, shared))).toContain("for an Arc of u32");
  });

  test("of a factory without an allocator has the code allocator", () => {
    expect(thrown(() => Box.in(undefined as never))).toBe("OwnedError: allocator");
  });

  test("has at most 80 characters of a name, and an ellipsis if there are more", () => {
    const titled = (length: number) => struct({ ["x".repeat(length)]: u8 })["@alloc/Type"];
    expect([titled(80), titled(81)]).toEqual([`struct { ${"x".repeat(80)} }`, `struct { ${"x".repeat(80)}… }`]);
  });
});

test("an Rc writes its counts and nothing behind them", () => {
  const memory = Memory.linear({ maximum: 65536 });
  const heap: Allocator = Object.assign(Object.create(none()), { memory, allocate: () => 1024 as Ptr });
  memory.u8.fill(0xff, 1024, 1056);
  Rc.new(u8, 1, heap);
  expect([...memory.u8.subarray(1036, 1044)]).toEqual([1, 255, 255, 255, 255, 255, 255, 255]);
});

test("an Rc whose counts are only partly in the memory is out of bounds", () => {
  const buffer = resizable(ArrayBuffer, 65536, 65536);
  const heap = pages(Memory.over(buffer, { from: 32768 }));
  const rc = Rc.new(u32, 1, heap);
  buffer.resize((rc as never as { address: Ptr }).address - 4);
  expect(thrown(() => rc.strongCount)).toBe("MisuseError: out-of-bounds");
});
