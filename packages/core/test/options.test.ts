/**
 * Options: which keys `requireOptions` refuses, and what it takes them for.
 *
 * @module
 */
import { requireOptions } from "@alloc/core/author";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const NAMES = ["bytes", "count", "blocks", "parent"];
const check = (options: unknown) => requireOptions("limit(heap, { bytes })", options, NAMES);

/** Returns the message of the error; an empty text if there is none. */
function said(options: unknown): string {
  try {
    check(options);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

/** The least number of characters to add, remove or replace, by the usual table. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [line, character] of [...a].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...b].entries()) {
      next.push(Math.min(row[column + 1]! + 1, next[column]! + 1, row[column]! + (character === other ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

const key = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: fc.constantFrom(..."bytescounlkpar"), maxLength: 8 }),
  fc
    .tuple(fc.constantFrom(...NAMES), fc.array(fc.tuple(fc.nat(6), fc.constantFrom("", "x", "yz")), { maxLength: 3 }))
    .map(([name, edits]) => edits.reduce((text, [at, by]) => text.slice(0, at) + by + text.slice(at + 1), name)),
);

describe("a key that is no option", () => {
  test("is taken for the nearest option at most two characters away", () => {
    fc.assert(
      fc.property(key, (wrong) => {
        fc.pre(!NAMES.includes(wrong) && wrong !== "__proto__");
        const message = said({ [wrong]: 1 });
        const distances = NAMES.map((name) => distance(wrong, name));
        const least = Math.min(...distances);
        const meant = NAMES.find((_, nth) => distances[nth] === least);
        expect(message.endsWith(least <= 2 ? `: did you mean ${meant}?` : ": leave it out")).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test("is refused beside options", () => {
    expect(said({ bytes: 1, nothing: 2, count: 3 })).toBe(
      'limit expects the options bytes, count, blocks, parent, got "nothing": leave it out',
    );
  });

  test("is refused in an object without a prototype", () => {
    expect(said(Object.assign(Object.create(null), { nothing: 2 }))).toContain('got "nothing"');
  });

  test("is accepted if its value is undefined", () => {
    expect(said({ nothing: undefined })).toBe("");
  });

  test("is accepted in an instance of a class, as a field of its own", () => {
    class Settings {
      bytes = 1;
      colour = "red";
    }
    expect(said(new Settings())).toBe("");
  });
});

test("every option is accepted, also as undefined", () => {
  expect(said({ bytes: 1, count: undefined, blocks: null, parent: {} })).toBe("");
});
