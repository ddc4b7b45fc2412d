/**
 * Specialised chains depend on the text of methods, and bundlers rewrite it: each bundler bundles the program, which then runs.
 *
 * @module-tag built
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { rolldown } from "rolldown";
import { minify } from "terser";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "./support/examples.ts";
import { PROGRAM, runModule, type Told } from "./support/specialized.ts";

const folder = mkdtempSync(join(tmpdir(), "alloc-bundles-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const entry = join(folder, "program.mjs");
writeFileSync(entry, `${PROGRAM}\nconsole.log(JSON.stringify(told));\n`);

/** Bundles the program with esbuild. */
async function esbuilt(name: string, options: Parameters<typeof build>[0]): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  await build({ entryPoints: [entry], bundle: true, format: "esm", outfile, logLevel: "error", ...options });
  return outfile;
}

const BUNDLES: Record<string, () => Promise<string> | string> = {
  "no bundler": () => entry,
  esbuild: () => esbuilt("esbuild", {}),
  "esbuild, minified": () => esbuilt("esbuild-minified", { minify: true }),
  "esbuild, minified, with names kept": () => esbuilt("esbuild-names", { minify: true, keepNames: true }),
  "esbuild, for ES2015": () => esbuilt("esbuild-2015", { minify: true, target: "es2015", supported: { bigint: true } }),
  async terser() {
    const text = readFileSync(await esbuilt("before-terser", {}), "utf8");
    const { code } = await minify(text, { module: true, toplevel: true, compress: { passes: 3, unsafe: true } });
    writeFileSync(join(folder, "terser.mjs"), code!);
    return join(folder, "terser.mjs");
  },
  async Rolldown() {
    const file = join(folder, "rolldown.mjs");
    const bundle = await rolldown({ input: entry, logLevel: "silent" });
    await bundle.write({ file, format: "esm", minify: true });
    await bundle.close();
    return file;
  },
  tsup() {
    const out = join(folder, "tsup");
    mkdirSync(out);
    const args = [entry, "--no-config", "--silent", "--format", "esm", "--minify", "--treeshake", "--out-dir", out];
    execFileSync(join(ROOT, "node_modules/.bin/tsup"), args, { cwd: folder });
    return join(out, "program.mjs");
  },
};

let plain: Told;
beforeAll(() => {
  plain = runModule(entry);
});

test("the program gets the same results in all three ways, and most methods of each level are copies", () => {
  expect(plain.names).toEqual([
    "Stats<Fallback<Segregate<FreeList>,Null>>",
    "Fallback<Segregate<FreeList>,Null>",
    "Segregate<FreeList>",
  ]);
  expect(plain.copies.map((names) => names.length >= 9)).toEqual([true, true, true]);
  expect(plain.specialised).toEqual(plain.shared);
  expect(plain.handled).toEqual(plain.shared);
});

const cases = Object.entries(BUNDLES);
test.each(cases.slice(0, 1))("with %s the same methods are copied, and the results are the same", expectSame);
test.each(cases.slice(1))(
  "with %s the same methods are copied, and the results are the same",
  { tags: ["thorough"] },
  expectSame,
);

async function expectSame(_name: string, make: () => string | Promise<string>): Promise<void> {
  const told = runModule(await make());
  expect(told.copies).toEqual(plain.copies);
  expect(told.names.every((name) => name.includes("<"))).toBe(true);
  expect(told.shared).toEqual(plain.shared);
  expect(told.specialised).toEqual(plain.shared);
  expect(told.handled).toEqual(plain.shared);
}
