/**
 * The habits that native readers stumble over. Names and code are not prose: in source files only comments and strings are checked.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { ROOT, trackedFiles } from "./support/examples.ts";

const HABITS: readonly [habit: string, pattern: RegExp, instead: string][] = [
  ["answers", /\banswer(?:s|ed|ing)?\b/gi, "returns"],
  ["can `owns`", /\bcan(?:not)? `\w+`/gi, "supports `owns`"],
  ["unless said", /\bunless (?:said|told)\b/gi, "Default: 8"],
  ["came 10.5", /, came\b|\bcame (?:\$\{|"|\d)/gi, "got 10.5"],
  ["who, whom, nobody, he", /\b(?:who|whom|whoever|nobody|somebody|himself)\b/gi, "which, it, caller"],
  ["what is live", /\bwhat (?:is live|lies there|came from|is kept back)\b|\bso many of\b|\ball that is\b/gi, "a noun"],
];

/** Returns the prose of a file: all of a document, and the comments and strings of source. */
function proseOf(file: string): string {
  const text = readFileSync(join(ROOT, file), "utf8");
  if (file.endsWith(".md")) return text;
  const found: string[] = [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const seen = new Set<number>();
  const visit = (node: ts.Node): void => {
    for (const { pos, end } of ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []) {
      if (!seen.has(pos)) found.push(text.slice(pos, end));
      seen.add(pos);
    }
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node))
      found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found.join("\n");
}

/** The prose of all documents and of all TypeScript and JavaScript, except this file, which names the habits, and changelogs. */
const TEXTS = trackedFiles(/\.(?:ts|m?js|md)$/)
  .filter((file) => file !== "checks/language.test.ts" && !file.endsWith("/CHANGELOG.md"))
  .map((file) => ({ file, prose: proseOf(file) }));

test.each(HABITS)("no text has the habit: %s", (_, pattern, instead) => {
  const found = TEXTS.flatMap(({ file, prose }) => [...prose.matchAll(pattern)].map(([text]) => `${file}: ${text}`));
  expect(found, `write: ${instead}`).toEqual([]);
});
