/**
 * A consumer: a small project that uses the packages as npm delivers them.
 *
 *     files + tools ──▶ a folder of its own ──▶ commands, one after the other ──▶ ok, or the first line of the fault
 *
 * This is data. Other files install, run and report it.
 *
 * @module
 */

import type { Command } from "../support/shell.ts";

export interface Consumer {
  /** The heading of its table: `"Bundlers"`. */
  readonly group: string;
  /** The row of the table: `"TypeScript 5.9"`. */
  readonly row: string;
  /** The column of the table: `"nodenext"`. */
  readonly column: string;
  /** The tools of the project, besides the packages, each with an exact version. */
  readonly tools: Readonly<Record<string, string>>;
  /** The files of the project: a text, or the name of a file in `programs`. */
  readonly files: Readonly<Record<string, { readonly text: string } | { readonly program: string }>>;
  /** The commands, all with exit code 0. A program in `node_modules/.bin` takes precedence over one on the path. */
  readonly commands: readonly Command[];
  /** Programs that must already be on the path: one from each list. */
  readonly needs?: readonly (readonly string[])[];
  /** Why it cannot be tried: shown instead of an outcome. */
  readonly impossible?: string;
  /** Whether it belongs to the few that `.ci/run` tries. */
  readonly quick?: boolean;
  /** The packages it installs. Default: all. Others are present only as dependencies. */
  readonly only?: string;
}

/** The outcome. */
export type Outcome =
  | { readonly kind: "ok"; readonly seconds: number }
  | { readonly kind: "failed"; readonly fault: string; readonly output: string }
  | { readonly kind: "absent"; readonly why: string };

/** Returns a text as a file. */
export const text = (...lines: string[]): { readonly text: string } => ({ text: `${lines.join("\n")}\n` });

/** Returns a value as a JSON file. */
export const json = (value: unknown): { readonly text: string } => text(JSON.stringify(value, undefined, 2));

/** Returns a file of `programs`. */
export const program = (name: string): { readonly program: string } => ({ program: name });

/** The package.json of most projects. */
export const MODULE = json({ private: true, type: "module" });
