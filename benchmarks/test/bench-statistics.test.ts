import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { geometricMean, mean, median, netOf, spread } from "../src/bench/statistics.ts";

const numbers = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), { minLength: 1, maxLength: 20 });

describe("median", () => {
  test("has as many numbers below as above, in any order", () => {
    fc.assert(
      fc.property(numbers, (all) => {
        const middle = median(all);
        expect(all.filter((it) => it < middle).length).toBeLessThanOrEqual(all.length / 2);
        expect(all.filter((it) => it > middle).length).toBeLessThanOrEqual(all.length / 2);
      }),
    );
  });

  test("sorts by value, not as text", () => expect(median([10, 9, 100])).toBe(10));
  test("of an even count is between the middle two", () => expect(median([4, 1, 3, 100])).toBe(3.5));
  test("does not change the numbers", () => {
    const all = [3, 1, 2];
    median(all);
    expect(all).toEqual([3, 1, 2]);
  });
});

test("spread returns the median, the minimum and the maximum", () => {
  expect(spread([5, 1, 9])).toEqual({ median: 5, least: 1, most: 9 });
});

test("net subtracts from each round the empty loop of the same round", () => {
  expect(netOf([10, 30], [2, 20])).toEqual([8, 10]);
});

describe("geometricMean", () => {
  test("of the inverses is the inverse, so the direction of the ratio does not matter", () => {
    fc.assert(
      fc.property(numbers, (all) => {
        expect(geometricMean(all.map((it) => 1 / it)) * geometricMean(all)).toBeCloseTo(1, 9);
      }),
    );
  });

  test("of 1, 10 and 100 is 10", () => expect(geometricMean([1, 10, 100])).toBeCloseTo(10, 9));
});

test.each([
  ["median", median],
  ["geometricMean", geometricMean],
  ["mean", mean],
])("%s of nothing is NaN", (_name, of) => expect(of([])).toBeNaN());
