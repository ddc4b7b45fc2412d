/**
 * Judges a report of Stryker: what the tests catch, and why they do not catch the rest.
 *
 *     killed, timeout         ──▶  caught            score = caught / (caught + survived + untested)
 *     survived, untested      ──▶  each has a reason in survivors.ts, or has none, which is a failure
 *     ignored                 ──▶  not tried, not counted
 *
 * A survivor is identified by its file and its text, not by its line, so that a reason outlives an edit elsewhere in the file.
 *
 * @module
 */

/** The used part of a report (github.com/stryker-mutator/mutation-testing-elements, schema 1). */
export interface MutationReport {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

export interface Mutant {
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

/** Both count from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** Why some mutants of one file cannot be caught, or need not be. */
export interface Reason {
  /** The path in the repository. */
  readonly file: string;
  readonly mutants: readonly Known[];
  /** A sentence or two. */
  readonly why: string;
}

/** Mutants of one piece of code. Spaces and line breaks count as one space. */
export interface Known {
  /** The code that Stryker replaces. */
  readonly code: string;
  /** The replacement. */
  readonly becomes: readonly string[];
  /** A part of the line, if the same code is on several lines. */
  readonly on?: string;
}

export interface Score {
  readonly name: string;
  readonly caught: number;
  readonly survived: number;
  readonly untested: number;
  readonly ignored: number;
  /** Percent, rounded down to a tenth; 100 if there is nothing to catch. */
  readonly percent: number;
}

/** A mutant, identified by its text. */
export interface Change {
  readonly file: string;
  readonly code: string;
  readonly becomes: string;
  /** The line on which it starts. */
  readonly line: string;
}

export interface Judgement {
  readonly packages: readonly { readonly total: Score; readonly files: readonly Score[] }[];
  /** Survivors with a reason. A reason that no survivor needs has no changes. */
  readonly explained: readonly { readonly reason: Reason; readonly changes: readonly Change[] }[];
  readonly unexplained: readonly Change[];
  readonly ignored: readonly Change[];
}

const CAUGHT = ["Killed", "Timeout"];
const SURVIVED = ["Survived", "NoCoverage"];

export function judge({ files }: MutationReport, reasons: readonly Reason[]): Judgement {
  const names = Object.keys(files).sort();
  const packages = [...new Set(names.map(packageOf))].map((name) => {
    const own = names.filter((file) => packageOf(file) === name);
    const total = scoreOf(
      name,
      own.flatMap((file) => files[file]!.mutants),
    );
    return { total, files: own.map((file) => scoreOf(file, files[file]!.mutants)) };
  });
  const changes = (statuses: readonly string[]) => names.flatMap((file) => changesOf(file, files[file]!, statuses));
  const survivors = changes(SURVIVED);
  const explained = reasons.map((reason) => ({
    reason,
    changes: survivors.filter((change) => explains(reason, change)),
  }));
  const unexplained = survivors.filter((change) => !reasons.some((reason) => explains(reason, change)));
  return { packages, explained, unexplained, ignored: changes(["Ignored"]) };
}

/** Returns a report without the files that have another source now. */
export function upToDate({ files }: MutationReport, sourceOf: (file: string) => string): MutationReport {
  return { files: Object.fromEntries(Object.entries(files).filter(([file, { source }]) => source === sourceOf(file))) };
}

/** Returns the faults as sentences: a package below `least` percent, a survivor without a reason. */
export function faultsOf({ packages, unexplained }: Judgement, least: number): string[] {
  return [
    ...packages
      .filter(({ total }) => total.percent < least)
      .map(({ total }) => `${total.name}: expected a score of at least ${least} %, got ${total.percent.toFixed(1)} %`),
    ...unexplained.map(
      ({ file, line, code, becomes }) =>
        `${file}: no test fails, and no reason is given, when ${code} becomes ${becomes} in ${line}; write the test, or say in checks/mutation/survivors.ts why there is none`,
    ),
  ];
}

function scoreOf(name: string, mutants: readonly Mutant[]): Score {
  const count = (...statuses: readonly string[]) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const caught = count(...CAUGHT);
  const tried = caught + count(...SURVIVED);
  return {
    name,
    caught,
    survived: count("Survived"),
    untested: count("NoCoverage"),
    ignored: count("Ignored"),
    percent: tried === 0 ? 100 : Math.floor((1000 * caught) / tried) / 10,
  };
}

function changesOf(file: string, { source, mutants }: MutationReport["files"][string], statuses: readonly string[]) {
  const lines = source.split("\n");
  return mutants
    .filter(({ status }) => statuses.includes(status))
    .map(({ location: { start, end }, replacement = "" }): Change => {
      const code = lines.slice(start.line - 1, end.line);
      // From the end: on one line both count from its start.
      code[code.length - 1] = code.at(-1)!.slice(0, end.column - 1);
      code[0] = code[0]!.slice(start.column - 1);
      return {
        file,
        code: oneLine(code.join("\n")),
        becomes: oneLine(replacement),
        line: oneLine(lines[start.line - 1]!),
      };
    });
}

function explains({ file, mutants }: Reason, change: Change): boolean {
  return (
    file === change.file &&
    mutants.some(
      ({ code, becomes, on = "" }) =>
        code === change.code && becomes.includes(change.becomes) && change.line.includes(on),
    )
  );
}

function packageOf(file: string): string {
  return `@alloc/${file.split("/")[1]}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
