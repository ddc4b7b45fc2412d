import { alignDown, alignUp, isAligned, isAlignment } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ALIGNS, addresses, aligns, alignUpExactly } from "./support/arbitraries.ts";

/** Each align, with the neighbours of its multiples at both ends of the range and at the limit of signed 32 bits. */
const EDGES = ALIGNS.flatMap((align) => {
  const points = [0, align, 2 ** 31 - align, 2 ** 31, 2 ** 32 - align, 2 ** 32];
  const near = points.flatMap((point) => [point - 1, point, point + 1]);
  return near.filter((n) => n >= 0 && n <= 2 ** 32).map((n) => [n, align] as const);
});

describe("alignUp", () => {
  test("returns the least multiple that is at least n, for any n from 0 to 2 ** 32", () => {
    fc.assert(
      fc.property(addresses, aligns, (n, align) => {
        expect(BigInt(alignUp(n, align))).toBe(alignUpExactly(n, align));
      }),
      { numRuns: 1000 },
    );
  });

  test("is exact around multiples of every align, at 0, 2 ** 31 and 2 ** 32", () => {
    for (const [n, align] of EDGES) expect(BigInt(alignUp(n, align)), `${n}, ${align}`).toBe(alignUpExactly(n, align));
  });

  test("returns 2 ** 32 for 2 ** 32 - 1 at every align above 1", () => {
    for (const align of ALIGNS.slice(1)) expect(alignUp(2 ** 32 - 1, align)).toBe(2 ** 32);
  });

  test("returns 0 and not -0 for 0", () => {
    for (const align of ALIGNS) expect(alignUp(0, align)).toBe(0);
  });
});

describe("alignDown", () => {
  test("returns the greatest multiple that is at most n, for any n from 0 to 2 ** 32", () => {
    fc.assert(
      fc.property(addresses, aligns, (n, align) => {
        expect(BigInt(alignDown(n, align))).toBe(BigInt(n) - (BigInt(n) % BigInt(align)));
      }),
      { numRuns: 1000 },
    );
  });

  test("is exact around multiples of every align, at 0, 2 ** 31 and 2 ** 32", () => {
    for (const [n, align] of EDGES) expect(alignDown(n, align), `${n}, ${align}`).toBe(n - (n % align));
  });
});

describe("isAligned", () => {
  test("is true only of multiples, for any n from 0 to 2 ** 32", () => {
    fc.assert(
      fc.property(addresses, aligns, (n, align) => {
        expect(isAligned(n, align)).toBe(BigInt(n) % BigInt(align) === 0n);
      }),
      { numRuns: 1000 },
    );
  });

  test("is exact around multiples of every align, at 0, 2 ** 31 and 2 ** 32", () => {
    for (const [n, align] of EDGES) expect(isAligned(n, align), `${n}, ${align}`).toBe(n % align === 0);
  });
});

test("rounding up and down differ by align, or by 0 at a multiple", () => {
  fc.assert(
    fc.property(addresses, aligns, (n, align) => {
      expect(alignUp(n, align) - alignDown(n, align)).toBe(isAligned(n, align) ? 0 : align);
    }),
  );
});

describe("isAlignment", () => {
  test("is true of the 32 powers of two from 1 to 2 ** 31", () => {
    expect(ALIGNS.filter(isAlignment)).toEqual(ALIGNS);
  });

  test("is false of every number next to a power of two from 4 to 2 ** 32", () => {
    for (let log = 2; log <= 32; log++) {
      expect(isAlignment(2 ** log - 1)).toBe(false);
      expect(isAlignment(2 ** log + 1)).toBe(false);
    }
  });

  test("is true of an integer exactly if it is a power of two, for any from 0 to 2 ** 32", () => {
    fc.assert(
      fc.property(addresses, (n) => {
        expect(isAlignment(n)).toBe(ALIGNS.includes(n));
      }),
    );
  });

  test.each([0, -0, -1, -8, -(2 ** 31), 0.5, 1.5, 2 ** 32, 2 ** 33, 2 ** 53, NaN, Infinity, -Infinity])(
    "is false of %s",
    (n) => {
      expect(isAlignment(n)).toBe(false);
    },
  );

  test("is false of a number in a string", () => {
    expect(isAlignment("8" as unknown as number)).toBe(false);
  });
});
