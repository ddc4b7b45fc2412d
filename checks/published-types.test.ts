/**
 * What the compiler of a user finds in the packages: the entries, in one program without the types of a platform.
 *
 *     dist/index.d.ts, dist/author.d.ts, …  ──▶  exports  ──▶  a docstring each
 *          └ ES2022 alone                            └──▶  names  ──▶  no class that a user cannot import
 *
 * @module
 * @module-tag built
 */
import { join, sep } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";
import { PACKAGES } from "./support/packages.ts";

/** The declarations of each entry. The one for vitest needs vitest's types, and those of Node with them. */
const entries = PACKAGES.flatMap(({ folder, manifest }) =>
  Object.entries(manifest.exports!).flatMap(([path, target]) =>
    typeof target === "string" || path === "./vitest"
      ? []
      : [{ name: join(manifest.name, path), file: join(folder, target.types!) }],
  ),
);

let program: ts.Program;
let checker: ts.TypeChecker;
beforeAll(() => {
  program = ts.createProgram(
    entries.map(({ file }) => file),
    {
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2022.d.ts"],
      types: [],
      module: ts.ModuleKind.NodeNext,
      strict: true,
    },
  );
  checker = program.getTypeChecker();
});

const isOurs = (file: ts.SourceFile) => PACKAGES.some(({ folder }) => file.fileName.startsWith(folder + sep));
const declared = (symbol: ts.Symbol) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** Returns what an entry exports, as it is declared. */
function exportsOf(file: string): ts.Symbol[] {
  return checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!).map(declared);
}

/** Returns the named members of a class, an interface or an object type, static ones too, that are declared in the packages. */
function membersOf(symbol: ts.Symbol): ts.Symbol[] {
  const isType = symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias);
  const types = [
    ...(isType ? [checker.getDeclaredTypeOfSymbol(symbol)] : []),
    ...(symbol.flags & ts.SymbolFlags.Class ? [checker.getTypeOfSymbol(symbol)] : []),
  ];
  return types.flatMap((type) =>
    checker.getPropertiesOfType(type).filter(({ name, declarations }) => {
      const file = declarations?.[0]?.getSourceFile();
      // Symbols begin with "__@".
      return file !== undefined && isOurs(file) && !name.startsWith("__@") && name !== "prototype";
    }),
  );
}

/** Returns the classes of the packages that a declaration names, except those that it extends. */
function classesIn(declaration: ts.Node): ts.Symbol[] {
  const found: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isHeritageClause(node)) return;
    const symbol = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
    if (symbol !== undefined) found.push(declared(symbol));
    ts.forEachChild(node, visit);
  };
  visit(declaration);
  return found.filter(({ declarations }) =>
    declarations?.some((it) => ts.isClassDeclaration(it) && isOurs(it.getSourceFile())),
  );
}

test("the entries need no types of the DOM, of Node or of esnext.disposable", () => {
  const files = program.getSourceFiles().filter(isOurs);
  expect(files.length).toBeGreaterThan(entries.length);
  const faults = files.flatMap((file) => program.getSemanticDiagnostics(file));
  expect(faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
});

describe.each(entries)("$name", ({ file }) => {
  test("has a docstring for every export", () => {
    const all = exportsOf(file);
    expect(all.length).toBeGreaterThan(0);
    const bare = all.filter((symbol) => symbol.getDocumentationComment(checker).length === 0);
    expect(bare.map(({ name }) => name)).toEqual([]);
  });

  test("has a docstring for every member of what it exports", () => {
    const bare = exportsOf(file).flatMap((symbol) =>
      membersOf(symbol)
        .filter((member) => member.getDocumentationComment(checker).length === 0)
        .map(({ name }) => `${symbol.name}.${name}`),
    );
    expect(bare).toEqual([]);
  });

  test("shows no class that no entry exports", () => {
    const known = new Set(entries.flatMap((entry) => exportsOf(entry.file)));
    const shown = exportsOf(file).flatMap(({ declarations = [] }) =>
      declarations.filter((it) => isOurs(it.getSourceFile())).flatMap(classesIn),
    );
    expect(shown.filter((symbol) => !known.has(symbol)).map(({ name }) => name)).toEqual([]);
  });
});
