import { Memory, pages } from "@alloc/core";
import { array, bool, f64, i64, struct, type Type, text, u8, u32, Vec, type View } from "@alloc/owned";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { root, thrown } from "./support.ts";

const heap = () => root();
/** The memory of a guest that has no pages yet. */
const empty = () => pages(Memory.over(new WebAssembly.Memory({ initial: 0, maximum: 2 })));
const ascending = <T>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0);

/** Sorts elements in memory. */
function sorted<T>(type: Type<T>, values: T[], compare?: (a: View<T>, b: View<T>) => number): T[] {
  using vec = Vec.from(type, values, heap());
  vec.sort(compare);
  return Array.from(values, (_, index) => vec.get(index));
}

describe("sort", () => {
  test.each([
    ["numbers", u32, fc.nat(100)],
    ["fractions", f64, fc.double({ noNaN: true })],
    ["bigints", i64, fc.bigInt({ min: -9n, max: 9n })],
    ["booleans", bool, fc.boolean()],
    ["texts", text(2), fc.stringMatching(/^[a-d]{0,2}$/)],
  ] as [string, Type<number>, fc.Arbitrary<number>][])("of %s equals that of a list", (_what, type, value) => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 30 }), (values) => {
        const list = values.map((it) => (Object.is(it, -0) ? 0 : it));
        expect(sorted(type, list)).toEqual(list.toSorted(ascending));
      }),
    );
  });

  test("of numbers by a comparison equals that of a list", () => {
    const byDigit = (a: number, b: number) => (b % 10) - (a % 10);
    fc.assert(
      fc.property(fc.array(fc.nat(255), { maxLength: 30 }), (values) => {
        for (const type of [u8, f64]) expect(sorted(type, values, byDigit)).toEqual(values.toSorted(byDigit));
      }),
    );
  });

  test("of arrays by a comparison equals that of a list", () => {
    const values = [[2, 1], [1, 3], [2, 0], [0, 9]]; // biome-ignore format: pairs
    expect(sorted(array(u8, 2), values, (a, b) => a.at(0) - b.at(0))).toEqual([[0, 9], [1, 3], [2, 1], [2, 0]]); // biome-ignore format: pairs
  });

  test("without a comparison of elements with parts names the type", () => {
    using vec = Vec.from(array(u8, 2), [[1, 2]], heap());
    expect(() => vec.sort()).toThrow("array(u8, 2)");
  });

  test("of no elements, or of elements without size, does nothing and calls nothing", () => {
    const never = () => expect.fail("asked");
    using numbers = Vec.new(u32, empty());
    using voids = Vec.from(struct({}), [{}, {}], empty());
    numbers.sort();
    numbers.sort(never);
    voids.sort(never);
    expect([numbers.length, voids.length]).toEqual([0, 2]);
  });

  test("ends the views of its comparison", () => {
    const Point = struct({ x: f64, y: f64 });
    const seen: View<{ x: number; y: number }>[] = [];
    sorted(Point, [{ x: 2, y: 0 }, { x: 1, y: 0 }], (a, b) => seen.push(a, b) && a.x - b.x); // biome-ignore format: one line
    expect(seen.map((view) => thrown(() => view.x))).toEqual(seen.map(() => "MisuseError: disposed"));
  });
});
