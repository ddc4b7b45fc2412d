import { fallback } from "@alloc/combinators";
import { system } from "@alloc/global";
import { array, Box, Rc, struct, type Type, u8, u32, Vec, type View } from "@alloc/owned";
import { scoped } from "@alloc/scoped";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { root } from "./support.ts";

type Bytes = { bytes: number[] };

/** A type of `size` bytes, and the sums of the dropped values. `on` runs in a drop function. */
function bytesOf(size: number, on: (sum: number) => void = () => {}) {
  const dropped: number[] = [];
  const sumOf = ({ bytes }: View<Bytes>) => Array.from(bytes).reduce((sum, byte) => sum + byte, 0);
  const T = struct(
    { bytes: array(u8, size) },
    {
      drop(value) {
        const sum = sumOf(value);
        on(sum);
        // Again: drops that ran in between used other memory.
        dropped.push(sumOf(value) === sum ? sum : NaN);
      },
      clone: ({ bytes }) => ({ bytes: [...bytes] }),
    },
  ) as Type<Bytes>;
  const value = (byte: number): Bytes => ({ bytes: Array(size).fill(byte) });
  return { T, dropped, value };
}

describe("a drop function sees the whole value, however large", () => {
  test.each([1, 15, 16, 63, 64, 65, 100, 4095, 4096, 4097, 10_000])("of %d bytes", (size) => {
    const { T, dropped, value } = bytesOf(size);
    const box = Box.new(T, value(1), root());
    box.set(value(2));
    box.dispose();
    const vec = Vec.from(T, [value(3), value(4), value(5)], root());
    vec.truncate(1);
    vec.dispose();
    expect(dropped).toEqual([1, 2, 4, 5, 3].map((byte) => byte * size));
  });

  test("even if it drops others of any size, which drop others in turn", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(1, 3, 16, 65, 1000, 2000, 4096, 5000), { minLength: 1, maxLength: 12 }),
        (sizes) => {
          const heap = root();
          const run = (depth: number): void => {
            const size = sizes[depth];
            if (size === undefined) return;
            const { T, dropped, value } = bytesOf(size, () => run(depth + 1));
            const box = Box.new(T, value(depth + 1), heap);
            box.set(value(99));
            expect(dropped).toEqual([(depth + 1) * size]);
            box.take();
          };
          run(0);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("even if it drops a large one and then a small one", () => {
    const heap = root();
    const replace = (size: number, on?: () => void) => {
      const { T, dropped, value } = bytesOf(size, on);
      const box = Box.new(T, value(size % 7), heap);
      box.set(value(0));
      box.take();
      return dropped;
    };
    const both = () => [5000, 20].forEach((size) => void replace(size));
    expect(replace(10, both)).toEqual([10 * 3]);
    expect(replace(16, () => void replace(10, both))).toEqual([16 * 2]);
  });

  test("ten thousand times, one after the other", () => {
    const { T, dropped, value } = bytesOf(100);
    using box = Box.new(T, value(1), root());
    for (let round = 0; round < 10_000; round++) box.set(value(1));
    expect(new Set(dropped)).toEqual(new Set([100]));
  });
});

describe("a value that never got an owner", () => {
  test("is dropped once if the clone of a later one fails", () => {
    let clones = 0;
    const dropped: number[] = [];
    const T = struct(
      { id: u32 },
      {
        drop: ({ id }) => dropped.push(id),
        clone({ id }) {
          if (++clones === 3) throw new Error("no third");
          return { id: id + 100 };
        },
      },
    );
    using box = Box.new(array(T, 3), [{ id: 1 }, { id: 2 }, { id: 3 }], root());
    expect(() => box.clone()).toThrow(new Error("no third"));
    expect(dropped).toEqual([101, 102]);
  });

  test("is dropped even if its allocator was reset meanwhile, and the drop's error is reported too", () => {
    const parent = root();
    const scratch = fallback(scoped(1024, { parent }), system({ parent }));
    const T = struct(
      { id: u32 },
      {
        drop() {
          throw new Error("drop");
        },
        clone({ id }) {
          scratch.reset();
          return { id };
        },
      },
    );
    const box = Box.new(T, { id: 1 }, scratch);
    expect(() => box.clone()).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ code: "disposed" }), new Error("drop")] }),
    );
  });

  test("of a type without a drop function is forgotten", () => {
    const parent = root();
    const scratch = fallback(scoped(1024, { parent }), system({ parent }));
    const clone = ({ id }: { id: number }) => {
      scratch.reset();
      return { id };
    };
    const T = struct({ id: u32 }, { clone });
    const rc = Rc.new(T, { id: 1 }, scratch);
    rc.clone();
    expect(() => rc.makeMut()).toThrow(expect.objectContaining({ code: "disposed" }));
  });
});

test("left by a reset in a drop is reported in the singular", () => {
  const parent = root();
  const scratch = fallback(scoped(1024, { parent }), system({ parent }));
  const T = struct({ id: u32 }, { drop: ({ id }) => void (id === 1 && scratch.reset()) });
  const vec = Vec.from(T, [{ id: 1 }, { id: 2 }], scratch);
  expect(() => vec.dispose()).toThrow("a value could not be dropped");
});
