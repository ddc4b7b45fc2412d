/**
 * docs/messages.md: code that does not compile, and the compiler's messages.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { said } from "./support/compile.ts";
import { ROOT } from "./support/examples.ts";

const document = readFileSync(join(ROOT, "docs/messages.md"), "utf8");
const before = /```ts no-run\n([^`]*)```/.exec(document)![1]!;
const wrong = [...document.matchAll(/```ts wrong\n(.*)\n```\n\n```text\n([^`]*)\n```/g)].map(([, code, text]) => ({
  code: code!,
  text: text!,
}));

test("every line that does not compile is followed by its message", () => {
  expect(wrong.length).toBe(document.split("```ts wrong").length - 1);
  expect(wrong.length).toBeGreaterThan(10);
});

describe("the compiler reports for", () => {
  const first = before.split("\n").length - 1;
  const text = `${before}${wrong.map(({ code }) => code).join("\n")}`;
  const all = said("checks/written-by-a-user.ts", text);

  test.each(wrong.map(({ code, text }, at) => [code, text, first + at] as const))("%s", (_, text, at) => {
    expect(all.filter(({ line }) => line === at).map(({ message }) => message)).toEqual([text]);
  });

  test("nothing about the lines before them", () => {
    expect(all.filter(({ line }) => line < first)).toEqual([]);
  });
});
