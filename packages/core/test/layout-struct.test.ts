import { Layout, LayoutError } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { layouts, smallLayouts } from "./support/arbitraries.ts";

const u8 = Layout.of(1, 1);
const u16 = Layout.of(2, 2);
const f64 = Layout.of(8, 8);

/** Names that an object keeps in the order of writing: no integers. */
const names = fc
  .oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString", "-1", "01", "1.5", "size", ""))
  .filter((name) => !/^(?:0|[1-9]\d*)$/.test(name));
const fieldsOf = (layout: fc.Arbitrary<Layout>) =>
  fc.uniqueArray(fc.tuple(names, layout), { selector: ([name]) => name, maxLength: 12 });

/** The offsets of C, and the size and align of the whole, in integers that do not wrap. */
function compileAsC(fields: readonly (readonly [string, Layout])[]) {
  const up = (n: bigint, align: number) => ((n + BigInt(align) - 1n) / BigInt(align)) * BigInt(align);
  let end = 0n;
  let align = 1;
  const offsets: [string, bigint][] = [];
  for (const [name, field] of fields) {
    const offset = up(end, field.align);
    offsets.push([name, offset]);
    end = offset + BigInt(field.size);
    align = Math.max(align, field.align);
  }
  return { offsets, size: up(end, align), align };
}

describe("Layout.struct", () => {
  test("lays fields out as a C compiler does", () => {
    fc.assert(
      fc.property(fieldsOf(smallLayouts), (fields) => {
        const struct = Layout.struct(Object.fromEntries(fields));
        const { offsets, size, align } = compileAsC(fields);
        expect(Object.entries(struct.offsets).map(([name, offset]) => [name, BigInt(offset)])).toEqual(offsets);
        expect([BigInt(struct.size), struct.align]).toEqual([size, align]);
      }),
    );
  });

  test("aligns each field and keeps them in order and disjoint", () => {
    fc.assert(
      fc.property(fieldsOf(smallLayouts), (fields) => {
        const struct = Layout.struct(Object.fromEntries(fields));
        let end = 0;
        for (const [name, field] of fields) {
          const offset = struct.offsets[name]!;
          expect(offset % field.align).toBe(0);
          expect(offset).toBeGreaterThanOrEqual(end);
          end = offset + field.size;
        }
        expect(struct.size).toBeGreaterThanOrEqual(end);
        expect(struct.size % struct.align).toBe(0);
      }),
    );
  });

  test("refuses a sum of 2 ** 32 bytes or more, for fields of any size", () => {
    fc.assert(
      fc.property(fieldsOf(layouts), (fields) => {
        const make = () => Layout.struct(Object.fromEntries(fields));
        if (compileAsC(fields).size < 2n ** 32n) expect(make).not.toThrow();
        else expect(make).toThrow(expect.objectContaining({ name: "LayoutError", code: "size" }));
      }),
    );
  });

  test("accepts 2 ** 32 - 1 bytes in total and refuses 2 ** 32", () => {
    const half = Layout.of(2 ** 31, 1);
    expect(Layout.struct({ half, rest: Layout.of(2 ** 31 - 1, 1) }).size).toBe(2 ** 32 - 1);
    expect(() => Layout.struct({ half, rest: half })).toThrow(LayoutError);
  });

  test("puts the fields of the pictured example at 0, 8 and 16, with 24 bytes in total", () => {
    const struct = Layout.struct({ tag: u8, value: f64, last: u16 });
    expect(struct.offsets).toEqual({ tag: 0, value: 8, last: 16 });
    expect(struct.toString()).toBe("Layout(24, align 8)");
  });

  test("of no fields has size 0 and align 1", () => {
    expect(Layout.struct({}).toString()).toBe("Layout(0, align 1)");
  });

  test("gives a field of size 0 its alignment", () => {
    const struct = Layout.struct({ tag: u8, mark: Layout.of(0, 64) });
    expect(struct.offsets).toEqual({ tag: 0, mark: 64 });
    expect(struct.toString()).toBe("Layout(64, align 64)");
  });

  test("nests: a struct is the layout of a field", () => {
    const inner = Layout.struct({ tag: u8, value: f64 });
    expect(Layout.struct({ first: u8, inner, last: u8 }).offsets).toEqual({ first: 0, inner: 8, last: 24 });
  });

  test.each(["0", "1", "42", "4294967294", "4294967295"])("refuses %j as a field name", (name) => {
    expect(() => Layout.struct({ first: u8, [name]: u8 })).toThrow(
      expect.objectContaining({ name: "LayoutError", code: "field", message: expect.stringContaining(`"${name}"`) }),
    );
  });

  test("accepts __proto__ as a field name like any other", () => {
    const { offsets } = Layout.struct({ first: u8, ["__proto__"]: f64 });
    expect(Object.entries(offsets)).toEqual([
      ["first", 0],
      ["__proto__", 8],
    ]);
    expect(Object.getPrototypeOf(offsets)).toBe(Object.prototype);
  });

  test("has all methods of a layout", () => {
    const struct = Layout.struct({ tag: u8, value: f64 });
    expect(struct).toBeInstanceOf(Layout);
    expect(Layout.array(struct, 3).size).toBe(48);
    expect(struct.equals(Layout.of(16, 8))).toBe(true);
  });
});
