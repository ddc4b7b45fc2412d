/** The program behind `npm run mutate`, on made-up reports. Outside checks/mutation, because mutants are tried with the tests there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { faultsOf, judge, type Mutant, type MutationReport, type Reason, upToDate } from "./mutation/judge.ts";
import { LEAST, REASONS } from "./mutation/survivors.ts";
import { documentText, sectionOf, sectionsIn } from "./mutation/text.ts";
import { ROOT } from "./support/examples.ts";

const FILE = "packages/core/src/step.ts";
const SOURCE = `if (n < 0) return -n;
if (n < 9) return call(
  n,
);`;

/** The mutant at the `nth` place of `code` in SOURCE. */
function mutant(status: string, code: string, replacement: string, nth = 0): Mutant {
  let start = SOURCE.indexOf(code);
  for (let skipped = 0; skipped < nth; skipped++) start = SOURCE.indexOf(code, start + 1);
  const position = (offset: number) => {
    const before = SOURCE.slice(0, offset).split("\n");
    return { line: before.length, column: before.at(-1)!.length + 1 };
  };
  return {
    status,
    replacement,
    location: { start: position(start), end: position(start + code.length) },
  };
}
const reportOf = (mutants: readonly Mutant[], source = SOURCE, file = FILE): MutationReport => ({
  files: { [file]: { source, mutants } },
});
const many = (status: string, count: number) => Array<Mutant>(count).fill(mutant(status, "n < 0", "true"));
const WHY = "Either is right.";
const because = (code: string, becomes: string[], on?: string): Reason => ({
  file: FILE,
  mutants: [on === undefined ? { code, becomes } : { code, becomes, on }],
  why: WHY,
});

test("the result of a file that has changed since is forgotten", () => {
  const report: MutationReport = {
    files: { "a.ts": { source: "1", mutants: [] }, "b.ts": { source: "2", mutants: [] } },
  };
  expect(Object.keys(upToDate(report, (file) => (file === "a.ts" ? "1" : "3")).files)).toEqual(["a.ts"]);
});

describe("the score", () => {
  const scoreOf = (mutants: readonly Mutant[]) => judge(reportOf(mutants), []).packages[0]!.total;

  test("counts killed and timed-out mutants as caught", () => {
    expect(scoreOf([...many("Killed", 3), ...many("Timeout", 2)])).toMatchObject({ caught: 5, percent: 100 });
  });

  test("counts survivors and untested mutants as not caught", () => {
    const score = scoreOf([...many("Killed", 5), ...many("Survived", 2), ...many("NoCoverage", 1)]);
    expect(score).toMatchObject({ survived: 2, untested: 1, percent: 62.5 });
  });

  test("leaves out ignored mutants and those that could not run", () => {
    const mutants = [
      ...many("Killed", 1),
      ...many("Ignored", 7),
      ...many("CompileError", 1),
      ...many("RuntimeError", 1),
    ];
    expect(scoreOf(mutants)).toMatchObject({ ignored: 7, percent: 100 });
  });

  test("is rounded down, so that no package seems better than it is", () => {
    expect(scoreOf([...many("Killed", 8499), ...many("Survived", 1501)]).percent).toBe(84.9);
  });

  test("of a file without mutants is 100 %", () => {
    expect(scoreOf([]).percent).toBe(100);
  });

  test("of a package counts all mutants of its files together", () => {
    const files = {
      "packages/core/src/a.ts": { source: SOURCE, mutants: many("Killed", 9) },
      "packages/core/src/b.ts": { source: SOURCE, mutants: many("Survived", 1) },
      "packages/combinators/src/c.ts": { source: SOURCE, mutants: many("Survived", 1) },
    };
    const { packages } = judge({ files }, []);
    expect(packages.map(({ total }) => [total.name, total.percent])).toEqual([
      ["@alloc/combinators", 0],
      ["@alloc/core", 90],
    ]);
    expect(packages[1]!.files.map(({ name, percent }) => [name, percent])).toEqual([
      ["packages/core/src/a.ts", 100],
      ["packages/core/src/b.ts", 0],
    ]);
  });
});

