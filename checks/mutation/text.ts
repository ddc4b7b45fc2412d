/**
 * docs/mutation.md: a judgement in words.
 *
 * @module
 */
import { markdown } from "../support/markdown.ts";
import type { Change, Judgement, Score } from "./judge.ts";

/** The document's section on one package. */
export interface Section {
  readonly total: Score;
  /** With its heading, without a final line break. */
  readonly text: string;
}

export function documentText(sections: readonly Section[], least: number): string {
  const sorted = [...sections].sort((a, b) => (a.total.name < b.total.name ? -1 : 1));
  const totals = table(sorted.map(({ total }) => total));
  return `${[intro(least), "## Score", totals, ...sorted.map(({ text }) => text)].join("\n\n")}\n`;
}

/** Returns the section for a judgement of one package. */
export function sectionOf(judgement: Judgement, total: Score, files: readonly Score[]): Section {
  const { explained, unexplained, ignored } = judgement;
  const needed = explained.filter(({ changes }) => changes.length > 0);
  const withMutants = files.filter((file) => file.caught + file.survived + file.untested + file.ignored > 0);
  const text = [
    `## \`${total.name}\``,
    table(withMutants),
    "### Survivors",
    ...(needed.length + unexplained.length === 0 ? ["None."] : []),
    ...needed.map(({ reason, changes }) => `${reason.why}\n\n${list(changes)}`),
    ...(unexplained.length === 0 ? [] : ["#### Without a reason", list(unexplained)]),
    "### Not tried",
    ignored.length === 0 ? "None." : lines(ignored),
  ].join("\n\n");
  return { total, text };
}

/** Returns the sections of an existing document, by package name. */
export function sectionsIn(document: string): [name: string, Section][] {
  return document
    .trimEnd()
    .split(/\n+(?=## )/)
    .flatMap((text): [string, Section][] => {
      const [, name] = /^## `(@alloc\/\w+)`/.exec(text) ?? [];
      if (name === undefined) return [];
      const cells = new RegExp(`^\\| \`${name}\` (.*)$`, "m").exec(document)![1]!.split("|");
      const [caught, survived, untested, ignored, percent] = cells.slice(1).map(Number.parseFloat);
      return [[name, { total: { name, caught, survived, untested, ignored, percent } as Score, text }]];
    });
}

function intro(least: number): string {
  return `# Mutation testing

[Stryker](https://stryker-mutator.io) changes the code in one place at a time, and a test should fail for each change. A change that no
test notices is a survivor: either a test is missing, or the change makes no difference. Where a test can catch it, there is a test.
For all others this document says why there is none.

\`\`\`sh
npm run mutate                    # all packages: an hour or two, one mutant at a time
npm run mutate -- freelist scoped # these two: minutes
npm run mutate -- owned/vec       # one folder; the results of the others are kept
\`\`\`

It runs Stryker over the sources of each package with its own tests and [the conformance kit](../checks/mutation/kit.test.ts), prints and
writes its part of this document, and fails if a package is below ${least} % or a survivor has no reason in
[survivors.ts](../checks/mutation/survivors.ts).

- **\`coverageAnalysis: perTest\`**: a mutant is tried only with the tests that run the mutated code. With all tests it would take a day.
  Code that a test file runs outside its tests, such as making a memory for several of them, belongs to no test: the tests that use it
  count as not running it. So the kit has a file of its own here, which checks inside its tests.
- **A thread that is kept**: a new thread for each mutant takes most of a second until its first test runs. The
  [runner](../checks/mutation/kept-runner.ts) here keeps the thread, and counts a failure only if the same test passes there without the
  mutant right afterwards, or fails on a new thread as well.
- **\`ignoreStatic\`**: code that runs only while a module is loaded, or while tests are collected, is run by no test. Its mutants are
  not tried and not counted; they are listed at the end.
- **The aliases** of [vitest.config.ts](../checks/mutation/vitest.config.ts): Stryker changes a copy of the repository, whose
  \`node_modules\` lead back to the original. Without the aliases the tests would import the unchanged code.
- **Built packages**: all packages but the core and the combinators are tried on top of the others as \`npm run build\` left them. Those
  are not mutated then, and a mutant loads a few files instead of hundreds. Test files share a thread, the short ones come first, and
  none runs a million steps.

_Caught_ means that a test fails or does not end. The score is caught / tried, and tried = caught + survived + untested.`;
}

/** Returns a table of scores. */
function table(scores: readonly Score[]): string {
  const head = ["", "caught", "survived", "untested", "not tried", "score"];
  const rows = scores.map(({ name, caught, survived, untested, ignored, percent }) => [
    `\`${name.replace(/^packages\/(\w+)\/src\//, "$1/")}\``,
    ...[caught, survived, untested, ignored].map(String),
    `${percent.toFixed(1)} %`,
  ]);
  return markdown([head, ...rows]);
}

function list(changes: readonly Change[]): string {
  return changes
    .map(({ file, code, becomes, line }) => {
      const where = line === code ? "" : `, in ${quoted(line)}`;
      return `- [${nameOf(file)}](../${file}): ${quoted(code)} → ${quoted(becomes)}${where}`;
    })
    .join("\n");
}

/** Returns the lines on which changes start, each once, with their count. */
function lines(changes: readonly Change[]): string {
  const counts = new Map<string, number>();
  for (const { file, line } of changes) {
    const place = `[${nameOf(file)}](../${file}): ${quoted(line)}`;
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return [...counts].map(([place, count]) => `- ${place}, ${count} ${count === 1 ? "mutant" : "mutants"}`).join("\n");
}

function nameOf(file: string): string {
  return file.split("/").at(-1)!;
}

/** Returns code for a line of Markdown, shortened if long. Backticks are replaced, since formatters quote them differently. */
function quoted(code: string): string {
  const short = code.length > 100 ? `${code.slice(0, 99)}…` : code;
  return `\`${short.replaceAll("`", "ˋ")}\``;
}
