import { type ArrayView, Memory, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { f32, f64, i32, i64, type Type, u8, u16, u32, u64, Vec } from "@alloc/owned";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { held, root, thrown } from "./support.ts";

const NUMBERS = [u8, u16, u32, i32, f32, f64] as const;
const BIG = [u64, i64] as const;
const ARRAYS = [
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
] as const;
const BIG_ARRAYS = [BigUint64Array, BigInt64Array] as const;

/** The result of a list of the same values: the elements of the Vec, or the error. */
function outcome(type: Type<never>, values: Iterable<unknown>): unknown {
  const parent = root();
  using vec = Vec.new(type, parent);
  const error = thrown(() => vec.extend(values as Iterable<never>));
  if (vec.length === 0 && error !== "nothing was thrown") expect(held(parent)).toBe(0);
  return [error, [...vec]];
}

describe("a typed array of any kind", () => {
  test("adds to a Vec of any number type the same as the list of its values", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NUMBERS),
        fc.constantFrom(...ARRAYS),
        fc.array(fc.oneof(fc.integer({ min: -300, max: 70_000 }), fc.double()), { maxLength: 9 }),
        (type, Kind, numbers) => {
          const values = new Kind(numbers);
          expect(outcome(type as never, values)).toEqual(outcome(type as never, [...values]));
        },
      ),
    );
  });

  test("adds to a Vec of any bigint type the same as the list of its values", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...BIG),
        fc.constantFrom(...BIG_ARRAYS),
        fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), { maxLength: 9 }),
        (type, Kind, bigints) => {
          const values = new Kind(bigints.length);
          bigints.forEach((bigint, index) => {
            values[index] = bigint;
          });
          expect(outcome(type as never, values)).toEqual(outcome(type as never, [...values]));
        },
      ),
    );
  });

  test("of bigints is refused by a Vec of numbers, and of numbers by a Vec of bigints", () => {
    for (const type of NUMBERS) {
      expect(outcome(type as never, new BigInt64Array([1n]))).toEqual(["OwnedError: value", []]);
    }
    for (const type of BIG) expect(outcome(type as never, new Float64Array([1]))).toEqual(["OwnedError: value", []]);
  });

  test("that lies in the memory itself is added whole, even if the memory grows and its bytes move", () => {
    const kinds: [type: Type<number>, Kind: new () => ArrayView][] = [
      [f64, Float64Array],
      [u16, Uint16Array],
    ];
    for (const [type, Kind] of kinds) {
      const memory = Memory.linear({ maximum: 2 ** 22 });
      using vec = Vec.from(type, [1, 2, 3], system({ parent: pages(memory) }));
      while (vec.length < 100_000) {
        const { buffer } = memory.u8;
        vec.extend(vec.view(Kind as typeof Float64Array));
        if (buffer !== memory.u8.buffer) expect(buffer.byteLength).toBe(0);
      }
      expect([...vec].every((value, index) => value === (index % 3) + 1)).toBe(true);
    }
  });
});

test("no values make a Vec of numbers in a memory that has no bytes yet", () => {
  const memory = Memory.over(new WebAssembly.Memory({ initial: 0, maximum: 2 }));
  using vec = Vec.from(f64, [], pages(memory));
  expect([vec.length, memory.byteLength]).toEqual([0, 0]);
});

test.each([undefined, 8, Array])("a view of a Vec as %s is refused with the name of a typed array", (Kind) => {
  using vec = Vec.from(f64, [1], system({ parent: root() }));
  expect(() => vec.view(Kind as never)).toThrow(/^expected a typed array constructor such as Uint32Array, got /);
});
