/**
 * Asks the compiler what it says of a text, under the configuration of the repository.
 *
 * @module
 */
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "./examples.ts";

const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
const parsed = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);

/** Answers the paths of all files that the configuration includes. */
export function compilerFiles(): readonly string[] {
  return parsed.fileNames;
}

/** What the compiler says of a line, counted from 0. */
export interface Said {
  readonly line: number;
  readonly message: string;
}

/** Answers what the compiler says of one file if it had this text. The file need not exist; its place counts. */
export function said(file: string, text: string): Said[] {
  const path = join(ROOT, file);
  const host = ts.createCompilerHost(parsed.options);
  const read = host.readFile.bind(host);
  const exists = host.fileExists.bind(host);
  host.readFile = (name) => (name === path ? text : read(name));
  host.fileExists = (name) => name === path || exists(name);
  const program = ts.createProgram([path], parsed.options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file: source, start }) => ({
    line: source?.getLineAndCharacterOfPosition(start!).line ?? 0,
    message: ts.flattenDiagnosticMessageText(messageText, "\n"),
  }));
}

/** The same without the lines. */
export function messages(file: string, text: string): string[] {
  return said(file, text).map(({ message }) => message);
}
