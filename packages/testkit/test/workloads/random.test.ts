import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../../src/workloads/random.ts";

const many = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);
const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe("the generator", () => {
  test("gives the published numbers of xoshiro128** for the state 1, 2, 3, 4", () => {
    const random = new Random(0);
    random.state.set([1, 2, 3, 4]);
    expect(many(10, () => random.uint32())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  test("starts from the published numbers of splitmix64 for the seed 1234567, low halves first", () => {
    const words = [6457827717110365317n, 3203168211198807973n].flatMap((word) => [word & 0xffffffffn, word >> 32n]);
    expect([...new Random(1234567).state]).toEqual(words.map(Number));
  });

  test("agrees with the reference code in whole numbers, for every seed", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        const next = reference([...random.state].map(BigInt));
        for (let count = 0; count < 20; count++) expect(random.uint32()).toBe(next());
      }),
    );
  });

  test("gives other numbers for another seed, also a negative one", () => {
    const first = [0, 1, 2, -1, -2, 2 ** 32, Number.MAX_SAFE_INTEGER].map((seed) => new Random(seed).uint32());
    expect(new Set(first).size).toBe(first.length);
  });
});

describe("below", () => {
  test("returns 0 to less than the count, which may be 2 ** 32", () => {
    const counts = fc.oneof(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 2 ** 32 }),
      fc.constant(2 ** 32),
    );
    fc.assert(
      fc.property(seeds, counts, (seed, count) => {
        const random = new Random(seed);
        for (const number of many(20, () => random.below(count))) {
          expect(Number.isInteger(number) && number >= 0 && number < count).toBe(true);
        }
      }),
    );
  });

  test("returns all numbers about equally often", () => {
    const random = new Random(1);
    const counts = new Array<number>(10).fill(0);
    for (const number of many(100_000, () => random.below(10))) counts[number]!++;
    // 10,000 each; the standard deviation is 95.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(600);
  });

  test("rejects the numbers that would favour the first", () => {
    const random = new Random(1);
    // The remainders of 2 ** 32 numbers would have the first third of them twice.
    const count = 3 * 2 ** 30;
    const lowest = many(30_000, () => random.below(count)).filter((number) => number < 2 ** 30).length;
    // A third of them, 10,000; a plain remainder would give half. The standard deviation is 82.
    expect(Math.abs(lowest - 10_000)).toBeLessThan(600);
  });
});

describe("the others", () => {
  test("float returns 0 to less than 1, with mean 1 / 2 and variance 1 / 12", () => {
    const random = new Random(1);
    const numbers = many(100_000, () => random.float());
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    expect(mean(numbers)).toBeCloseTo(1 / 2, 2);
    expect(mean(numbers.map((number) => (number - 1 / 2) ** 2))).toBeCloseTo(1 / 12, 2);
  });

  test.each([0, 1, 25, 66, 100])("chance(%i) is true in that many of 100 cases", (percent) => {
    const random = new Random(1);
    const share = many(100_000, () => random.chance(percent)).filter(Boolean).length / 1000;
    expect(Math.abs(share - percent)).toBeLessThan(percent % 100 === 0 ? 1e-9 : 1);
  });

  test("pareto returns 0 to less than the count", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 100 }), (seed, count) => {
        const random = new Random(seed);
        for (const number of many(20, () => random.pareto(count))) {
          expect(Number.isInteger(number) && number >= 0 && number < count).toBe(true);
        }
      }),
    );
  });

  test("pareto eventually returns each number of a small count", () => {
    const random = new Random(1);
    expect(new Set(many(10_000, () => random.pareto(7))).size).toBe(7);
  });

  test("pareto returns the numbers of the last level equally often", () => {
    const random = new Random(1);
    const counts = new Array<number>(10).fill(0);
    for (const number of many(100_000, () => random.pareto(10 * 5 ** 6))) if (number < 10) counts[number]!++;
    // 0.8 ** 6 of them among ten: 2621 each; the standard deviation is 51.
    for (const count of counts) expect(Math.abs(count - 2621)).toBeLessThan(300);
  });

  test("pareto gives four fifths to the first fifth, six levels deep", () => {
    const random = new Random(1);
    const numbers = many(100_000, () => random.pareto(5 ** 6));
    for (let level = 1; level <= 6; level++) {
      const share = numbers.filter((number) => number < 5 ** (6 - level)).length / 100_000;
      expect(share).toBeCloseTo(0.8 ** level, 2);
    }
  });

  test("pareto divides the other four fifths in the same way", () => {
    const random = new Random(1);
    const numbers = many(100_000, () => random.pareto(5 ** 6));
    // They get a fifth of the results, and the first fifth of them gets four fifths of those.
    const first = numbers.filter((number) => number >= 5 ** 5 && number < 5 ** 5 + (4 * 5 ** 5) / 5).length / 100_000;
    expect(first).toBeCloseTo(0.2 * 0.8, 2);
  });
});

/** xoshiro128** as it was published, in whole numbers. */
function reference(s: bigint[]): () => number {
  const word = (number: bigint) => BigInt.asUintN(32, number);
  const rotl = (x: bigint, k: bigint) => word(x << k) | (x >> (32n - k));
  return () => {
    const result = word(rotl(word(s[1]! * 5n), 7n) * 9n);
    const t = word(s[1]! << 9n);
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotl(s[3]!, 11n);
    return Number(result);
  };
}
