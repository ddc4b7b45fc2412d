import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { leaveOutParts } from "../src/conformance/shorten.ts";
import { leaveOut } from "../src/leave-out.ts";

/** Tells a search whether each try fails, and returns its result and the number of tries. */
function finish<Try, Answer>(search: Generator<Try, Answer, boolean>, fails: (some: Try) => boolean) {
  let tries = 0;
  let next = search.next();
  for (; !next.done; tries++) next = search.next(fails(next.value));
  return { result: next.value, tries };
}

const needed = fc.uniqueArray(fc.nat(99), { maxLength: 6 });
const parts = [...Array(100).keys()];

describe("leaveOut", () => {
  test("keeps only the needed parts, in order", () => {
    fc.assert(
      fc.property(needed, (some) => {
        let left = parts;
        const { result } = finish(leaveOut(parts), (out) => {
          const less = left.filter((part) => !out.includes(part));
          const fails = some.every((part) => less.includes(part));
          if (fails) left = less;
          return fails;
        });
        expect(result).toEqual(some.toSorted((a, b) => a - b));
        expect(left).toEqual(result);
      }),
    );
  });

  test("needs about one try per halving to find a single part", () => {
    fc.assert(
      fc.property(fc.nat(99), (one) => {
        const { tries } = finish(leaveOut(parts), (out) => !out.includes(one));
        expect(tries).toBeLessThan(30);
      }),
    );
  });
});

describe("leaveOutParts", () => {
  const fewest = (all: readonly number[], fails: (some: readonly number[]) => boolean) =>
    finish(leaveOutParts({ law: 0, parts: all }), ({ parts }) => fails(parts as number[])).result.parts;

  test("leaves out two parts that only go together", () => {
    const both = (some: readonly number[]) => some.includes(2) === some.includes(7) && some.includes(5);
    expect(fewest([...Array(10).keys()], both)).toEqual([5]);
  });

  test("keeps everything if nothing smaller fails", () => {
    expect(fewest([1, 2, 3], () => false)).toEqual([1, 2, 3]);
  });
});
