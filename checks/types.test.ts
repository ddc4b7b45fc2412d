import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compilerFiles, saidOfAll } from "./support/compile.ts";
import { ROOT, trackedFiles } from "./support/examples.ts";

const typeTests = trackedFiles(/\.test-d\.ts$/);

test("there are type tests, and the compiler's configuration includes each of them", () => {
  const included = new Set(compilerFiles());
  expect(typeTests.length).toBeGreaterThan(0);
  expect(typeTests.filter((file) => !included.has(join(ROOT, file)))).toEqual([]);
});

describe("a type test can fail", () => {
  const texts = new Map(typeTests.map((file) => [file, readFileSync(join(ROOT, file), "utf8")]));
  const wrong = "\nexpectTypeOf(1).toEqualTypeOf<string>();\n";
  const right = saidOfAll(texts);
  const broken = saidOfAll(new Map([...texts].map(([file, text]) => [file, text + wrong])));

  test.each(typeTests)("%s, if one wrong assertion is added", (file) => {
    expect(right.get(file)).toEqual([]);
    expect(broken.get(file)).toHaveLength(1);
  });
});
