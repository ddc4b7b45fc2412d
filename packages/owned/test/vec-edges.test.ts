import { fallback } from "@alloc/combinators";
import { Memory, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { f64, RawVec, Rc, struct, u8, u32, Vec } from "@alloc/owned";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { counted, root, spied, thrown } from "./support.ts";

const Point = struct({ x: f64, y: f64 });

describe("truncate", () => {
  test("to more elements than it has does nothing", () => {
    const { Counted, dropped } = counted();
    for (const length of [2, 3, 100]) {
      using vec = Vec.from(Counted, [{ id: 1 }, { id: 2 }], root());
      const shown = vec.at(1);
      vec.truncate(length);
      expect([vec.length, shown.id, dropped.splice(0)]).toEqual([2, 2, []]);
      vec.truncate(0);
      dropped.splice(0);
    }
  });

  test.each([-1, 0.5, NaN, "1", undefined])("to %s elements is refused", (length) => {
    using vec = Vec.from(u32, [1, 2], root());
    expect([thrown(() => vec.truncate(length as number)), vec.length]).toEqual(["OwnedError: index", 2]);
  });
});

describe("a view", () => {
  test("has as many elements as fit whole", () => {
    using vec = Vec.from(u8, [1, 2, 3, 4, 5, 6, 7], root());
    expect(
      [Uint8Array, Uint16Array, Uint32Array, Float64Array].map((Kind) => vec.view(Kind as typeof Uint8Array).length),
    ).toEqual([7, 3, 1, 0]);
  });

  test("of no elements lies where the first one will be", () => {
    using vec = Vec.withCapacity(f64, 3, root());
    const { byteOffset } = vec.view(Float64Array);
    vec.push(1);
    expect([byteOffset, vec.view(Float64Array).length]).toEqual([vec.view(Float64Array).byteOffset, 1]);
  });
});

test("a view of a block that fills most of a memory ends within it", () => {
  using vec = Vec.withCapacity(f64, 6000, pages(Memory.linear({ maximum: 65536 })));
  vec.push(1);
  expect([...vec.view(Float64Array)]).toEqual([1]);
});

describe("a view of an element", () => {
  test("ends when the block moves, however often it was made", () => {
    using vec = Vec.withCapacity(Point, 2, spied().spy);
    vec.extend([{ x: 1, y: 2 }, { x: 3, y: 4 }]); // biome-ignore format: pairs
    const shown = [vec.at(0), vec.at(1), vec.peek(0), ...vec];
    vec.reserve(100_000);
    expect(shown.map((view) => thrown(() => view.x))).toEqual(shown.map(() => "MisuseError: disposed"));
  });

  test("stays valid if the block grows in place", () => {
    using region = scoped(4096, { parent: root() });
    const vec = Vec.from(Point, [{ x: 1, y: 2 }], region);
    const shown = vec.at(0);
    vec.reserve(100);
    expect([shown.x, vec.capacity]).toEqual([1, 101]);
  });

  test("ends when the allocator is reset", () => {
    const parent = root();
    const scratch = fallback(scoped(1024, { parent }), system({ parent }));
    const vec = Vec.from(Point, [{ x: 1, y: 2 }], scratch);
    void vec.at(0);
    scratch.reset();
    for (const show of [() => vec.at(0), () => vec.peek(0), () => [...vec]]) {
      expect(thrown(show)).toBe("MisuseError: disposed");
    }
  });
});

describe("an error names how a handle was spent", () => {
  const SPEND: Record<string, [handle: () => { dispose(): void }, how: string]> = {
    Vec: [() => Vec.from(u8, [1], root()), "dispose"],
    RawVec: [() => RawVec.withCapacity(u8, 1, root()), "dispose"],
    Rc: [() => Rc.new(u8, 1, root()), "dispose"],
    Weak: [() => Rc.new(u8, 1, root()).downgrade(), "dispose"],
  };
  test.each(Object.entries(SPEND))("of kind %s", (kind, [make, how]) => {
    const handle = make() as unknown as { dispose(): void; requireLive(): void };
    handle.dispose();
    expect(() => handle.requireLive()).toThrow(`this ${kind} was spent by ${how}()`);
  });

  test("of a Vec that became a Box", () => {
    const vec = Vec.from(u8, [1], root());
    using _box = vec.intoBox();
    expect(() => vec.push(1)).toThrow("this Vec was spent by intoBox()");
  });
});
