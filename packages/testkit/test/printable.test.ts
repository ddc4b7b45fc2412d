import { printable } from "@alloc/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printableJson, printableLines } from "../src/printable.ts";

/** Characters that move a cursor, hide text, reverse it or end a line. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;
const hostile = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0, max: 0x9f }).map((code) => String.fromCharCode(code)),
    fc.constantFrom("\u202e", "\u2066", "\u200b", "\ufeff", "\ud800", "\u2028", "\u{e0041}", "ä", "字", "\u001b[2J"),
  ),
  maxLength: 300,
});

describe("printable", () => {
  test("leaves no control character and no end of line in any text", () => {
    fc.assert(fc.property(hostile, (text) => !UNSEEN.test(printable(text))));
  });

  test("keeps visible characters", () => {
    expect(printable("Größe 8 → 字 ✓ \\n")).toBe("Größe 8 → 字 ✓ \\n");
  });

  test("escapes the others", () => {
    expect(printable("a\u001b[31m\u009b\u202e\r\n\t\u0000")).toBe("a\\x1b[31m\\x9b\\u{202e}\\r\\n\\t\\x00");
  });

  test.each([2033, 100_000, 100_000_000])("of %i characters keeps 2000 and counts the rest", (length) => {
    expect(printable("y".repeat(length))).toBe(`${"y".repeat(2000)}… ${length - 2000} more`);
  });

  test("does not cut a text twice", () => {
    fc.assert(
      fc.property(fc.nat(10 ** 6), fc.integer({ min: 40, max: 3000 }), (length, most) => {
        const once = printable("z".repeat(length), most);
        expect(printable(once, most)).toBe(once);
      }),
    );
  });

  test.each([
    ["an object without a prototype", Object.create(null)],
    [
      "an object whose toString throws",
      {
        toString() {
          throw new Error("no");
        },
      },
    ],
  ])("names %s", (_what, value) => {
    expect(printable(value)).toBe("an object that cannot be made a string");
  });

  test.each([undefined, null, 8, Symbol("s"), 2n])("takes %s", (value) => {
    expect(printable(value)).toBe(String(value));
  });
});

test("printableLines keeps ends of lines and tabs, and no other control", () => {
  expect(printableLines("a\tb\nc\u001b[0m\u009c")).toBe("a\tb\nc\\x1b[0m\\x9c");
});

test("printableJson reads back the same and holds no control character but the ends of its lines", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const json = printableJson({ [text]: [text] });
      expect(json.replaceAll("\n", "")).not.toMatch(UNSEEN);
      expect(JSON.parse(json)).toEqual({ [text]: [text] });
    }),
  );
});
