import { fallback, limit } from "@alloc/combinators";
import { Layout, MisuseError, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { Box, Rc, struct, u32, Vec, type View } from "@alloc/owned";
import { stats } from "@alloc/proxy";
import { type Scoped, scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { counted, root, thrown } from "./support.ts";

const closures = (region: Scoped) => (region as unknown as { drops: unknown[] }).drops.length;

describe("a scope", () => {
  test.each([
    ["a region", (region: Scoped) => region],
    ["a wrapper of one", (region: Scoped) => stats(region) as unknown as Scoped],
  ])("has one closure for all handles made and ended in %s", (_what, wrap) => {
    using region = scoped(4096, { parent: root(), grow: true });
    const heap = wrap(region);
    for (let i = 0; i < 10_000; i++) {
      Box.new(u32, i, heap).dispose();
      Box.new(u32, i, heap).take();
      const rc = Rc.new(u32, i, heap);
      rc.downgrade().dispose();
      rc.clone().dispose();
      rc.borrow(() => {});
      rc.dispose();
    }
    expect(closures(region)).toBeLessThan(3);
  });

  test("ends the remaining handles in the order of individual deferred drops", () => {
    const log: unknown[] = [];
    const T = struct({ id: u32 }, { drop: ({ id }) => log.push(id) });
    const region = scoped(4096, { parent: root() });
    const wrapped = stats(region.byRef());
    const make = (id: number) => Box.new(T, { id }, id % 2 === 0 ? region : wrapped);
    make(1);
    make(2);
    region.defer(() => log.push("a"));
    const three = make(3);
    make(4);
    region.defer(() => log.push("b"));
    region.defer(() => {
      log.push("c");
      make(5);
      region.defer(() => log.push("d"));
      make(6);
    });
    make(7);
    three.dispose();
    region.reset();
    expect(log).toEqual([3, 7, "c", 6, "d", 5, "b", 4, "a", 2, 1]);
  });

  test("ends what a drop defers or makes before older handles", () => {
    const log: unknown[] = [];
    const region = scoped(4096, { parent: root() });
    const T: ReturnType<typeof struct<{ id: typeof u32 }>> = struct(
      { id: u32 },
      {
        drop({ id }) {
          log.push(id);
          if (id === 2) {
            region.defer(() => log.push("deferred"));
            Box.new(T, { id: 3 }, region);
          }
        },
      },
    );
    for (const id of [1, 2]) Box.new(T, { id }, region);
    region.dispose();
    expect(log).toEqual([2, 3, "deferred", 1]);
  });

  test("ends all handles even if drops throw, and throws their errors", () => {
    const region = scoped(4096, { parent: root() });
    const log: number[] = [];
    const Bad = struct(
      { id: u32 },
      {
        drop({ id }) {
          log.push(id);
          throw new Error(`drop ${id}`);
        },
      },
    );
    for (const id of [1, 2, 3]) Box.new(Bad, { id }, region);
    expect(() => region.dispose()).toThrow(AggregateError);
    expect(log).toEqual([3, 2, 1]);
  });

  test("that ends in a drop of its own handle drops the rest before its memory is released", () => {
    for (const how of ["reset", "dispose"] as const) {
      const parent = system({ parent: root() });
      const region = scoped(256, { parent });
      const log: number[] = [];
      const T = struct(
        { id: u32 },
        {
          drop({ id }) {
            log.push(id);
            if (id !== 1) return;
            region[how]();
            const other = parent.allocate(Layout.of(256));
            parent.memory.fill(other as never, 256, 0x77);
          },
        },
      );
      const vec = Vec.from(T, [{ id: 1 }, { id: 2 }, { id: 3 }], region);
      Box.new(T, { id: 4 }, region);
      vec.dispose();
      expect(log).toEqual([1, 4, 2, 3]);
    }
  });

  test("refuses a handle while a frame is open in it, and does not count it", () => {
    const { Counted, dropped } = counted();
    const region = scoped(4096, { parent: root() });
    const rc = Rc.new(Counted, { id: 1 }, region);
    const weak = rc.downgrade();
    const frame = region.frame();
    for (const make of [() => rc.clone(), () => rc.downgrade(), () => weak.upgrade(), () => weak.clone()]) {
      expect(thrown(make)).toBe("MisuseError: open-scope");
    }
    frame.dispose();
    expect([rc.strongCount, rc.weakCount]).toEqual([1, 1]);
    rc.dispose();
    expect([dropped, weak.upgrade()]).toEqual([[1], undefined]);
  });

  test.each(["reset", "dispose"] as const)(
    "whose %s happens inside a borrow drops the value, and nothing is written afterwards",
    (how) => {
      const { Counted, dropped } = counted();
      const parent = system({ parent: root() });
      const region = scoped(64, { parent });
      const rc = Rc.new(Counted, { id: 1 }, region);
      const two = rc.clone();
      let shown: View<{ id: number }> | undefined;
      let at = 0;
      rc.borrowMut((value) => {
        shown = value;
        two.dispose();
        region[how]();
        at = (how === "reset" ? region : parent).allocate(Layout.of(64)) as number;
        parent.memory.fill(at as never, 64);
      });
      expect(parent.memory.view(Uint8Array, at as never, 64).every((byte) => byte === 0)).toBe(true);
      expect([dropped, thrown(() => shown!.id)]).toEqual([[1], "MisuseError: disposed"]);
    },
  );
});

describe("a handle whose allocator was reset", () => {
  test("throws on every use, says why, and gives nothing back", () => {
    const parent = root();
    const scratch = fallback(scoped(1024, { parent }), system({ parent }));
    const vec = Vec.withCapacity(u32, 8, scratch);
    const box = Box.new(u32, 7, scratch);
    const rc = Rc.new(u32, 7, scratch);
    const weak = rc.downgrade();
    vec.push(7);
    scratch.reset();
    const ptr = scratch.allocate(Layout.of(256));
    scratch.memory.fill(ptr as never, 256);
    const uses = [
      () => vec.push(8),
      () => vec.at(0),
      () => vec.get(0),
      () => [...vec],
      () => box.value,
      () => box.set(1),
      () => rc.value,
      () => rc.clone(),
      () => weak.upgrade(),
    ];
    for (const use of uses) expect(thrown(use), String(use)).toBe("MisuseError: disposed");
    for (const handle of [vec, box, rc, weak]) handle.dispose(); // reported already
    expect(scratch.memory.view(Uint8Array, ptr as never, 256).every((byte) => byte === 0)).toBe(true);
    scratch.check?.();
  });

  test("is reported once, at the latest by its dispose", () => {
    const heap = system({ parent: root() });
    const box = Box.new(u32, 1, heap);
    heap.dispose();
    expect(() => box.dispose()).toThrow("the allocator of this Box was reset or disposed of after the Box was made");
    box.dispose();
  });

  test("in a scope is disposed of with it, and says so", () => {
    const region = scoped(1024, { parent: root() });
    const box = Box.new(u32, 1, region);
    region.reset();
    expect(() => box.get()).toThrow("this Box was spent by the end of its scope; it no longer owns anything");
    box.dispose();
  });

  test("in the middle of a drop does not touch the values it cannot reach, and says how many", () => {
    const parent = root();
    const scratch = fallback(scoped(1024, { parent }), system({ parent }));
    const T = struct({ id: u32 }, { drop: ({ id }) => void (id === 1 && scratch.reset()) });
    const vec = Vec.from(T, [{ id: 1 }, { id: 2 }, { id: 3 }], scratch);
    expect(() => vec.dispose()).toThrow("2 values could not be dropped");
  });

  test("while a value is built or cloned for it, drops the value without an owner, and releases nothing", () => {
    const parent = root();
    const scratch = fallback(scoped(1024, { parent }), system({ parent }));
    const dropped: number[] = [];
    const T = struct(
      { id: u32 },
      {
        drop: ({ id }) => dropped.push(id),
        clone({ id }) {
          scratch.reset();
          return { id: id + 1 };
        },
      },
    );
    const build = () => scratch.reset();
    expect(thrown(() => Box.emplace(T, build, scratch))).toBe("MisuseError: disposed");
    const box = Box.new(T, { id: 1 }, scratch);
    expect(thrown(() => box.clone())).toBe("MisuseError: disposed");
    expect(dropped).toEqual([2]);
    const rc = Rc.new(T, { id: 3 }, scratch);
    rc.clone();
    expect(thrown(() => rc.makeMut())).toBe("MisuseError: disposed");
    expect(dropped).toEqual([2, 4]);
  });
});

test("a limit disposed of before its region leaves the value to the region", () => {
  const { Counted, dropped } = counted();
  const region = scoped(1024, { parent: pages() });
  const heap = limit(region.byRef(), 100);
  const box = Box.new(Counted, { id: 1 }, heap);
  heap.dispose();
  expect(thrown(() => box.get())).toMatch(/disposed/);
  region.dispose();
  expect([dropped, MisuseError.name]).toEqual([[1], "MisuseError"]);
});
