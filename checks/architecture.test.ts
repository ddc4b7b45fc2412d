import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { ROOT, trackedFiles } from "./support/examples.ts";
import { PACKAGES, readManifest } from "./support/packages.ts";

/** What a package may depend on besides the core. */
const ALSO: Record<string, readonly string[]> = {
  testkit: ["cli-progress", "commander", "fast-check", "vitest"],
  // Only the umbrella: a library that imported `@alloc/global` would choose for its host.
  std: ["@alloc/combinators", "@alloc/freelist", "@alloc/global", "@alloc/owned", "@alloc/proxy", "@alloc/scoped"],
};

/** The base classes with a single subclass. The list may get shorter: where one is no kind of its own, a file may have 300 lines. */
const SINGLE = {
  // Programs or options make both.
  PagesMachine: "the root of a memory in which several threads allocate",
  GuardMachine: "a guard of an allocator with scopes",
  Magazines: "a heap with `checked`",
  Slabs: "a heap with `checked`",
  SystemMachine: "a heap with `checked`",
  // Both halves in one file would have more than 300 lines, and an object of its own would cost each request a step.
  Access: "the bytes of a memory",
  Bins: "the free extents of a heap",
  GuardBlocks: "the blocks of a guard",
  Marked: "the marks of a tiny heap",
  Records: "the words of an extent",
  Roster: "the counts of the members of a cascade",
  Seats: "the members of a cascade",
};

interface Import {
  readonly from: string;
  /** Returns whether anything of it exists at run time. */
  readonly isRuntime: boolean;
}

function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), "utf8"), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    if (statement.moduleSpecifier === undefined) return [];
    const from = (statement.moduleSpecifier as ts.StringLiteral).text;
    const clause = ts.isImportDeclaration(statement) ? statement.importClause : undefined;
    const names = clause?.namedBindings;
    const onlyTypes =
      names !== undefined && ts.isNamedImports(names) && names.elements.every((name) => name.isTypeOnly);
    return [{ from, isRuntime: clause?.isTypeOnly !== true && !onlyTypes }];
  });
}

const sources = trackedFiles(/^packages\/\w+\/src\/.*\.ts$/);

