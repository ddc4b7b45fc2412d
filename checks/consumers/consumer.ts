/**
 * A consumer: a small project that uses the packages as npm delivers them.
 *
 *     files + tools ──▶ a folder of its own ──▶ commands, one after the other ──▶ ok, or the first line of the fault
 *
 * It is data. What installs, runs and reports it lies in other files.
 *
 * @module
 */

/** A program of a project, and its arguments. A program of `node_modules/.bin` comes before one of the same name on the path. */
export type Command = readonly [program: string, ...args: string[]];

export interface Consumer {
  /** The heading under which it stands: `"Bundlers"`. */
  readonly group: string;
  /** The row of the table: `"TypeScript 5.9"`. */
  readonly row: string;
  /** The column of the table: `"nodenext"`. */
  readonly column: string;
  /** What the project needs beside the packages, each of one version. */
  readonly tools: Readonly<Record<string, string>>;
  /** The files of the project: a text, or the name of a file in `programs`. */
  readonly files: Readonly<Record<string, { readonly text: string } | { readonly program: string }>>;
  /** What is run. All of them have to end with exit code 0. */
  readonly commands: readonly Command[];
  /** Programs that have to be on the path already: one of each list. */
  readonly needs?: readonly (readonly string[])[];
  /** Why there is nothing to try: shown in place of an outcome. */
  readonly impossible?: string;
  /** Whether it belongs to the few that `.ci/run` tries. */
  readonly quick?: boolean;
  /** The packages it installs, if not all; the others are there only for those that depend on them. */
  readonly only?: string;
}

/** How it went. */
export type Outcome =
  | { readonly kind: "ok"; readonly seconds: number }
  | { readonly kind: "failed"; readonly fault: string; readonly output: string }
  | { readonly kind: "absent"; readonly why: string };

/** A text as a file. */
export const text = (...lines: string[]): { readonly text: string } => ({ text: `${lines.join("\n")}\n` });

/** A value as a file of JSON. */
export const json = (value: unknown): { readonly text: string } => text(JSON.stringify(value, undefined, 2));

/** A file of `programs`. */
export const program = (name: string): { readonly program: string } => ({ program: name });

/** The package.json of nearly every project. */
export const MODULE = json({ private: true, type: "module" });
