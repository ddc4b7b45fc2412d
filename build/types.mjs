/**
 * `npm run types`: checks the types of the whole repository, and writes the declarations of the packages. One program does both.
 *
 *     packages/core/src/values/layout.ts  ──▶  packages/core/dist/layout.d.ts  +  packages/core/dist/layout.d.ts.map
 *
 * Each source file has its own declarations, instead of one bundle: names stay as written (a bundle renames the second of two equal
 * ones), and an editor opens the definition in the source, which is published too. Internal declarations are left out.
 *
 * Exit code 1 if the compiler reports an error. The declarations are written nevertheless, for the tests that read them.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));
const packages = join(root, "packages");

/** A typed array with its buffer as a type argument, which compilers before 5.7 do not understand. */
const VIEW = /\b(\w+Array|DataView)<ArrayBuffer(?:Like)?>/g;
/** The ending of an import from the same package, which an author writes with the source's ending. */
const RELATIVE = /((?:from |import\()"\.{1,2}\/[^"]+)\.ts(")/g;
/**
 * A source of a package, below the folder of packages: its package, its folder with a slash at the end, and its name. Commands have
 * no declarations, because nothing imports them.
 */
const SOURCE = /^([\w-]+)\/src\/(?!command\/)((?:[\w-]+\/)*)([\w-]+)\.ts$/;

const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
const program = ts.createProgram(fileNames, {
  ...options,
  noEmit: false,
  emitDeclarationOnly: true,
  declaration: true,
  declarationMap: true,
  stripInternal: true,
  rootDir: root,
});

const faults = [...ts.getPreEmitDiagnostics(program)];
for (const name of readdirSync(packages)) removeDeclarations(join(packages, name, "dist"));
for (const file of program.getSourceFiles()) {
  const match = SOURCE.exec(relative(packages, file.fileName));
  if (match !== null) faults.push(...writeDeclarations(file, match));
}
if (faults.length > 0) {
  const host = {
    getCanonicalFileName: (path) => path,
    getCurrentDirectory: () => root,
    getNewLine: () => "\n",
  };
  const unique = ts.sortAndDeduplicateDiagnostics(faults);
  console.error(ts.formatDiagnosticsWithColorAndContext(unique, host));
  process.exitCode = 1;
}

/** Removes declarations of sources that may have been deleted since. */
function removeDeclarations(dist) {
  if (!existsSync(dist)) return;
  for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (/\.d\.ts(\.map)?$/.test(file)) rmSync(join(dist, file));
  }
}

/** Writes the declarations of a source, with a map. Returns what the compiler reports. */
function writeDeclarations(file, [, name, folder, stem]) {
  const out = join(packages, name, "dist", folder);
  const source = `${"../".repeat(folder.split("/").length)}src/${folder}${stem}.ts`;
  mkdirSync(out, { recursive: true });
  const { diagnostics } = program.emit(file, (path, text) => {
    if (path.endsWith(".map")) {
      const map = JSON.stringify({ ...JSON.parse(text), sourceRoot: "", sources: [source] });
      writeFileSync(join(out, `${stem}.d.ts.map`), map);
    } else writeFileSync(join(out, `${stem}.d.ts`), text.replace(RELATIVE, "$1.js$2").replace(VIEW, "$1"));
  });
  return diagnostics;
}
