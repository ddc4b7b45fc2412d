import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "./support/examples.ts";
import { PACKAGES, readManifest } from "./support/packages.ts";

/** Bytes as size-limit writes them: the most that a package may have, minified and compressed, without the core. */
const BUDGETS: Record<string, string> = {
  core: "6.1 kB",
  freelist: "2 kB",
  combinators: "10.5 kB",
  global: "13 kB",
  owned: "9 kB",
  proxy: "9.5 kB",
};
const BUDGET_OF_OTHERS = "4 kB";
/** What is imported alone, and the most that it may have then. */
const BUDGETS_OF_NAMES: Record<string, Record<string, string>> = {
  global: { "{ compact }": "2 kB" },
  combinators: {
    "{ fallback }": "1.5 kB",
    "{ segregate }": "1.5 kB",
    "{ bucketize }": "2 kB",
    "{ cascade }": "2.5 kB",
    "{ limit }": "1.5 kB",
    "{ quantize }": "1.5 kB",
    "{ aligned }": "1 kB",
    "{ affix }": "1.5 kB",
    "{ freeTree }": "3.5 kB",
  },
  owned: { "{ Box, f64, struct }": "4 kB" },
  proxy: { "{ proxy }": "1.6 kB", "{ stats }": "2.5 kB", "{ leaks }": "2.5 kB", "{ guard }": "5.5 kB" },
  // As much as the list alone may have: the umbrella leaves the rest.
  std: { "{ freeList }": "2 kB" },
};
/** It carries fast-check and is no part of a program. */
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
/** The path of pnpm, of the version that is pinned. It alone replaces "workspace:" by a version. `npm test` has it on the path. */
const pnpm = (): string => {
  const find = "command -v pnpm";
  if (spawnSync("sh", ["-c", find]).status === 0) return "pnpm";
  return run(ROOT, "npx", "--yes", "-p", readManifest(ROOT).packageManager!, "-c", find).trim();
};

afterAll(() => rmSync(tarballs, { recursive: true, force: true }));

describe.each(PACKAGES)("$manifest.name", ({ folder, manifest }) => {
  test("says what it is: a README of its own name, a description, a licence", () => {
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

describe.each(PACKAGES)("$manifest.name, as it is built", { tags: ["built"] }, ({ name, folder, manifest }) => {
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

  test("passes publint --strict, packed", () => {
    expect(run(folder, tool("publint"), "--strict", tarball)).toContain("All good!");
  });

  test("has the right types for every resolution, packed", () => {
    // CommonJS gets modules, which every supported Node can `require`.
    const args = ["--ignore-rules", "cjs-resolves-to-esm", "--format", "ascii"];
    expect(run(folder, tool("attw"), ...args, tarball)).toContain("No problems found");
  });

  test.runIf(!WITHOUT_BUDGET.includes(name))("is not larger than its budget", () => {
    const budgets = { "*": BUDGETS[name] ?? BUDGET_OF_OTHERS, ...BUDGETS_OF_NAMES[name] };
    const expected = Object.entries(budgets).map(([names, limit]) => ({ import: names, limit, gzip: true }));
    expect(manifest["size-limit"]).toMatchObject(expected);
    const measured = JSON.parse(run(folder, tool("size-limit"), "--json")) as { size: number; sizeLimit: number }[];
    expect(measured.length).toBe(expected.length);
    for (const { size, sizeLimit } of measured) {
      expect(size).toBeGreaterThan(0);
      expect(size).toBeLessThanOrEqual(sizeLimit);
    }
  });
});