describe.each(PACKAGES)("$manifest.name", ({ name, manifest }) => {
  const own = sources.filter((file) => file.startsWith(`packages/${name}/`));
  const allowed = [...(name === "core" ? [] : ["@alloc/core"]), ...(ALSO[name] ?? [])];
  /** Every entry of a package. */
  const isAllowed = (from: string) =>
    allowed.includes(
      from
        .split("/")
        .slice(0, from.startsWith("@") ? 2 : 1)
        .join("/"),
    );

  test("imports its own files, the core, and nothing else", () => {
    for (const file of own) {
      for (const { from } of importsOf(file)) {
        const isOwn =
          from.startsWith(".") && !relative(`packages/${name}/src`, join(dirname(file), from)).startsWith("..");
        // A command runs on Node; what programs import runs anywhere.
        const isNode = file.includes("/src/command/") && from.startsWith("node:");
        expect(isOwn || isNode || isAllowed(from), `${file} imports ${from}`).toBe(true);
      }
    }
  });

  test("depends at run time on the core alone, the testkit also on its tools, the umbrella on all", () => {
    expect(Object.keys(manifest.dependencies ?? {}).sort()).toEqual(allowed.filter((it) => it !== "vitest").sort());
  });

  test("no file imports at run time a file that imports it", () => {
    const edges = new Map(own.map((file) => [file, importsOf(file).filter(({ isRuntime }) => isRuntime)]));
    const visit = (file: string, path: readonly string[]): void => {
      expect(path, "a cycle of imports").not.toContain(file);
      for (const { from } of edges.get(file) ?? []) {
        if (from.startsWith(".")) visit(relative(ROOT, resolve(ROOT, dirname(file), from)), [...path, file]);
      }
    };
    for (const file of own) visit(file, []);
  });

  test("no file but those of `specialize/` imports one of them, or makes code at run time", () => {
    const others = own.filter((file) => !file.includes("/specialize/"));
    const faults = others.filter(
      (file) =>
        importsOf(file).some(({ from }) => /(?:^|\/)specialize(?:\/|$)/.test(from)) ||
        /\bnew Function\b|\beval\(/.test(readFileSync(join(ROOT, file), "utf8")),
    );
    expect(faults).toEqual([]);
  });

  test("no arrow between its folders points back up", () => {
    const edges = new Map<string, Set<string>>();
    for (const file of own) {
      for (const { from, isRuntime } of importsOf(file)) {
        const [above, below] = [dirname(file), dirname(join(dirname(file), from))];
        // The files directly in a folder either stand above its subfolders (they compose them) or below (they are shared by them).
        const isWithin = `${above}/`.startsWith(`${below}/`) || `${below}/`.startsWith(`${above}/`);
        if (!isRuntime || !from.startsWith(".") || isWithin) continue;
        edges.set(above, (edges.get(above) ?? new Set()).add(below));
      }
    }
    const visit = (folder: string, path: readonly string[]): void => {
      expect(path, "a cycle of folders").not.toContain(folder);
      for (const below of edges.get(folder) ?? []) visit(below, [...path, folder]);
    };
    for (const folder of edges.keys()) visit(folder, []);
  });
});

describe("the repository", () => {
  const texts = trackedFiles(/\.(?:ts|mjs|js|c|json|ndjson|svg|md|yaml)$|^\.ci\/|^\.gitignore$/).map((file) => ({
    file,
    text: readFileSync(join(ROOT, file), "utf8"),
  }));

  test("names no registry and no path of a machine", () => {
    const registry = /registry\.[a-z]|npmjs\.|unpkg\.|tarball:/;
    const path = /(?<![\w.])\/(?:work|home|root|Users|tmp)\/\w/;
    const found = texts.filter(({ text }) => registry.test(text) || path.test(text)).map(({ file }) => file);
    expect(found).toEqual(["checks/architecture.test.ts"]);
  });

  test("pins every tool to one version", () => {
    for (const folder of [ROOT, join(ROOT, "benchmarks"), ...PACKAGES.map(({ folder }) => folder)]) {
      const { dependencies, devDependencies } = readManifest(folder);
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
        expect(version, `${name} in ${folder}`).toMatch(/^(\d+\.\d+\.\d+|workspace:[*^])$/);
      }
    }
  });

  test("has one meaning for the name of a class", () => {
    const packagesOf = new Map<string, Set<string>>();
    for (const file of sources) {
      const text = readFileSync(join(ROOT, file), "utf8");
      for (const [, name] of text.matchAll(/^ *(?:export )?(?:abstract )?class (\w+)/gm)) {
        packagesOf.set(name!, (packagesOf.get(name!) ?? new Set()).add(file.split("/")[1]!));
      }
    }
    const shared = [...packagesOf].filter(([, packages]) => packages.size > 1).map(([name]) => name);
    expect(packagesOf.size).toBeGreaterThan(80);
    expect(shared).toEqual([]);
  });

  test("has few base classes with a single subclass, each for a reason", () => {
    const subclasses = new Map<string, string[]>();
    for (const file of sources) {
      const text = readFileSync(join(ROOT, file), "utf8");
      for (const [, name, base] of text.matchAll(
        /^ *(?:export )?(?:abstract )?class (\w+)(?:<.*?>)? extends (\w+)/gm,
      )) {
        subclasses.set(base!, [...(subclasses.get(base!) ?? []), name!]);
      }
    }
    const declared = sources.flatMap((file) =>
      [...readFileSync(join(ROOT, file), "utf8").matchAll(/^(?:export )?(?:abstract )?class (\w+)/gm)].map(
        ([, it]) => it!,
      ),
    );
    const single = declared.filter((name) => subclasses.get(name)?.length === 1);
    expect(single.sort()).toEqual(Object.keys(SINGLE).sort());
  });

  test("has no source file of more than 300 lines", () => {
    const long = texts.filter(({ file, text }) => /\/src\//.test(file) && text.split("\n").length > 301);
    expect(long.map(({ file }) => file)).toEqual([]);
  });
});
