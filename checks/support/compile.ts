/**
 * Compiles texts in place of files, under the repository's configuration, and returns the compiler's messages.
 *
 *     files with texts of their own ──┐
 *     their imports    ───────────────┴▶ one program ──▶ the messages for those files alone
 *        └ read and parsed once for all programs; `npm test` has tsc check them
 *
 * @module
 */
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "./examples.ts";

const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
const parsed = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
const sources = new Map<string, ts.SourceFile | undefined>();

/** Returns the paths of all files that the configuration includes. */
export function compilerFiles(): readonly string[] {
  return parsed.fileNames;
}

/** The compiler's message for a line, counted from 0. */
export interface Said {
  readonly line: number;
  readonly message: string;
}

/**
 * Returns the compiler's messages for each of several files if they had these texts. A file need not exist; its folder counts.
 *
 * @param texts - by their path in the repository
 */
export function saidOfAll(texts: ReadonlyMap<string, string>): Map<string, Said[]> {
  const overridden = new Map([...texts].map(([file, text]) => [join(ROOT, file), text]));
  const host = ts.createCompilerHost(parsed.options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (name) => overridden.get(name) ?? readFile.call(host, name);
  host.fileExists = (name) => overridden.has(name) || fileExists.call(host, name);
  host.getSourceFile = (name, ...rest) => {
    if (overridden.has(name)) return getSourceFile.call(host, name, ...rest);
    if (!sources.has(name)) sources.set(name, getSourceFile.call(host, name, ...rest));
    return sources.get(name);
  };
  const program = ts.createProgram([...overridden.keys()], parsed.options, host);
  return new Map(
    [...texts.keys()].map((file) => {
      const diagnostics = ts.getPreEmitDiagnostics(program, program.getSourceFile(join(ROOT, file)));
      return [file, diagnostics.map(saidBy)];
    }),
  );
}

/** Returns the compiler's messages for one file if it had this text. */
export function said(file: string, text: string): Said[] {
  return saidOfAll(new Map([[file, text]])).get(file)!;
}

/** Returns the same without the lines. */
export function messages(file: string, text: string): string[] {
  return said(file, text).map(({ message }) => message);
}

function saidBy({ messageText, file, start }: ts.Diagnostic): Said {
  return {
    line: file?.getLineAndCharacterOfPosition(start!).line ?? 0,
    message: ts.flattenDiagnosticMessageText(messageText, "\n"),
  };
}
