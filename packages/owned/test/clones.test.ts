import { Memory, pages } from "@alloc/core";
import { array, Box, struct, type Type, text, u8, u32, Vec } from "@alloc/owned";
import { describe, expect, test } from "vitest";
import { held, root, thrown } from "./support.ts";

type Value = { id: number };

/** A type whose clones have 100 more as their number, which records drops, and whose clone of `bad` throws. */
function cloning(bad = NaN) {
  const dropped: number[] = [];
  const T = struct(
    { id: u32 },
    {
      drop: ({ id }) => dropped.push(id),
      clone({ id }) {
        if (id === bad) throw new Error(`no clone of ${id}`);
        return { id: id + 100 };
      },
    },
  ) as Type<Value>;
  return { T, dropped };
}

describe("a clone", () => {
  test("of fields that have clone functions is whole, and the rest is copied", () => {
    const { T, dropped } = cloning();
    const Whole = struct({ a: T, n: u8, b: array(T, 2) });
    const box = Box.new(Whole, { a: { id: 1 }, n: 9, b: [{ id: 2 }, { id: 3 }] }, root());
    const clone = box.clone();
    expect(clone.get()).toEqual({ a: { id: 101 }, n: 9, b: [{ id: 102 }, { id: 103 }] });
    for (const it of [box, clone]) it.dispose();
    expect(dropped).toEqual([1, 2, 3, 101, 102, 103]);
  });

  test.each([
    [1, []],
    [2, [101]],
    [3, [102, 101]],
    [4, [101, 102, 103]],
  ])("that fails at %d drops the clones made before, and gives its block back", (bad, made) => {
    const { T, dropped } = cloning(bad);
    const clone = (value: { a: Value; b: Value[] }) => {
      if (bad === 4) throw new Error("no clone of 4");
      return value;
    };
    const Whole = struct({ a: T, b: array(T, 2) }, { clone, drop: () => {} });
    const parent = root();
    const box = Box.new(Whole, { a: { id: 1 }, b: [{ id: 2 }, { id: 3 }] }, parent);
    const before = held(parent);
    expect(() => box.clone()).toThrow(new Error(`no clone of ${bad}`));
    expect([dropped, held(parent)]).toEqual([made, before]);
  });

  test("also reports the errors of the clones' drops", () => {
    const T = struct(
      { id: u32 },
      {
        drop({ id }) {
          throw new Error(`drop ${id}`);
        },
        clone({ id }) {
          if (id === 3) throw new Error("clone");
          return { id: id + 100 };
        },
      },
    );
    const errors = [new Error("clone"), new Error("drop 101"), new Error("drop 102")];
    const list = Box.new(array(T, 3), [{ id: 1 }, { id: 2 }, { id: 3 }], root());
    expect(() => list.clone()).toThrow(expect.objectContaining({ errors }));
    const fields = Box.new(struct({ a: T, b: T, c: T }), { a: { id: 1 }, b: { id: 2 }, c: { id: 3 } }, root());
    expect(() => fields.clone()).toThrow(expect.objectContaining({ errors }));
  });

  test("by a clone function of the whole value is its result", () => {
    const Point = struct({ x: u8, y: u8 }, { clone: ({ x, y }) => ({ x: y, y: x }) });
    expect(
      Box.new(array(Point, 1), [{ x: 1, y: 2 }], root())
        .clone()
        .get(),
    ).toEqual([{ x: 2, y: 1 }]);
  });

  test("that does not fit is refused, and gives its block back", () => {
    const Point = struct({ x: u8 }, { clone: () => ({ x: 256 }) });
    const parent = root();
    const box = Box.new(Point, { x: 1 }, parent);
    const before = held(parent);
    expect([thrown(() => box.clone()), held(parent)]).toEqual(["OwnedError: value", before]);
  });
});

describe("a text", () => {
  test("is read and written across the old end of a memory that grew", () => {
    const memory = Memory.linear({ maximum: 2 ** 18 });
    const heap = pages(memory);
    using vec = Vec.withCapacity(text(6), 1000, heap);
    for (let index = 0; index < 1000; index++) vec.push(`${index}`);
    memory.grow(65536);
    expect([...vec]).toEqual(Array.from({ length: 1000 }, (_, index) => `${index}`));
    vec.set(999, "größ");
    expect([thrown(() => vec.set(0, "größe")), vec.get(0), vec.get(999)]).toEqual(["OwnedError: value", "0", "größ"]);
  });

  test("is written into a memory that grew, by code that has seen a resizable buffer", () => {
    // The types of ES2023 have no resizable buffers.
    const resizable = Reflect.construct(ArrayBuffer, [2 ** 16, { maxByteLength: 2 ** 17 }]) as ArrayBuffer;
    for (let round = 0; round < 300; round++) {
      const memory = round < 3 ? Memory.over(resizable) : Memory.linear({ maximum: 2 ** 18 });
      using heap = pages(memory);
      using vec = Vec.from(text(6), Array<string>(1000).fill("a"), heap);
      if (round >= 3) memory.grow(65536);
      vec.set(999, "größ");
      expect(vec.get(999)).toBe("größ");
    }
  });

  test.each(["", "abc", "größ", "€", "😀", "\ufeff"])(
    "holds %j in exactly the bytes it takes, and not in one byte less",
    (value) => {
      const bytes = new TextEncoder().encode(value).length;
      expect(Box.new(text(bytes), value, root()).get()).toBe(value);
      if (bytes > 0) expect(thrown(() => Box.new(text(bytes - 1), value, root()))).toBe("OwnedError: value");
    },
  );

  test.each(["\0", "a\0b", "\ud800", "\udc00a", "\udc00\ud800"])("never holds %j", (value) => {
    expect(thrown(() => Box.new(text(99), value, root()))).toBe("OwnedError: value");
  });
});
