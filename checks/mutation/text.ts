/**
 * docs/mutation.md: a judgement in words.
 *
 * @module
 */
import type { Change, Judgement, Score } from "./judge.ts";

/** What the document says of one package. */
export interface Section {
  readonly total: Score;
  /** With its heading, without a line break at the end. */
  readonly text: string;
}

export function documentText(sections: readonly Section[], least: number): string {
  const sorted = [...sections].sort((a, b) => (a.total.name < b.total.name ? -1 : 1));
  const totals = table(sorted.map(({ total }) => total));
  return `${[intro(least), "## Score", totals, ...sorted.map(({ text }) => text)].join("\n\n")}\n`;
}

/** Returns what a judgement of one package says of it. */
export function sectionOf(judgement: Judgement, total: Score, files: readonly Score[]): Section {
  const { explained, unexplained, ignored } = judgement;
  const needed = explained.filter(({ changes }) => changes.length > 0);
  const text = [
    `## \`${total.name}\``,
    table(files),
    "### Survivors",
    ...(needed.length + unexplained.length === 0 ? ["None."] : []),
    ...needed.map(({ reason, changes }) => `${reason.why}\n\n${list(changes)}`),
    ...(unexplained.length === 0 ? [] : ["#### Without a reason", list(unexplained)]),
    "### Not tried",
    ignored.length === 0 ? "None." : lines(ignored),
  ].join("\n\n");
  return { total, text };
}

/** Returns the sections of a document that was written before, by the name of the package. */
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

[Stryker](https://stryker-mutator.io) changes the code in one place at a time, and a test should fail for it. A change that no test
notices is a survivor: a test is missing, or the change makes no difference. Each survivor is looked at. Where a test can catch it, the
test is written; of the rest, this document says why there is none.

\`\`\`sh
npm run mutate                    # all packages: hours, a second or two for each mutant, one at a time
npm run mutate -- freelist scoped # these two: minutes
\`\`\`

It runs Stryker over the sources of each package with its own tests and [the conformance kit](../checks/mutation/kit.test.ts), prints and
writes its part of this document, and fails where a package is below ${least} % or a survivor has no reason in
[survivors.ts](../checks/mutation/survivors.ts).

- **\`coverageAnalysis: perTest\`**: a mutant is tried with those tests alone that run the mutated code. With all of them it would take
  a day. What a test file does outside of its tests, such as a memory that is made once for several of them, belongs to no test: the
  tests that use it count as not running the code that made it. So the kit has a file of its own here, which checks inside of its tests.
- **\`ignoreStatic\`**: code that runs only when a module is loaded, or while the tests are being collected, is run by no test. Its
  mutants are not tried and not counted; they are listed at the end.
- **The aliases** of [vitest.config.ts](../checks/mutation/vitest.config.ts): Stryker changes a copy of the repository, whose
  \`node_modules\` lead back to the original. Without the aliases the tests would import what was not changed.
- **What was built**: \`owned\` is tried upon the other packages as \`npm run build\` left them. Of them nothing is changed then, and a
  mutant loads a few files in place of hundreds. Its tests run the short files first, and go a million steps nowhere.

_Caught_ are the mutants for which a test fails or does not end. The score is the caught among the tried: caught, survived and untested.`;
}

/** A table as wide as the formatter of this repository makes it, so that it finds nothing to change. */
function table(scores: readonly Score[]): string {
  const head = ["", "caught", "survived", "untested", "not tried", "score"];
  const rows = scores.map(({ name, caught, survived, untested, ignored, percent }) => [
    `\`${name.replace(/^packages\/(\w+)\/src\//, "$1/")}\``,
    ...[caught, survived, untested, ignored].map(String),
    `${percent.toFixed(1)} %`,
  ]);
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

function list(changes: readonly Change[]): string {
  return changes
    .map(({ file, code, becomes, line }) => {
      const where = line === code ? "" : `, in ${quoted(line)}`;
      return `- [${nameOf(file)}](../${file}): ${quoted(code)} → ${quoted(becomes)}${where}`;
    })
    .join("\n");
}

/** The lines on which changes begin, each once, with how many there are. */
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

/** Code in a line of Markdown; a long one is cut. Backticks are drawn, since no formatter agrees on how to quote them. */
function quoted(code: string): string {
  const short = code.length > 100 ? `${code.slice(0, 99)}…` : code;
  return `\`${short.replaceAll("`", "ˋ")}\``;
}