describe("a survivor", () => {
  const judged = (mutants: readonly Mutant[], reasons: readonly Reason[], source = SOURCE) =>
    judge(reportOf(mutants, source), reasons);

  test("is explained by a reason for its code and its replacement", () => {
    const { explained, unexplained } = judged([mutant("Survived", "n < 0", "n <= 0")], [because("n < 0", ["n <= 0"])]);
    expect(explained[0]!.changes).toEqual([
      { file: FILE, code: "n < 0", becomes: "n <= 0", line: "if (n < 0) return -n;" },
    ]);
    expect(unexplained).toEqual([]);
  });

  test("is not explained by a reason for another replacement of the same code", () => {
    const { unexplained } = judged([mutant("Survived", "n < 0", "true")], [because("n < 0", ["n <= 0", "false"])]);
    expect(unexplained.map(({ becomes }) => becomes)).toEqual(["true"]);
  });

  test("is not explained by a reason for other code with the same replacement", () => {
    expect(judged([mutant("Survived", "n < 0", "true")], [because("n < 9", ["true"])]).unexplained).toHaveLength(1);
  });

  test("is not explained by a reason for another file", () => {
    const report = reportOf([mutant("Survived", "n < 0", "n <= 0")], SOURCE, "packages/core/src/other.ts");
    expect(judge(report, [because("n < 0", ["n <= 0"])]).unexplained).toHaveLength(1);
  });

  test("that no test runs needs a reason too", () => {
    expect(judged([mutant("NoCoverage", "n < 0", "true")], []).unexplained).toHaveLength(1);
  });

  test("stays explained when its line moves", () => {
    const moved = mutant("Survived", "n < 0", "n <= 0");
    const down = { start: { line: 3, column: 7 }, end: { line: 3, column: 12 } };
    const reasons = [because("n < 0", ["n <= 0"])];
    expect(judged([{ ...moved, location: down }], reasons, `\n\n  ${SOURCE}`).unexplained).toEqual([]);
  });

  test("of code that occurs on several lines is explained by the content of its line", () => {
    const mutants = [mutant("Survived", "return", "", 0), mutant("Survived", "return", "", 1)];
    const { unexplained } = judged(mutants, [because("return", [""], "-n")]);
    expect(unexplained.map(({ line }) => line)).toEqual(["if (n < 9) return call("]);
  });

  test("is shown on one line, even if its code spans several", () => {
    const { unexplained } = judged([mutant("Survived", "call(\n  n,\n)", "call(\n\n)")], []);
    expect(unexplained).toEqual([
      { file: FILE, code: "call( n, )", becomes: "call( )", line: "if (n < 9) return call(" },
    ]);
  });
});

describe("a fault", () => {
  test("is a package below the expected score, with the actual one", () => {
    const report = reportOf([...many("Killed", 8), ...many("Survived", 2)]);
    expect(faultsOf(judge(report, [because("n < 0", ["true"])]), 85)).toEqual([
      "@alloc/core: expected a score of at least 85 %, got 80.0 %",
    ]);
  });

  test("is a survivor without a reason, in a package whose score is high enough", () => {
    const report = reportOf([...many("Killed", 99), ...many("Survived", 1)]);
    expect(faultsOf(judge(report, []), 85)).toEqual([
      `${FILE}: no test fails, and no reason is given, when n < 0 becomes true in if (n < 0) return -n;; write the test, or say in checks/mutation/survivors.ts why there is none`,
    ]);
  });

  test("is not a survivor with a reason in a package that just reaches the expected score", () => {
    const report = reportOf([...many("Killed", 85), ...many("Survived", 15)]);
    expect(faultsOf(judge(report, [because("n < 0", ["true"])]), 85)).toEqual([]);
  });
});

