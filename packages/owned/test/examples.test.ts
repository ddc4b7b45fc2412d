import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as owned from "@alloc/owned";
import ts from "typescript";
import { expect, test } from "vitest";

/** A TypeScript example that runs: `checks/examples.test.ts` runs all of them. */
const EXAMPLE = /```ts\n.*?@alloc\/owned.*?\n```/s;
const SRC = join(import.meta.dirname, "../src");
const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => ts.createSourceFile(file, readFileSync(join(SRC, file), "utf8"), ts.ScriptTarget.ESNext, true));

/** Every declaration with `export`, by name; of a factory's interface also each method, as `BoxFactory.new`. */
const declared = new Map<string, string>();
const note = (name: string, node: ts.Node) => {
  const docs = ts.getJSDocCommentsAndTags(node).map((doc) => doc.getText());
  declared.set(name, docs.join("\n").replaceAll(/^\s*\* ?/gm, ""));
};
for (const file of files) {
  ts.forEachChild(file, (node) => {
    if (ts.isVariableStatement(node)) {
      for (const { name } of node.declarationList.declarations) note(name.getText(), node);
    } else if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) note(node.name!.text, node);
    else if (ts.isInterfaceDeclaration(node) && node.name.text.endsWith("Factory")) {
      for (const member of node.members) note(`${node.name.text}.${(member.name as ts.StringLiteral).text}`, member);
    }
  });
}
const methods = [...declared.keys()].filter((name) => name.includes("Factory."));

test.each([...Object.keys(owned), ...methods])("%s has an example that runs", (name) => {
  expect(declared.get(name)).toMatch(EXAMPLE);
});

test("every factory is included", () => {
  expect(methods).toEqual(expect.arrayContaining(["ArcFactory.adopt", "BoxFactory.new", "VecFactory.withCapacity"]));
  expect(methods.length).toBe(18);
});
