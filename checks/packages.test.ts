import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "./support/examples.ts";
import { PACKAGES, readManifest } from "./support/packages.ts";

/** It depends on fast-check, and is not part of a program. */
const WITHOUT_BUDGET = ["testkit"];

const tarballs = mkdtempSync(join(tmpdir(), "alloc-pack-"));
const run = (folder: string, command: string, ...args: string[]) => {
  try {
    return execFileSync(command, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
    throw new Error(`${message}\n${stdout ?? ""}${stderr ?? ""}`);
  }
};
const tool = (name: string) => join(ROOT, "node_modules/.bin", name);
/** The path of pnpm, of the pinned version. Only pnpm replaces "workspace:" by a version. `npm test` puts it on the path. */
const pnpm = (): string => {
  const find = "command -v pnpm";
  if (spawnSync("sh", ["-c", find]).status === 0) return "pnpm";
  return run(ROOT, "npx", "--yes", "-p", readManifest(ROOT).packageManager!, "-c", find).trim();
};

afterAll(() => rmSync(tarballs, { recursive: true, force: true }));

describe.each(PACKAGES)("$manifest.name", ({ folder, manifest }) => {
  test("has a README with its name, a description and a licence", () => {
    expect(readFileSync(join(folder, "README.md"), "utf8")).toMatch(new RegExp(`^# ${manifest.name}\n`));
    expect(manifest.description?.length).toBeGreaterThan(20);
    expect(manifest.license).toBe("MIT");
  });

  test("is ESM without side effects for Node 20, with its source first among the conditions", () => {
    expect(manifest).toMatchObject({ type: "module", sideEffects: false, engines: { node: ">=20" } });
    for (const [path, target] of Object.entries(manifest.exports ?? {})) {
      if (typeof target === "string") expect(path).toBe("./package.json");
      else expect(Object.keys(target)).toEqual(["@alloc/source", "types", "default"]);
    }
  });

  test("has no configuration and no install script of its own", () => {
    for (const file of ["tsconfig.json", "tsup.config.ts", "vitest.config.ts", "biome.json"]) {
      expect(existsSync(join(folder, file)), file).toBe(false);
    }
    expect(Object.keys(manifest.scripts ?? {})).toEqual(["build"]);
  });
});

describe.each(PACKAGES)("$manifest.name, packed", { tags: ["built", "thorough"] }, ({ name, folder }) => {
  const tarball = join(tarballs, `${name}.tgz`);

  beforeAll(() => {
    run(folder, pnpm(), "pack", "--out", tarball);
  });

  test("is packed with its build, its source, a README and the licence", () => {
    const files = run(folder, "tar", "tzf", tarball).split("\n");
    for (const file of ["dist/index.js", "dist/index.d.ts", "src/index.ts", "README.md", "LICENSE", "package.json"]) {
      expect(files).toContain(`package/${file}`);
    }
    expect(files.filter((file) => file.startsWith("package/test"))).toEqual([]);
  });

  test("passes publint --strict", () => {
    expect(run(folder, tool("publint"), "--strict", tarball)).toContain("All good!");
  });

  test("has the right types for every resolution", () => {
    // CommonJS gets modules: every supported Node has `require` of modules.
    const args = ["--ignore-rules", "cjs-resolves-to-esm", "--format", "ascii"];
    expect(run(folder, tool("attw"), ...args, tarball)).toContain("No problems found");
  });
});

describe.each(PACKAGES)("$manifest.name, built", { tags: ["built"] }, ({ name, folder, manifest }) => {
  test.runIf(!WITHOUT_BUDGET.includes(name))("is not larger than its budget", () => {
    const budgets = manifest["size-limit"] as { import: string; limit: string; gzip: boolean }[];
    expect(budgets[0]).toMatchObject({ import: "*", gzip: true });
    const measured = JSON.parse(run(folder, tool("size-limit"), "--json")) as { size: number; sizeLimit: number }[];
    expect(measured.length).toBe(budgets.length);
    for (const [index, { size, sizeLimit }] of measured.entries()) {
      expect(size).toBeGreaterThan(0);
      expect(size, budgets[index]!.import).toBeLessThanOrEqual(sizeLimit);
    }
    // The weights that the README gives, in a column or in a sentence, are the measured ones.
    const kilobytes = measured.map(({ size }) => (size / 1000).toFixed(1));
    const readme = readFileSync(join(folder, "README.md"), "utf8");
    for (const [, said] of readme.matchAll(/All together are ([\d.]+) kB/g)) expect(said).toBe(kilobytes[0]);
    for (const [, export_, said] of readme.matchAll(/^\| `(?:new )?(\w+)\(.*\| ([\d.]+) \|$/gm)) {
      const at = budgets.findIndex(({ import: names }) => names === `{ ${export_} }`);
      expect(said, export_).toBe(kilobytes[at]);
    }
  });
});
