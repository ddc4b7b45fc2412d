import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compilerFiles, messages } from "./support/compile.ts";
import { ROOT, trackedFiles } from "./support/examples.ts";

const typeTests = trackedFiles(/\.test-d\.ts$/);

test("there are type tests, and the compiler's configuration includes each of them", () => {
  const included = new Set(compilerFiles());
  expect(typeTests.length).toBeGreaterThan(0);
  expect(typeTests.filter((file) => !included.has(join(ROOT, file)))).toEqual([]);
});

describe("a type test can fail", () => {
  test.each(typeTests)("%s, if one wrong assertion is added", (file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    expect(messages(file, text)).toEqual([]);
    expect(messages(file, `${text}\nexpectTypeOf(1).toEqualTypeOf<string>();\n`).length).toBe(1);
  });
});
