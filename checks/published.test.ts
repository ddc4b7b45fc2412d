/**
 * What an editor, a debugger and npm's page read of a package: its declarations, its maps, its links.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "./support/examples.ts";
import { PACKAGES, readManifest } from "./support/packages.ts";

const read = (...path: string[]) => readFileSync(join(...path), "utf8");
const filesOf = (folder: string, ending: string) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(ending))
    : [];

/** The address of the repository: the package.json of the root has it, and everything else follows it. */
const { repository } = readManifest(ROOT);
const address = repository!.url.replace(/^git\+|\.git$/g, "");

/** An entry of a package, as `exports` has it. */
interface Entry {
  readonly types: string;
  readonly default: string;
}

/** Returns the line of the source to which a map leads from a position in a script. */
function lineAt(folder: string, map: SourceMap, row: number, column: number): string {
  const entry = map.findEntry(row, column);
  return "originalSource" in entry ? read(folder, entry.originalSource).split("\n")[entry.originalLine]! : "nowhere";
}

test("the stack of an error names the source line that throws it", { tags: ["built"] }, () => {
  const program = `import { Layout } from ${JSON.stringify(join(ROOT, "packages/core/dist/index.js"))}; Layout.of(-1);`;
  const flags = ["--enable-source-maps", "--input-type=module", "--eval", program];
  const { stderr } = spawnSync(process.execPath, flags, { encoding: "utf8" });
  const [, file, line] = /\((?:file:\/\/)?(\/.*\.ts):(\d+):\d+\)/.exec(stderr) ?? [];
  expect(file).toMatch(/packages\/core\/src\/values\/layout\.ts$/);
  expect(read(file!).split("\n")[Number(line) - 1]).toContain("throw new LayoutError");
});

describe.each(PACKAGES)("$manifest.name", ({ name, folder, manifest }) => {
  test("names the repository, its page and its bug tracker, as the root's package.json does", () => {
    expect(manifest.repository).toEqual({ ...repository, directory: `packages/${name}` });
    expect(manifest.homepage).toBe(`${address}/tree/main/packages/${name}#readme`);
    expect(manifest.bugs).toBe(`${address}/issues`);
    expect(manifest.keywords).toEqual(expect.arrayContaining(["allocator", "memory", "malloc", "webassembly"]));
  });

  test("is found by tools that ignore exports", () => {
    expect(manifest).toMatchObject({ main: "./dist/index.js", types: "./dist/index.d.ts" });
  });

  test("has a folder for each further entry, published, which leads tools that ignore exports to the same files", () => {
    const { ".": main, "./package.json": own, ...further } = manifest.exports as unknown as Record<string, Entry>;
    for (const [entry, { types, default: script }] of Object.entries(further)) {
      expect(manifest.files).toContain(entry.slice("./".length));
      const found = readManifest(join(folder, entry)) as { main?: string; types?: string };
      expect([found.main, found.types].map((file) => resolve(folder, entry, file!))).toEqual(
        [script, types].map((file) => resolve(folder, file)),
      );
    }
  });

  test("has a README with absolute links, if it says how to install the package", () => {
    const readme = read(folder, "README.md");
    const links = [...readme.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link]) => link!);
    if (readme.includes(`npm install ${manifest.name}`))
      expect(links.filter((link) => !/^https?:/.test(link))).toEqual([]);
    const own = links
      .filter((link) => link.startsWith(address))
      .map((link) => link.replace(/^.*\/(?:tree|blob)\/main\//, ""));
    expect(own.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe.each(PACKAGES)("$manifest.name, built", { tags: ["built"] }, ({ folder }) => {
  const dist = join(folder, "dist");
  const scripts = filesOf(dist, ".js");
  const declarations = filesOf(dist, ".d.ts");

  test.each(scripts)("every throw in %s is mapped to a source line that throws", (file) => {
    const path = join(dist, file);
    const map = new SourceMap(JSON.parse(read(`${path}.map`)));
    const lines = read(path).split("\n");
    const thrown = lines.flatMap((line, row) =>
      [...line.matchAll(/(?<!\/\*.*|^\s*\*.*)\bthrow (?=new |\w+[.(])/g)].map(({ index }) => ({ row, index })),
    );
    const wrong = thrown.filter(({ row, index }) => !lineAt(dirname(path), map, row, index).includes("throw "));
    expect(wrong.map(({ row }) => lines[row])).toEqual([]);
  });

  test.each(scripts)("%s names its map once, and the map has no path of this machine", (file) => {
    expect(read(dist, file).match(/\/\/# sourceMappingURL=.*/g)).toEqual([
      `//# sourceMappingURL=${file.split("/").at(-1)}.map`,
    ]);
    expect(JSON.parse(read(dist, `${file}.map`)).sources.filter((source: string) => source.startsWith("/"))).toEqual(
      [],
    );
  });

  test("has a map beside every declaration, to a published source", () => {
    for (const file of declarations) {
      const { sources } = JSON.parse(read(dist, `${file}.map`)) as { sources: string[] };
      for (const source of sources) {
        const path = resolve(dist, dirname(file), source);
        expect(path.startsWith(join(folder, "src")) && existsSync(path), `${file}: ${source}`).toBe(true);
      }
    }
  });

  test("declares nothing internal, nothing renamed, and imports no file ending in .ts", () => {
    for (const file of declarations) {
      const text = read(dist, file);
      expect(text, file).not.toMatch(/@internal|\w\$\d|(from|import\() ?"\.[^"]*\.ts"/);
    }
  });

  test("asks for no types of a platform, and no compiler after 5.4", () => {
    for (const file of declarations.filter((it) => !it.startsWith("vitest"))) {
      const code = read(dist, file).replace(/\/\*[\s\S]*?\*\//g, "");
      expect(code, file).not.toMatch(/<reference|Array<ArrayBuffer/);
    }
  });
});
