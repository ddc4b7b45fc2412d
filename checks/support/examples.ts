/**
 * Examples: the code in docstrings and documents, made into modules that can be compiled and run.
 *
 *     Layout.of(24, 16).toString(); // => "Layout(24, align 16)"      becomes      expect(Layout.of(…)).toEqual("Layout(…)")
 *     const length = f(); // => 8                                     becomes      the same line, and expect(length).toEqual(8)
 *
 *     call(); // throws disposed                                      becomes      the call, and expect(error.code).toEqual("disposed")
 *
 * A fence that starts with `ts no-run` is compiled, not run. One that starts with `js` is run as it is.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT: string = join(import.meta.dirname, "../..");
const OUT = join(ROOT, "checks/.examples");

export interface Example {
  /** Its position: `packages/core/src/values/layout.ts:57`. */
  readonly place: string;
  /** The path of the module. */
  readonly module: string;
  readonly run: boolean;
}

/** Returns the files under version control, or about to be, whose path matches. */
export function trackedFiles(pattern: RegExp): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const files = execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim().split("\n");
  return files.filter((file) => pattern.test(file));
}

/** Returns the files that may hold examples. */
export function exampleFiles(): string[] {
  // The kit prints programs for its findings, in which `a` and `b` name allocators.
  return trackedFiles(/^packages\/\w+\/src\/.*\.ts$|\.md$/).filter((file) => file !== "docs/peers.md");
}

/** Writes a module for every example of the repository. */
export function writeExamples(): Example[] {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  return exampleFiles().flatMap((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    return fences(text).map(({ line, language, code, run }) => {
      const module = join(OUT, `${file.replaceAll(/\W/g, "-")}-${line}.${language}`);
      const lines = code.map((each) => assertion(each, language)).join("\n");
      writeFileSync(module, `import { expect } from "vitest";\n${lines}\nvoid expect;\nexport {};\n`);
      return { place: `${file}:${line}`, module, run };
    });
  });
}

/** A fence of a document or a docstring. */
interface Fence {
  /** The line on which it starts, from 1. */
  readonly line: number;
  readonly language: "ts" | "js";
  readonly code: string[];
  readonly run: boolean;
}

/** The code between ```ts or ```js and ```, in a document or after the stars of a docstring. */
export function fences(text: string): Fence[] {
  const found: Fence[] = [];
  let open: Fence | undefined;
  text.split("\n").forEach((raw, index) => {
    const line = raw.replace(/^\s*\* ?/, "");
    if (open === undefined) {
      const [, language, skip] = /^```(ts|js)( no-run)?$/.exec(line) ?? [];
      if (language !== undefined)
        open = { line: index + 1, language: language as "ts" | "js", code: [], run: skip === undefined };
    } else if (line === "```") {
      found.push(open);
      open = undefined;
    } else open.code.push(line);
  });
  return found;
}

function assertion(line: string, language: "ts" | "js"): string {
  const [, call, error] = /^(.*) \/\/ throws (?!nothing)([a-z-]+)$/.exec(line) ?? [];
  if (error !== undefined) {
    return `expect((() => { try { ${call} } catch (error) { return ${language === "ts" ? "(error as { code: string })" : "error"}.code; } return undefined; })()).toEqual("${error}");`;
  }
  const [, indent, code, value] = /^(\s*)(.*?);? \/\/ => (.*)$/.exec(line) ?? [];
  if (code === undefined) return line;
  const name = /^(?:const|let) (\w+) =/.exec(code)?.[1];
  return name === undefined
    ? `${indent}expect(${code}).toEqual(${value});`
    : `${indent}${code};\n${indent}expect(${name}).toEqual(${value});`;
}
