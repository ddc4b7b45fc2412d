import { isAlignment, Layout, LayoutError, Memory } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ALIGNS, aligns, alignUpExactly, bytesUpTo, layouts, smallLayouts } from "./support/arbitraries.ts";

const u8 = Layout.of(1, 1);
/** Values that a caller may pass as a number, whatever the types say. */
const anything = fc.oneof(fc.double(), fc.constantFrom(-0, NaN, Infinity, 0.5, 2 ** 53), bytesUpTo(2 ** 33));

/** The expected layout; undefined if there can be none. */
function model(size: bigint, align: number): string | undefined {
  const padded = ((size + BigInt(align) - 1n) / BigInt(align)) * BigInt(align);
  return padded < 2n ** 32n ? `Layout(${size}, align ${align})` : undefined;
}

/** The text of the layout that a call makes, or the code of its LayoutError. */
function outcome(make: () => Layout): string {
  try {
    return make().toString();
  } catch (error) {
    if (!(error instanceof LayoutError)) throw error;
    return error.code;
  }
}

describe("the layout of a number", () => {
  const memory = Memory.over(new ArrayBuffer(64));
  const names = ["u8", "i8", "u16", "i16", "u32", "i32", "f32", "f64", "u64", "i64"] as const;

  test.each(names)("Layout.%s is an element of the view of that name", (name) => {
    const { BYTES_PER_ELEMENT: size } = memory[name];
    expect(Layout[name]).toEqual(Layout.of(size, size));
  });

  test.each(names)("a change of Layout.%s by plain JavaScript affects no other caller", (name) => {
    const before = String(Layout[name]);
    (Layout[name] as { size: number }).size = 99;
    expect(String(Layout[name])).toBe(before);
  });

  test("two floats make a struct of 8 bytes", () => {
    expect(Layout.struct({ x: Layout.f32, y: Layout.f32 })).toMatchObject({ size: 8, align: 4 });
  });
});

describe("Layout.of", () => {
  test("accepts an integer whose multiple of the align is below 2 ** 32, and refuses every other size", () => {
    fc.assert(
      fc.property(anything, aligns, (size, align) => {
        const isSize = Number.isInteger(size) && size >= 0;
        expect(outcome(() => Layout.of(size, align))).toBe((isSize && model(BigInt(size), align)) || "size");
      }),
      { numRuns: 500 },
    );
  });

  test("accepts 2 ** 32 - align bytes and refuses one more, at every align", () => {
    for (const align of ALIGNS) {
      expect(Layout.of(2 ** 32 - align, align).size).toBe(2 ** 32 - align);
      expect(outcome(() => Layout.of(2 ** 32 - align + 1, align))).toBe("size");
    }
  });

  test("refuses every align that is not a power of two up to 2 ** 31", () => {
    fc.assert(
      fc.property(anything, (align) => {
        expect(outcome(() => Layout.of(0, align))).toBe(isAlignment(align) ? `Layout(0, align ${align})` : "align");
      }),
    );
  });

  test("has align 8 by default", () => {
    expect(Layout.of(1).align).toBe(8);
  });

  test("makes size 0 of -0", () => {
    expect(Object.is(Layout.of(-0).size, 0)).toBe(true);
  });

  test.each(["8", null, undefined, [8], true])("refuses %j as a size", (size) => {
    expect(outcome(() => Layout.of(size as unknown as number))).toBe("size");
  });

  test.each(["8", null, [8], true])("refuses %j as an align", (align) => {
    expect(outcome(() => Layout.of(8, align as unknown as number))).toBe("align");
  });

  test("names the limit and the value", () => {
    expect(() => Layout.of(2 ** 32, 8)).toThrow(
      "a size must be an integer from 0 to 4294967288 at align 8, got 4294967296",
    );
    expect(() => Layout.of(8, 24)).toThrow("an align must be a power of two from 1 to 2147483648, got 24");
  });
});

describe("a LayoutError", () => {
  test("is a RangeError with its own name and code", () => {
    const error = new LayoutError("count", "why");
    expect(error).toBeInstanceOf(RangeError);
    expect({ name: error.name, code: error.code, text: `${error}` }).toEqual({
      name: "LayoutError",
      code: "count",
      text: "LayoutError: why",
    });
  });
});

describe("extend", () => {
  test("puts the next layout at the first offset that suits it, for any two", () => {
    fc.assert(
      fc.property(layouts, layouts, (first, next) => {
        const offset = alignUpExactly(first.size, next.align);
        const expected = model(offset + BigInt(next.size), Math.max(first.align, next.align));
        expect(outcome(() => first.extend(next).layout)).toBe(expected ?? "size");
        if (expected !== undefined) expect(BigInt(first.extend(next).offset)).toBe(offset);
      }),
      { numRuns: 500 },
    );
  });

  test("reaches 2 ** 32 - 8 bytes and not one byte more", () => {
    const most = Layout.of(2 ** 32 - 16, 8);
    expect(most.extend(Layout.of(8, 8)).layout.size).toBe(2 ** 32 - 8);
    expect(outcome(() => most.extend(Layout.of(9, 8)).layout)).toBe("size");
  });
});

