import { Allocator, type Layout, Memory, type Ptr, pages, type Shared } from "@alloc/core";
import { Arc, array, Box, f64, RawVec, Rc, struct, text, u8, u32, Vec } from "@alloc/owned";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** An allocator whose blocks are full of old bytes, and surrounded by them. */
function dirty(shared = false): Shared {
  const parent = pages(Memory.linear({ maximum: 2 ** 20, shared }));
  const { memory } = parent;
  return Allocator.from({
    memory,
    allocate(layout: Layout) {
      const at = parent.allocate(layout);
      if (at !== 0 && layout.size > 0) memory.fill(at, layout.size, 0xdb);
      return at;
    },
    deallocate: (at: Ptr, layout: Layout) => parent.deallocate(at, layout),
  }) as Shared;
}

const Point = struct({ x: f64, y: f64 });
const point = { x: 1, y: 2 };

describe("old bytes never show", () => {
  test("in the counts of an Rc", () => {
    using rc = Rc.new(Point, point, dirty());
    expect([rc.strongCount, rc.weakCount, rc.get(), rc.borrowMut((view) => view.y)]).toEqual([1, 0, point, 2]);
    expect(rc.getMut()?.x).toBe(1);
  });

  test("in the counts of an Rc that moved to its own block", () => {
    using rc = Rc.new(Point, point, dirty());
    using other = rc.clone();
    rc.makeMut().x = 5;
    expect([rc, other].map((it) => [it.strongCount, it.weakCount, it.get().x])).toEqual([
      [1, 0, 5],
      [1, 0, 1],
    ]);
    expect(rc.borrowMut((view) => view.x)).toBe(5);
  });

  test("in the counts of an Arc, which has no messages in transit", () => {
    const heap = dirty(true);
    using arc = Arc.new(Point, point, heap);
    expect([arc.strongCount, arc.weakCount, arc.get(), arc.getMut()?.y]).toEqual([1, 0, point, 2]);
    const message = arc.share();
    using theirs = Arc.adopt(Point, message, heap);
    expect(() => Arc.adopt(Point, message, heap)).toThrow(expect.objectContaining({ code: "double-free" }));
    expect([arc.strongCount, theirs.ptrEq(arc)]).toEqual([2, true]);
  });

  test("in a value built in place", () => {
    using box = Box.emplace(array(u8, 9), () => {}, dirty());
    expect(box.get()).toEqual(Array(9).fill(0));
  });

  test("in a buffer requested zeroed", () => {
    const heap = dirty();
    using buffer = RawVec.withCapacityZeroed(u32, 5, heap);
    expect([...heap.memory.view(Uint32Array, buffer.ptr, 5)]).toEqual([0, 0, 0, 0, 0]);
  });

  test("after a text shorter than its room", () => {
    const heap = dirty();
    using vec = Vec.from(text(8), ["größer", "", "12345678"], heap);
    expect([...vec.view(Uint8Array)]).toEqual([
      ...new TextEncoder().encode("größer"),
      ...Array(8).fill(0),
      ...new TextEncoder().encode("12345678"),
    ]);
  });
});

test("the bytes around a value never change, whatever is made, changed and ended", () => {
  const heap = dirty();
  const around = Array.from({ length: 40 }, () => Box.new(u32, 7, heap));
  fc.assert(
    fc.property(fc.nat(39), fc.nat(3), (at, kind) => {
      around[at]!.dispose();
      if (kind === 0) Rc.new(u8, 1, heap).dispose();
      if (kind === 1) Vec.from(u8, [1, 2, 3, 4], heap).dispose();
      if (kind === 2) Box.new(text(4), "abcd", heap).dispose();
      const rc = Rc.new(u32, 1, heap);
      const weak = rc.downgrade();
      if (kind === 3) rc.makeMut();
      rc.dispose();
      weak.dispose();
      around[at] = Box.new(u32, 7, heap);
      expect(around.every((box) => box.get() === 7)).toBe(true);
    }),
  );
});

describe("ptrEq", () => {
  test("is false for values at one address in two memories", () => {
    const [one, other] = [dirty(), dirty()].map((heap) => Rc.new(u32, 1, heap));
    expect([one!.ptrEq(other!), one!.ptrEq(one!.clone())]).toEqual([false, true]);
  });

  test("is true for one value seen through two Memories", () => {
    const wasm = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true });
    const heapOf = () => {
      const memory = Memory.over(wasm, { from: 65536 });
      return Allocator.from({ memory, allocate: () => 65536 as Ptr, deallocate() {} }) as Shared;
    };
    const one = Arc.new(u32, 1, heapOf());
    const other = Arc.adopt(u32, one.share(), heapOf());
    expect(one.ptrEq(other)).toBe(true);
  });
});
