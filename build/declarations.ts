/**
 * What a package says to the compiler: a `.d.ts` beside each source file, with a map back to it.
 *
 *     src/heap/bins.ts  ──▶  dist/heap/bins.d.ts  +  dist/heap/bins.d.ts.map
 *
 * One file each, and not one for all: names stay as they were written (a bundle renames the second of two that are equal),
 * and an editor that is asked for a definition opens the source, which is published too. What is marked as internal is left
 * out. The program detects the sources of the other packages, so that what is internal there can be used; of those nothing is
 * written here.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";

/** Writes the declarations of a package, from the entries and all that they import. Throws what the compiler reports. */
export function writeDeclarations(folder: string, entries: readonly string[], configuration: string): void {
  const { config } = ts.readConfigFile(configuration, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, files: [], include: [] },
    ts.sys,
    dirname(configuration),
  );
  const source = join(folder, "src");
  const program = ts.createProgram(
    entries.map((entry) => join(folder, entry)),
    {
      ...options,
      noEmit: false,
      declaration: true,
      declarationMap: true,
      emitDeclarationOnly: true,
      stripInternal: true,
      rootDir: source,
      outDir: join(folder, "dist"),
    },
  );
  for (const file of program.getSourceFiles()) {
    if (file.isDeclarationFile || relative(source, file.fileName).startsWith("..")) continue;
    const faults = [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
      ...program.getDeclarationDiagnostics(file),
    ];
    if (faults.length > 0) throw new Error(ts.formatDiagnostics(faults, HOST));
    program.emit(file, (path, text) => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text.replace(RELATIVE, "$1.js$2").replace(VIEW, "$1"));
    });
  }
}

/** A typed array that says what its buffer is, as compilers before 5.7 do not understand it. */
const VIEW = /\b(\w+Array|DataView)<ArrayBuffer(?:Like)?>/g;

/** The ending of an import of a file of the same package, which an author writes as the source is named. */
const RELATIVE = /((?:from |import\()"\.{1,2}\/[^"]+)\.ts(")/g;

const HOST: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (path) => path,
  getCurrentDirectory: ts.sys.getCurrentDirectory,
  getNewLine: () => "\n",
};
