import type { Ptr } from "@alloc/core";
import { system } from "@alloc/global";
import { array, f64, ptr, Rc, struct, u32, type View, type Weak } from "@alloc/owned";
import { scoped } from "@alloc/scoped";
import { sweepFailures } from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { counted, countsAsModel, held, none, root, spied, thrown, unreadable } from "./support.ts";

const Point = struct({ x: f64, y: f64 });
const heap = system({ parent: root() });
const point = () => Rc.new(Point, { x: 1, y: 2 }, heap);

describe("the owners of a value", () => {
  test("are one block, with the counts before the value", () => {
    const { spy, calls } = spied();
    const one = Rc.new(Point, { x: 1, y: 2 }, spy);
    const two = one.clone();
    two.downgrade().dispose();
    one.dispose();
    two.dispose();
    expect(calls).toEqual(["+32/8", "-32/8"]);
  });

  test("are counted, and so are the Weaks", () => {
    const one = point();
    const two = one.clone();
    const weak = two.downgrade();
    const again = weak.clone();
    expect([one.strongCount, one.weakCount, weak.strongCount]).toEqual([2, 2, 2]);
    one.dispose();
    again.dispose();
    expect([two.strongCount, two.weakCount]).toEqual([1, 1]);
    two.dispose();
    expect([weak.strongCount, weak.upgrade()]).toEqual([0, undefined]);
    weak.dispose();
  });

  test("share one value, and recognise each other", () => {
    using one = point();
    using two = one.clone();
    using other = point();
    one.set({ x: 5, y: 6 });
    expect([two.get(), two.value.x, one.ptrEq(two), one.ptrEq(other)]).toEqual([{ x: 5, y: 6 }, 5, true, false]);
  });

  test("drop the value when the last of them ends, and the memory when the last Weak ends", () => {
    const { Counted, dropped } = counted();
    const parent = root();
    const one = Rc.new(Counted, { id: 1 }, parent);
    const two = one.clone();
    const weak = one.downgrade();
    one.dispose();
    one.dispose();
    expect(dropped).toEqual([]);
    two.dispose();
    expect([dropped, held(parent) > 0]).toEqual([[1], true]);
    weak.dispose();
    weak.dispose();
    expect(held(parent)).toBe(0);
  });

  test("give the memory back even if the drop function throws or upgrades a Weak", () => {
    const parent = root();
    const log: unknown[] = [];
    let weak: Weak<Rc<{ id: number }>> | undefined;
    const Bad = struct(
      { id: u32 },
      {
        drop: () => {
          log.push(weak!.upgrade());
          weak!.dispose();
          throw new Error("no");
        },
      },
    );
    const rc = Rc.new(Bad, { id: 1 }, parent);
    weak = rc.downgrade();
    expect(() => rc.dispose()).toThrow("no");
    expect([log, held(parent)]).toEqual([[undefined], 0]);
  });

  test("in a scope end with the scope", () => {
    const { Counted, dropped } = counted();
    using region = scoped(1024, { parent: root() });
    region.scope((inner) => {
      const one = Rc.new(Counted, { id: 4 }, inner);
      one.clone();
      one.downgrade();
    });
    expect(dropped).toEqual([4]);
  });

  test("throw after they were disposed of, and the others go on", () => {
    const one = point();
    using two = one.clone();
    const weak = one.downgrade();
    const { value } = one;
    one.dispose();
    weak.dispose();
    const uses = [
      () => one.value,
      () => one.get(),
      () => one.set({ x: 1, y: 1 }),
      () => one.clone(),
      () => one.downgrade(),
      () => one.strongCount,
      () => one.weakCount,
      () => one.ptrEq(two),
      () => one.getMut(),
      () => one.makeMut(),
      () => one.borrow(() => {}),
      () => one.borrowMut(() => {}),
      () => value.x,
      () => weak.upgrade(),
      () => weak.clone(),
      () => weak.strongCount,
    ];
    for (const use of uses) expect(thrown(use), String(use)).toBe("MisuseError: disposed");
    expect(two.value.x).toBe(1);
  });
});

test("a cycle closed by a Weak is freed", () => {
  const parent = root();
  const { Counted, dropped } = counted();
  type Owner = Rc<{ id: number }>;
  const children = new Map<number, { parent: Weak<Owner> }>();
  const top = Rc.new(Counted, { id: 1 }, parent);
  children.set(1, { parent: top.downgrade() });
  expect(children.get(1)!.parent.upgrade()?.dispose()).toBe(undefined);
  top.dispose();
  expect([dropped, children.get(1)!.parent.upgrade()]).toEqual([[1], undefined]);
  children.get(1)!.parent.dispose();
  expect(held(parent)).toBe(0);
});