describe("the document", () => {
  const sectionFor = (mutants: readonly Mutant[], reasons: readonly Reason[], file = FILE) => {
    const judgement = judge(reportOf(mutants, SOURCE, file), reasons);
    return sectionOf(judgement, judgement.packages[0]!.total, judgement.packages[0]!.files);
  };
  const textOf = (mutants: readonly Mutant[], reasons: readonly Reason[]) =>
    documentText([sectionFor(mutants, reasons)], 90);

  test("shows a survivor after its reason", () => {
    const text = textOf(many("Survived", 1), [because("n < 0", ["true"])]);
    expect(text).toContain(
      `${WHY}\n\n- [step.ts](../${FILE}): \`n < 0\` → \`true\`, in \`if (n < 0) return -n;\`\n\n### Not tried`,
    );
  });

  test("shows survivors without a reason under a heading of their own", () => {
    expect(textOf(many("Survived", 1), [])).toContain("#### Without a reason\n\n- [step.ts]");
    expect(textOf(many("Killed", 1), [])).not.toContain("Without a reason");
  });

  test("leaves out a reason that no survivor needs", () => {
    expect(textOf(many("Killed", 1), [because("n < 0", ["true"])])).not.toContain(WHY);
  });

  test("lists each line of untried mutants once", () => {
    const text = textOf([...many("Ignored", 2), mutant("Ignored", "n < 9", "true")], []);
    expect(text).toMatch(
      /### Not tried\n\n- \[step\.ts\].*`if \(n < 0\) return -n;`, 2 mutants\n- \[step\.ts\].*`if \(n < 9\).*`, 1 mutant\n$/,
    );
    expect(textOf(many("Killed", 1), [])).toMatch(/### Survivors\n\nNone\.\n\n### Not tried\n\nNone\.\n$/);
  });

  test("shows code with backticks", () => {
    expect(textOf([mutant("Survived", "n < 0", "`n`")], [])).toContain("→ `ˋnˋ`,");
  });

  test("keeps the sections of packages that are not tried this time", () => {
    const core = sectionFor([...many("Killed", 1999), ...many("Survived", 1)], [because("n < 0", ["true"])]);
    const owned = sectionFor([...many("Killed", 3), ...many("NoCoverage", 1)], [], "packages/owned/src/step.ts");
    const written = documentText([owned, core], 90);
    expect(sectionsIn(written)).toEqual([
      ["@alloc/core", core],
      ["@alloc/owned", owned],
    ]);
    expect(written.indexOf("| `@alloc/core`")).toBeLessThan(written.indexOf("| `@alloc/owned`"));
  });
});

test("docs/mutation.md is as the program writes it, with sections of packages that it tries", () => {
  const document = readFileSync(join(ROOT, "docs/mutation.md"), "utf8");
  const sections = sectionsIn(document);
  expect(
    documentText(
      sections.map(([, section]) => section),
      LEAST,
    ),
  ).toBe(document);
  const tried = Object.keys(REASONS).map((name) => `@alloc/${name}`);
  expect(tried).toEqual(expect.arrayContaining(sections.map(([name]) => name)));
});

test.each(Object.entries(REASONS))("the reasons for %s are about its own files", (name, reasons) => {
  expect(reasons.filter(({ file }) => !file.startsWith(`packages/${name}/src/`))).toEqual([]);
});

test.each(
  Object.values(REASONS)
    .flat()
    .flatMap(({ file, mutants }) => mutants.map((known) => ({ file, ...known }))),
)("a reason's code exists in $file: $code", ({ file, code, on = "" }) => {
  const oneLine = (text: string) => text.replaceAll(/\s+/g, " ");
  const source = readFileSync(join(ROOT, file), "utf8");
  expect({ code: oneLine(source).includes(code), on: source.includes(on) }).toEqual({ code: true, on: true });
});
