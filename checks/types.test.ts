import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { compile, compilerFiles } from "./support/compile.ts";
import { ROOT, trackedFiles } from "./support/examples.ts";

const typeTests = trackedFiles(/\.test-d\.ts$/);

test("there are type tests, and the compiler's configuration includes each of them", () => {
  const included = new Set(compilerFiles());
  expect(typeTests.length).toBeGreaterThan(0);
  expect(typeTests.filter((file) => !included.has(join(ROOT, file)))).toEqual([]);
});

describe("a type test can fail", { tags: ["thorough"] }, () => {
  const texts = new Map(typeTests.map((file) => [file, `${readFileSync(join(ROOT, file), "utf8")}\n`]));
  const wrong = "expectTypeOf(1).toEqualTypeOf<string>();\n";
  let said: ReturnType<typeof compile>["said"];
  beforeAll(() => {
    ({ said } = compile(new Map([...texts].map(([file, text]) => [file, text + wrong]))));
  });

  test.each([...texts])("%s, only in the wrong assertion that is added", (file, text) => {
    expect(said(file).map(({ line }) => line)).toEqual([text.split("\n").length - 1]);
  });
});
