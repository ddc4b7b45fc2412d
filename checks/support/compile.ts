/**
 * Compiles texts in place of files, under the repository's configuration, as an editor does.
 *
 *     files with texts of their own ──┐                           ┌──▶ said: the messages for one of those files
 *     their imports    ───────────────┴▶ one language service ────┴──▶ shown: what a hover shows at a place in it
 *        └ checked by `npm test`, with tsc
 *
 * All texts share one program: the libraries are read, and the packages' types found, once.
 *
 * @module
 */
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "./examples.ts";

const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
const parsed = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);

/** Returns the paths of all files that the configuration includes. */
export function compilerFiles(): readonly string[] {
  return parsed.fileNames;
}

/** The compiler's message for a line, counted from 0. */
export interface Said {
  readonly line: number;
  readonly message: string;
}

/** What the compiler knows about the texts. Nothing is compiled before the first question. */
export interface Compiled {
  /** Returns its messages for one of the files. */
  said(file: string): Said[];
  /** Returns what an editor shows for the name at a position of one of the files. */
  shown(file: string, position: number): string;
}

/**
 * Compiles several files as if they had these texts. A file need not exist; its folder counts.
 *
 * @param texts - by their path in the repository
 * @param packages - `built`: as a program sees them that installed them, and may leave names unused
 */
export function compile(texts: ReadonlyMap<string, string>, packages: "source" | "built" = "source"): Compiled {
  const overridden = new Map([...texts].map(([file, text]) => [join(ROOT, file), text]));
  const user: ts.CompilerOptions = { customConditions: [], noUnusedLocals: false };
  const read = (name: string) => overridden.get(name) ?? ts.sys.readFile(name);
  const service = ts.createLanguageService({
    ...ts.sys,
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    getCompilationSettings: () => ({ ...parsed.options, ...(packages === "built" ? user : {}) }),
    getScriptFileNames: () => [...overridden.keys()],
    getScriptVersion: () => "1",
    getScriptSnapshot(name) {
      const text = read(name);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => ROOT,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    readFile: read,
    fileExists: (name) => overridden.has(name) || ts.sys.fileExists(name),
  });
  return {
    said(file) {
      const path = join(ROOT, file);
      return [...service.getSyntacticDiagnostics(path), ...service.getSemanticDiagnostics(path)].map(saidBy);
    },
    shown: (file, position) =>
      ts.displayPartsToString(service.getQuickInfoAtPosition(join(ROOT, file), position)?.displayParts),
  };
}

function saidBy({ messageText, file, start }: ts.Diagnostic): Said {
  return {
    line: file?.getLineAndCharacterOfPosition(start!).line ?? 0,
    message: ts.flattenDiagnosticMessageText(messageText, "\n"),
  };
}
