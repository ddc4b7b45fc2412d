/**
 * Examples: the code in docstrings and documents, made modules that can be compiled and run.
 *
 *     Layout.of(24, 16).toString(); // => "Layout(24, align 16)"      becomes      expect(Layout.of(…)).toEqual("Layout(…)")
 *     const length = f(); // => 8                                     becomes      the same line, and expect(length).toEqual(8)
 *
 * A fence that starts with `ts no-run` is compiled, not run.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT: string = join(import.meta.dirname, "../..");
const OUT = join(ROOT, "checks/.examples");

export interface Example {
  /** Where it stands: `packages/core/src/layout.ts:57`. */
  readonly place: string;
  /** The module that was written. */
  readonly module: string;
  readonly run: boolean;
}

/** Answers the files under version control, or about to be, whose path matches. */
export function trackedFiles(pattern: RegExp): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const files = execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim().split("\n");
  return files.filter((file) => pattern.test(file));
}

/** Returns the files that may hold examples. */
export function exampleFiles(): string[] {
  return trackedFiles(/^packages\/\w+\/src\/.*\.ts$|\.md$/);
}

/** Writes a module for every example of the repository. */
export function writeExamples(): Example[] {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  return exampleFiles().flatMap((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    return fences(text).map(({ line, code, run }) => {
      const module = join(OUT, `${file.replaceAll(/\W/g, "-")}-${line}.ts`);
      writeFileSync(
        module,
        `import { expect } from "vitest";\n${code.map(assertion).join("\n")}\nvoid expect;\nexport {};\n`,
      );
      return { place: `${file}:${line}`, module, run };
    });
  });
}

/** The code between ```ts and ```, in a document or behind the stars of a docstring, each line of the fence counted from 1. */
export function fences(text: string): { line: number; code: string[]; run: boolean }[] {
  const found: { line: number; code: string[]; run: boolean }[] = [];
  let open: { line: number; code: string[]; run: boolean } | undefined;
  text.split("\n").forEach((raw, index) => {
    const line = raw.replace(/^\s*\* ?/, "");
    if (open === undefined) {
      const start = /^```ts( no-run)?$/.exec(line);
      if (start !== null) open = { line: index + 1, code: [], run: start[1] === undefined };
    } else if (line === "```") {
      found.push(open);
      open = undefined;
    } else open.code.push(line);
  });
  return found;
}

function assertion(line: string): string {
  const [, indent, code, value] = /^(\s*)(.*?);? \/\/ => (.*)$/.exec(line) ?? [];
  if (code === undefined) return line;
  const name = /^(?:const|let) (\w+) =/.exec(code)?.[1];
  return name === undefined
    ? `${indent}expect(${code}).toEqual(${value});`
    : `${indent}${code};\n${indent}expect(${name}).toEqual(${value});`;
}
