/** docs/errors.md has one section for each error code, and no other. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, trackedFiles } from "./support/examples.ts";

const document = readFileSync(join(ROOT, "docs/errors.md"), "utf8");
const sections = new Map(
  document
    .split(/^## /m)
    .slice(1)
    .map((section) => [/^`([a-z-]+)`/.exec(section)![1]!, section]),
);

/** The codes in the unions named `…Code`, and in fields named `code`. */
const codes = new Set(
  trackedFiles(/^packages\/(core|global|freelist|scoped|combinators|proxy|owned|testkit)\/src\/.*\.ts$/)
    .map((file) => readFileSync(join(ROOT, file), "utf8"))
    .flatMap((text) => [
      ...text.matchAll(/^export type \w+Code =([^;]*);/gm),
      ...text.matchAll(/^ {2}readonly code: ("[^;]*);/gm),
    ])
    .flatMap(([, union]) => [...union!.matchAll(/"([a-z-]+)"/g)].map(([, code]) => code!)),
);

test("each class of an error has a code", () => {
  const classes = trackedFiles(/^packages\/\w+\/src\/.*\.ts$/).flatMap((file) =>
    [...readFileSync(join(ROOT, file), "utf8").matchAll(/^(?:export )?class (\w+Error) .*\{([\s\S]*?)\n\}/gm)].map(
      ([, name, body]) => ({ name, hasCode: /^ {2}readonly code: /m.test(body!) }),
    ),
  );
  expect(classes.length).toBeGreaterThan(6);
  // It ends a command, and no program meets it.
  expect(classes.filter(({ hasCode }) => !hasCode).map(({ name }) => name)).toEqual(["UsageError"]);
});

test("each error code has a section, and each section a code", () => {
  expect(codes.size).toBeGreaterThan(30);
  expect([...sections.keys()].sort()).toEqual([...codes].sort());
});

test.each([...sections])("%s: the section gives the cause and the fix", (_, section) => {
  expect(section).toMatch(/^`[a-z-]+`\n\n(Argument|Layout|Alloc|Misuse|Owned|Leak|GlobalAllocator|Trace|Replay)Error/);
  expect(section).toMatch(/^Fix: \S/m);
});