describe("repeat and array", () => {
  test("multiply the padded size, for any layout and count", () => {
    fc.assert(
      fc.property(layouts, bytesUpTo(2 ** 32), fc.integer({ min: -2, max: 2 }), (layout, many, off) => {
        const stride = alignUpExactly(layout.size, layout.align);
        // Near the count at which the size becomes too large, if that is possible.
        const most = stride === 0n ? many : Number(2n ** 32n / stride);
        for (const count of [Math.max(most + off, 0), many]) {
          const expected = model(stride * BigInt(count), layout.align) ?? "size";
          expect(outcome(() => layout.repeat(count).layout)).toBe(expected);
          expect(outcome(() => Layout.array(layout, count))).toBe(expected);
        }
        expect(BigInt(layout.repeat(0).stride)).toBe(stride);
      }),
      { numRuns: 500 },
    );
  });

  test("take 2 ** 32 - 1 single bytes and refuse 2 ** 32", () => {
    expect(Layout.array(u8, 2 ** 32 - 1).size).toBe(2 ** 32 - 1);
    expect(outcome(() => Layout.array(u8, 2 ** 32))).toBe("size");
  });

  test("do not wrap if the product exceeds 2 ** 64", () => {
    expect(outcome(() => Layout.array(Layout.of(2 ** 31, 8), 2 ** 53))).toBe("size");
    expect(outcome(() => Layout.array(Layout.of(2 ** 31, 8), Number.MAX_VALUE))).toBe("size");
  });

  test.each([-1, 0.5, NaN, Infinity, -Infinity, "3"])("refuse %s as a count", (count) => {
    expect(outcome(() => Layout.array(u8, count as number))).toBe("count");
    expect(outcome(() => u8.repeat(count as number).layout)).toBe("count");
  });

  test("make size 0 of count -0", () => {
    expect(Object.is(Layout.array(u8, -0).size, 0)).toBe(true);
  });
});

describe("alignTo, padToAlign and paddingNeededFor", () => {
  test("raise the align and never lower it, for any layout", () => {
    fc.assert(
      fc.property(layouts, aligns, (layout, align) => {
        const expected = model(BigInt(layout.size), Math.max(layout.align, align));
        expect(outcome(() => layout.alignTo(align))).toBe(expected ?? "size");
      }),
    );
  });

  test("pad the size to the align, for any layout", () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const padded = layout.padToAlign();
        expect(BigInt(padded.size)).toBe(alignUpExactly(layout.size, layout.align));
        expect(padded.padToAlign().equals(padded)).toBe(true);
      }),
    );
  });

  test("count the bytes up to the next multiple, for any layout and align", () => {
    fc.assert(
      fc.property(layouts, aligns, (layout, align) => {
        const needed = alignUpExactly(layout.size, align) - BigInt(layout.size);
        expect(BigInt(layout.paddingNeededFor(align))).toBe(needed);
      }),
    );
  });

  test.each([0, 3, -8, 2 ** 32, NaN])("refuse align %d", (align) => {
    expect(outcome(() => u8.alignTo(align))).toBe("align");
    expect(() => u8.paddingNeededFor(align)).toThrow(LayoutError);
  });
});

test("dangling is 2 ** 32 - align: aligned, not NULL, and up to align 64 KiB in the last 64 KiB, for any layout", () => {
  fc.assert(
    fc.property(layouts, ({ dangling, align }) => {
      expect(dangling).toBe(2 ** 32 - align);
      expect(dangling).toBeGreaterThan(0);
      expect(dangling % align).toBe(0);
      if (align <= 65536) expect(dangling).toBeGreaterThanOrEqual(2 ** 32 - 65536);
    }),
  );
});

describe("the text of a LayoutError", () => {
  test("is short, whatever was passed", () => {
    const long = "9".repeat(1e6);
    const calls = [
      () => Layout.of(long as never),
      () => Layout.of(8, long as never),
      () => u8.repeat(long as never),
      () => Layout.of(Symbol(long) as never, Symbol(long) as never),
      () => Layout.struct({ [long]: u8 }),
    ];
    for (const call of calls) {
      const error = thrownBy(call);
      expect(error.message.length).toBeLessThan(200);
    }
  });
});

/** Returns the error of a call. */
function thrownBy(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

test("equals is true only for the same size and align", () => {
  fc.assert(
    fc.property(smallLayouts, smallLayouts, (a, b) => {
      expect(a.equals(b)).toBe(a.size === b.size && a.align === b.align);
      expect(a.equals(Layout.of(a.size, a.align))).toBe(true);
    }),
  );
});
