/**
 * Rules for all tests: none depends on the speed of the machine, none is left out by hand, and each that needs a build or a realm of
 * its own has the tag.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { ROOT, trackedFiles } from "./support/examples.ts";

/** In ms: a limit that ends hanging tests. A shorter one fails on a busy machine. */
const LEAST_LIMIT = 300_000;
/** Calls of vitest that take a time limit as their last argument. */
const LIMITED = ["test", "describe", "beforeAll", "beforeEach", "afterAll", "afterEach"];

const parsed = (text: string) => ts.createSourceFile("a.test.ts", text, ts.ScriptTarget.Latest, true);

/** Returns the nodes of a file that a predicate accepts, each as its line number and its first line. */
function found(source: ts.SourceFile, matches: (node: ts.Node) => boolean): string[] {
  const places: string[] = [];
  const visit = (node: ts.Node): void => {
    if (matches(node)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      places.push(`${line + 1}: ${node.getText().split("\n")[0]}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return places;
}

/** Returns whether a node sets a time limit for a test or a process that is too short for a busy machine. */
function isShortLimit(node: ts.Node): boolean {
  if (ts.isPropertyAssignment(node) && node.name.getText() === "timeout") {
    return !ts.isNumericLiteral(node.initializer) || Number(node.initializer.text) < LEAST_LIMIT;
  }
  if (!ts.isCallExpression(node) || node.arguments.length < 2) return false;
  const last = node.arguments.at(-1)!;
  return ts.isNumericLiteral(last) && LIMITED.includes(/^\w+/.exec(node.expression.getText())?.[0] ?? "");
}

/** Returns whether a node reads a clock. */
function isClock(node: ts.Node): boolean {
  return ts.isPropertyAccessExpression(node) && /^(?:performance\.now|Date\.now|process\.hrtime)$/.test(node.getText());
}

/** Returns whether a node skips a test, or all other tests. */
function isLeftOut(node: ts.Node): boolean {
  if (!ts.isPropertyAccessExpression(node) || !["only", "skip", "todo"].includes(node.name.text)) return false;
  return LIMITED.includes(/^\w+/.exec(node.getText())?.[0] ?? "");
}

describe("the rules find violations", () => {
  test.each([
    ["test('a', () => {}, 5_000);", isShortLimit],
    ["describe.each([1])('a', { timeout: 30_000 }, () => {});", isShortLimit],
    ["spawnSync('node', [], { timeout: LIMIT });", isShortLimit],
    ["const start = performance.now();", isClock],
    ["const [seconds] = process.hrtime();", isClock],
    ["describe.skip('a', () => {});", isLeftOut],
    ["test.only.each([1])('a', () => {});", isLeftOut],
  ])("%s", (text, matches) => {
    expect(found(parsed(text), matches)).toHaveLength(1);
  });
});

const files = trackedFiles(/^(?:packages\/\w+|benchmarks)\/test\/.*\.ts$|^checks\/(?:support\/.*|.*\.test)\.ts$/).map(
  (file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    return { file, text, source: parsed(text) };
  },
);

test.each([
  ["limits the time of a test, a hook or a process to less than five minutes", isShortLimit],
  ["reads a clock", isClock],
  ["leaves a test out", isLeftOut],
])("no test %s", (_what, matches) => {
  expect(files.flatMap(({ file, source }) => found(source, matches).map((place) => `${file}:${place}`))).toEqual([]);
});

test("a test that reads the build has the tag `built`", () => {
  // By a path in a string, or through a helper that has one.
  const reads = /["'`][^"'`\n]*\bdist\/|support\/specialized\.ts/;
  const isTagged = /@module-tag built|tags: \["built"\]/;
  const missing = files.filter(
    ({ file, text }) => /\.test\.ts$/.test(file) && reads.test(text) && !isTagged.test(text),
  );
  expect(missing.map(({ file }) => file)).toEqual([]);
});

/** What changes the state of a realm, and what undoes that in the same file. An override of the global allocator ends with its test. */
const CHANGES: readonly [change: RegExp, undone: RegExp | undefined][] = [
  [/\b(?:setGlobalAllocator|resetModules|reportLeaks)\(/, undefined],
  [/\bsetAllocErrorHook\(/, /\btakeAllocErrorHook\(/],
  [/leaks\.check\(\)/, /beforeEach\(forgetRegistries\)/],
];

test("a test that changes its realm for good has the tag `alone`", () => {
  const changes = (text: string) => CHANGES.some(([change, undone]) => change.test(text) && !undone?.test(text));
  const missing = files.filter(
    ({ file, text }) => /\.test\.ts$/.test(file) && changes(text) && !/@module-tag alone$/m.test(text),
  );
  expect(missing.map(({ file }) => file)).toEqual([]);
});
