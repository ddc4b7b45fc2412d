import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as owned from "@alloc/owned";
import ts from "typescript";
import { expect, test } from "vitest";

/** A fence of TypeScript that runs: `checks/examples.test.ts` runs each that there is. */
const EXAMPLE = /```ts\n.*?@alloc\/owned.*?\n```/s;
const SRC = join(import.meta.dirname, "../src");
const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => ts.createSourceFile(file, readFileSync(join(SRC, file), "utf8"), ts.ScriptTarget.ESNext, true));

/** What is declared with `export` in any file, by name; of an interface of a factory each method too, as `BoxFactory.new`. */
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

test("every factory is looked at", () => {
  expect(methods).toEqual(expect.arrayContaining(["ArcFactory.adopt", "BoxFactory.new", "VecFactory.withCapacity"]));
  expect(methods.length).toBe(15);
});
