/**
 * docs/messages.md: code that does not compile, and the compiler's messages; names, and what an editor shows for them.
 *
 * @module
 * @module-tag built
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compile } from "./support/compile.ts";
import { ROOT } from "./support/examples.ts";

const document = readFileSync(join(ROOT, "docs/messages.md"), "utf8");
const before = /```ts no-run\n([^`]*)```/.exec(document)![1]!;
/** Each fence of this kind, and the text that follows it. */
const fences = (kind: string) =>
  [...document.matchAll(new RegExp(`\`\`\`ts ${kind}\n([^\`]*)\`\`\`\n\n\`\`\`text\n([^\`]*)\n\`\`\``, "g"))].map(
    ([, code, text]) => ({ code: code!, text: text! }),
  );
const wrong = fences("wrong");
const hovers = fences("hover");

const FILE = "checks/written-by-a-user.ts";
const first = before.split("\n").length - 1;
const messages = `${before}${wrong.map(({ code }) => code).join("")}`;
const { said, shown } = compile(new Map([[FILE, messages + hovers.map(({ code }) => code).join("")]]), "built");

test.each(["wrong", "hover"])("every fence `ts %s` is followed by its text", (kind) => {
  expect(fences(kind).length).toBe(document.split(`\`\`\`ts ${kind}`).length - 1);
  expect(fences(kind).length).toBeGreaterThan(kind === "wrong" ? 10 : 3);
});

describe("the compiler reports for", () => {
  test.each(wrong.map(({ code, text }, at) => [code.trim(), text, first + at] as const))("%s", (_, text, at) => {
    const all = said(FILE).filter(({ line }) => line === at);
    expect(all.map(({ message }) => message)).toEqual([text]);
  });

  test("nothing about the other lines", () => {
    expect(said(FILE).filter(({ line }) => line < first || line >= first + wrong.length)).toEqual([]);
  });
});

describe("an editor shows for", () => {
  let start = messages.length;
  const places = hovers.map(({ code, text }) => {
    // The mark stands under the name, in a line of its own.
    const [, line, mark] = /(.*)\n( *\/\/ *)\^\?\n$/.exec(code)!;
    const at = start + code.lastIndexOf(line!) + mark!.length;
    start += code.length;
    return [/^\w+/.exec(line!.slice(mark!.length))?.[0], line!, text, at] as const;
  });

  test.each(places)("%s in: %s", (_name, _line, text, at) => {
    expect(shown(FILE, at)).toBe(text);
  });
});
