import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { geometricMean, mean, median, netOf, spread } from "../src/bench/statistics.ts";

const numbers = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), { minLength: 1, maxLength: 20 });

describe("median", () => {
  test("has as many numbers below as above, in whatever order they come", () => {
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
  test("leaves the numbers as they were", () => {
    const all = [3, 1, 2];
    median(all);
    expect(all).toEqual([3, 1, 2]);
  });
});

test("spread tells the middle and both ends", () => {
  expect(spread([5, 1, 9])).toEqual({ median: 5, least: 1, most: 9 });
});

test("net is each round without the empty loop of that round, and of no other", () => {
  expect(netOf([10, 30], [2, 20])).toEqual([8, 10]);
});

describe("geometricMean", () => {
  test("of the inverses is the inverse: it does not matter who is divided by whom", () => {
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
])("%s of nothing is no number", (_name, of) => expect(of([])).toBeNaN());
