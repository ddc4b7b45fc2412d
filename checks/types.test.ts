import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { ROOT, trackedFiles } from "./support/examples.ts";

const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
const parsed = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
const typeTests = trackedFiles(/\.test-d\.ts$/);

/** Type-checks one file with another text in its place. */
function messages(file: string, text: string): string[] {
  const path = join(ROOT, file);
  const host = ts.createCompilerHost(parsed.options);
  const read = host.readFile.bind(host);
  host.readFile = (name) => (name === path ? text : read(name));
  const program = ts.createProgram([path], parsed.options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

test("there are type tests, and the compiler's configuration includes each of them", () => {
  const included = new Set(parsed.fileNames);
  expect(typeTests.length).toBeGreaterThan(0);
  expect(typeTests.filter((file) => !included.has(join(ROOT, file)))).toEqual([]);
});

describe("a type test can fail", () => {
  test.each(typeTests)("%s, if one wrong assertion is added", { timeout: 60_000 }, (file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    expect(messages(file, text)).toEqual([]);
    expect(messages(file, `${text}\nexpectTypeOf(1).toEqualTypeOf<string>();\n`).length).toBe(1);
  });
});
