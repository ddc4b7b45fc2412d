// @module-tag alone
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { ROOT, writeExamples } from "./support/examples.ts";

const examples = writeExamples();

test("every example compiles under the packages' settings", () => {
  const { config } = ts.readConfigFile(`${ROOT}/tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
  const modules = examples.map(({ module }) => module).filter((module) => module.endsWith(".ts"));
  const program = ts.createProgram(modules, { ...options, noUnusedLocals: false });
  const host = {
    getCurrentDirectory: () => ROOT,
    getCanonicalFileName: (name: string) => name,
    getNewLine: () => "\n",
  };
  // tsc checks what they import.
  const said = modules.flatMap((module) => ts.getPreEmitDiagnostics(program, program.getSourceFile(module)));
  expect(ts.formatDiagnostics(said, host)).toBe("");
});

describe("an example runs, and gives the results it shows", () => {
  test.each(examples.filter(({ run }) => run))("$place", async ({ module }) => {
    await import(module);
  });
});
