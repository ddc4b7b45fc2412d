/**
 * The declarations of a package: a `.d.ts` beside each source file, with a map back to it.
 *
 *     src/heap/bins.ts  ──▶  dist/heap/bins.d.ts  +  dist/heap/bins.d.ts.map
 *
 * One file each, instead of one bundle: names stay as written (a bundle renames the second of two equal ones), and an editor opens
 * the definition in the source, which is published too. Internal declarations are left out. The program sees the sources of the
 * other packages, so that their internals can be used, but writes nothing for them.
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
    // The bodies of functions are checked by tsc, once for all packages; checking them here would double the time.
    const faults = [...program.getSyntacticDiagnostics(file), ...program.getDeclarationDiagnostics(file)];
    if (faults.length > 0) throw new Error(ts.formatDiagnostics(faults, HOST));
    program.emit(file, (path, text) => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text.replace(RELATIVE, "$1.js$2").replace(VIEW, "$1"));
    });
  }
}

/** A typed array with its buffer as a type argument, which compilers before 5.7 do not understand. */
const VIEW = /\b(\w+Array|DataView)<ArrayBuffer(?:Like)?>/g;

/** The ending of an import from the same package, which an author writes with the source's ending. */
const RELATIVE = /((?:from |import\()"\.{1,2}\/[^"]+)\.ts(")/g;

const HOST: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (path) => path,
  getCurrentDirectory: ts.sys.getCurrentDirectory,
  getNewLine: () => "\n",
};
