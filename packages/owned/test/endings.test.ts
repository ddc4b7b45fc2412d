// @module-tag alone
import { system } from "@alloc/global";
import { array, Box, type Leak, RawVec, Rc, reportLeaks, struct, u32, Vec, type View } from "@alloc/owned";
import { stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { counted, held, root, thrown } from "./support.ts";

const region = () => scoped(4096, { parent: root() });

describe("the end of a scope", () => {
  test("gives back the blocks of all kinds of handles, each once, and drops no value twice", () => {
    const inner = region();
    const heap = stats(inner);
    const { Counted, dropped } = counted();
    const rc = Rc.new(Counted, { id: 1 }, heap);
    const handles = [
      rc,
      rc.clone(),
      rc.downgrade(),
      rc.downgrade().clone(),
      Box.new(Counted, { id: 2 }, heap),
      Vec.from(Counted, [{ id: 3 }, { id: 4 }], heap),
      RawVec.withCapacity(Counted, 5, heap),
      Box.new(u32, 6, heap),
    ];
    inner.reset();
    expect(dropped.sort()).toEqual([1, 2, 3, 4]);
    expect(heap.counters.numLive).toBe(0);
    for (const handle of handles) handle.dispose();
    expect([dropped.length, heap.counters.numLive]).toEqual([4, 0]);
  });

  test("drops no element of a RawVec, and names the end of the scope as the reason", () => {
    const inner = region();
    const { Counted, dropped } = counted();
    const buffer = RawVec.withCapacity(Counted, 2, inner);
    inner.reset();
    expect(() => buffer.reserve(0, 9)).toThrow("the end of its scope");
    expect(dropped).toEqual([]);
  });

  test("leaves the value of an Rc to the remaining owners if one ended before", () => {
    const inner = region();
    const { Counted, dropped } = counted();
    const rc = Rc.new(Counted, { id: 1 }, inner);
    const weak = rc.downgrade();
    rc.clone().dispose();
    expect([dropped, weak.strongCount]).toEqual([[], 1]);
    inner.reset();
    expect([dropped, thrown(() => weak.upgrade())]).toEqual([[1], "MisuseError: disposed"]);
  });

  test("ends the view of a borrow, and the borrow can end after it", () => {
    const inner = region();
    const { Counted, dropped } = counted();
    const rc = Rc.new(Counted, { id: 1 }, inner);
    let shown: { readonly id: number } | undefined;
    rc.borrow((value) => {
      shown = value;
      inner.reset();
    });
    expect([dropped, thrown(() => shown!.id)]).toEqual([[1], "MisuseError: disposed"]);
  });
});

describe("makeMut", () => {
  test("called while its clone function ends the other owner, drops the old value with the share", () => {
    const inner = region();
    const dropped: number[] = [];
    let other: Rc<{ id: number }> | undefined;
    const T = struct(
      { id: u32 },
      {
        drop: ({ id }) => dropped.push(id),
        clone({ id }) {
          other?.dispose();
          return { id: id + 1 };
        },
      },
    );
    const rc = Rc.new(T, { id: 1 }, inner);
    other = rc.clone();
    expect(rc.makeMut().id).toBe(2);
    expect(dropped).toEqual([1]);
    inner.reset();
    expect(dropped).toEqual([1, 2]);
  });

  test("ends the views of the value that it leaves", () => {
    using rc = Rc.new(array(u32, 1), [1], root());
    using _other = rc.clone();
    const { value } = rc;
    rc.makeMut();
    expect(thrown(() => value.at(0))).toBe("MisuseError: disposed");
  });

  test("of the only owner returns a view of the same value", () => {
    using rc = Rc.new(array(u32, 1), [1], root());
    const { value } = rc;
    rc.makeMut().set(0, 2);
    expect(value.at(0)).toBe(2);
  });
});

test("a field is written through views of any kind, but a removed element through none", () => {
  const Inner = struct({ id: u32 });
  const Outer = struct({ inner: Inner, list: array(Inner, 2) });
  const value = () => ({ inner: { id: 1 }, list: [{ id: 2 }, { id: 3 }] });
  using vec = Vec.from(Outer, [value(), value()], root());
  const views: View<ReturnType<typeof value>>[] = [vec.at(1), vec.peek(1), [...vec][1]!];
  views.forEach((view, index) => {
    view.inner = { id: index } as never;
    view.list.set(1, { id: index });
    expect([vec.get(1).inner.id, vec.get(1).list[1]!.id, vec.get(0)]).toEqual([index, index, value()]);
  });
  vec.pop();
  for (const view of views) {
    expect(thrown(() => Object.assign(view, { inner: { id: 9 } }))).toBe("MisuseError: disposed");
    expect(thrown(() => view.list.set(0, { id: 9 }))).toBe("MisuseError: disposed");
  }
});

test("the last listener for leaks is in force: the end of an earlier one changes nothing", () => {
  const leaks: Leak[] = [];
  const endFirst = reportLeaks((leak) => leaks.push(leak));
  const endSecond = reportLeaks((leak) => leaks.push(leak));
  const registered: unknown[] = [];
  const { register } = FinalizationRegistry.prototype;
  FinalizationRegistry.prototype.register = function (target, ...rest) {
    registered.push(target);
    register.call(this, target, ...rest);
  };
  try {
    const boxes = [0, 1, 2].map((step) => {
      if (step === 1) endFirst();
      if (step === 2) endSecond();
      return Box.new(u32, step, system({ parent: root() }));
    });
    expect(boxes.map((box) => registered.includes(box))).toEqual([true, true, false]);
    for (const box of boxes) box.dispose();
  } finally {
    FinalizationRegistry.prototype.register = register;
    endSecond();
  }
  expect([leaks, held(root())]).toEqual([[], 0]);
});