describe("writing", () => {
  test("getMut is for the only owner without a Weak", () => {
    using one = point();
    const two = one.clone();
    expect(one.getMut()).toBe(undefined);
    two.dispose();
    const weak = one.downgrade();
    expect(one.getMut()).toBe(undefined);
    weak.dispose();
    one.getMut()!.x = 9;
    expect(one.get().x).toBe(9);
  });

  test("makeMut writes in place if there is no other owner or Weak, and clones if there is another owner", () => {
    const { Counted, dropped } = counted();
    const one = Rc.new(Counted, { id: 1 }, heap);
    one.makeMut().id = 2;
    const two = one.clone();
    one.makeMut().id += 5;
    expect([one.get(), two.get(), one.ptrEq(two), two.strongCount]).toEqual([{ id: 1007 }, { id: 2 }, false, 1]);
    one.dispose();
    two.dispose();
    expect(dropped).toEqual([1007, 2]);
  });

  test("makeMut moves the value if only Weaks refer to it, and drops nothing", () => {
    const { Counted, dropped } = counted();
    const parent = root();
    const one = Rc.new(Counted, { id: 1 }, parent);
    const weak = one.downgrade();
    one.makeMut().id = 3;
    expect([one.get(), weak.upgrade(), dropped, one.weakCount]).toEqual([{ id: 3 }, undefined, [], 0]);
    weak.dispose();
    one.dispose();
    expect([dropped, held(parent)]).toEqual([[3], 0]);
  });

  test("makeMut is refused without a clone function, and changes nothing", () => {
    const parent = root();
    const one = Rc.new(struct({ id: u32 }, { drop: () => {} }), { id: 1 }, parent);
    const two = one.clone();
    expect(thrown(() => one.makeMut())).toBe("OwnedError: no-clone");
    expect([one.ptrEq(two), one.strongCount, one.get()]).toEqual([true, 2, { id: 1 }]);
    one.dispose();
    two.dispose();
    expect(held(parent)).toBe(0);
  });
});

describe("borrows", () => {
  test("readers exclude writers, a writer excludes all, and after they end everything is allowed again", () => {
    using one = point();
    using two = one.clone();
    one.borrow((a) => {
      two.borrow((b) => expect([a.x, b.y]).toEqual([1, 2]));
      for (const use of [() => two.borrowMut(() => {}), () => two.set({ x: 0, y: 0 }), () => one.makeMut()]) {
        expect(thrown(use)).toBe("OwnedError: borrowed");
      }
    });
    one.borrowMut((a) => {
      a.x = 7;
      const uses = [
        () => two.borrow(() => {}),
        () => two.borrowMut(() => {}),
        () => two.value,
        () => two.get(),
        () => two.set(a),
      ];
      for (const use of uses) expect(thrown(use)).toBe("OwnedError: borrowed");
    });
    expect([two.get().x, one.borrowMut((a) => a.y)]).toEqual([7, 2]);
  });

  test("end if the call throws, and their views end with them", () => {
    using one = point();
    let kept: View<{ x: number; y: number }> | undefined;
    expect(() =>
      one.borrowMut((value) => {
        kept = value;
        throw new Error("no");
      }),
    ).toThrow("no");
    expect([thrown(() => kept!.x), one.borrow((value) => value.x)]).toEqual(["MisuseError: disposed", 1]);
  });

  test("keep the last owner from ending, but no other", () => {
    const parent = root();
    const one = Rc.new(Point, { x: 1, y: 2 }, parent);
    const two = one.clone();
    one.borrow((value) => {
      one.dispose();
      expect(thrown(() => two.dispose())).toBe("OwnedError: borrowed");
      expect(value.x).toBe(1);
    });
    two.dispose();
    expect(held(parent)).toBe(0);
  });
});

describe("making one", () => {
  test("is refused in a shared memory", () => {
    expect(thrown(() => Rc.new(u32, 1, root({ shared: true })))).toBe("OwnedError: memory");
  });

  test("of a value that does not fit, or throws while it is read, takes no memory", () => {
    const parent = root();
    expect(thrown(() => Rc.new(u32, -1, parent))).toBe("OwnedError: value");
    expect(() => Rc.new(Point, unreadable(), parent)).toThrow("unreadable");
    expect(held(parent)).toBe(0);
  });

  test("returns undefined or throws if there is no room", () => {
    expect(Rc.tryNew(u32, 1, none())).toBe(undefined);
    expect(thrown(() => Rc.new(u32, 1, none()))).toBe("AllocError: no-room");
  });

  test("every failing allocation of new and makeMut leaks nothing, and keeps the old value", async () => {
    const report = await sweepFailures((allocator) => {
      using one = Rc.new(Point, { x: 1, y: 2 }, allocator);
      using two = one.clone();
      try {
        one.makeMut().x = 5;
        using weak = one.downgrade();
        one.makeMut().y = 6;
        expect(weak.upgrade()).toBe(undefined);
      } finally {
        expect(two.get()).toEqual({ x: 1, y: 2 });
      }
    });
    expect(report.ok, `${report}`).toBe(true);
    expect(report.requests).toBe(3);
  });

  test("of a bound Rc needs no allocator as an argument", () => {
    const parent = root();
    Rc.in(parent).new(array(ptr, 2), [0, 0]).dispose();
    expect(held(parent)).toBe(0);
  });
});

test("any sequence of clones, downgrades, upgrades and ends counts like a model, and drops each value once", () => {
  countsAsModel(
    () => system({ parent: root() }),
    (type, value, parent) => Rc.new(type, value, parent),
  );
});

test("a count that would wrap is an error, and stays unchanged", () => {
  const rc = point();
  const weak = rc.downgrade();
  const { block } = rc as unknown as { block: Ptr };
  const most = 2 ** 31 - 1;
  for (const word of [0, 1]) {
    const before = heap.memory.i32[block / 4 + word]!;
    for (const count of [most, -1]) {
      heap.memory.store(Int32Array, (block + 4 * word) as Ptr, count);
      const uses = word === 0 ? [() => rc.clone(), () => weak.upgrade()] : [() => rc.downgrade(), () => weak.clone()];
      for (const use of uses) expect(thrown(use)).toBe("OwnedError: count");
      expect(heap.memory.i32[block / 4 + word]).toBe(count);
    }
    heap.memory.store(Int32Array, (block + 4 * word) as Ptr, before);
  }
  rc.dispose();
  weak.dispose();
});
