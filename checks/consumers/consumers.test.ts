import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../support/examples.ts";
import { PACKAGES } from "../support/packages.ts";
import { faultOf, run } from "../support/shell.ts";
import { json, type Outcome } from "./consumer.ts";
import { documentText } from "./report.ts";
import { CONSUMERS, nameOf } from "./table.ts";

describe("the table of consumers", () => {
  test("pins each tool to one version", () => {
    for (const { tools } of CONSUMERS) for (const version of Object.values(tools)) expect(version).toMatch(/^[\d.]+$/);
  });

  test("names no consumer twice, and only existing programs", () => {
    expect(new Set(CONSUMERS.map(nameOf)).size).toBe(CONSUMERS.length);
    const files = CONSUMERS.flatMap(({ files }) => Object.values(files));
    const programs = files.flatMap((file) => ("program" in file ? file.program : []));
    expect(programs.filter((it) => !existsSync(join(ROOT, "checks/consumers/programs", it)))).toEqual([]);
  });

  test.each(["use.ts", "use.js"])("imports every entry of the packages in %s", (file) => {
    const text = readFileSync(join(ROOT, "checks/consumers/programs", file), "utf8");
    const entries = PACKAGES.filter(({ name }) => name !== "testkit").flatMap(({ manifest }) =>
      Object.keys(manifest.exports as object).map((entry) => `@alloc/${manifest.name!.slice(7)}${entry.slice(1)}`),
    );
    const code = entries.filter((entry) => !entry.endsWith(".json"));
    expect(code.length).toBeGreaterThan(10);
    expect(code.filter((entry) => !text.includes(`from "${entry}"`))).toEqual([]);
  });

  test("has a few quick consumers: compilers, Node and bundlers", () => {
    const quick = CONSUMERS.filter((it) => it.quick);
    expect(new Set(quick.map(({ group }) => group))).toEqual(new Set(["TypeScript", "Node", "Bundlers"]));
    expect(quick.length).toBeLessThan(10);
  });
});

describe("a fault", () => {
  test("is the first line about an error, without colours and without the folder", () => {
    const output = "> build\n\n\u001b[31m/there/it/use.ts(1,2): error TS2344\u001b[39m\n  a second line\n";
    expect(faultOf(output, "/there/it")).toBe("use.ts(1,2): error TS2344");
  });

  test("is short, whatever the program prints", () => {
    expect(faultOf(`error ${"x".repeat(1e6)}`, "/there").length).toBe(160);
    expect(faultOf("", "/there")).toBe("it printed nothing");
  });

  test.each([
    ["exit code", ["node", "-e", "console.error('no'); process.exit(3)"], { code: 3, output: "no\n" }],
    ["absence", ["alloc-is-no-program"], { code: 127, output: "spawn alloc-is-no-program ENOENT" }],
  ] as const)("of a program shows in its %s", async (_, command, ended) => {
    expect(await run(command, ROOT)).toEqual(ended);
  });

  test("of a program leaves no timer that keeps this process alive", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    await run(["alloc-is-no-program"], ROOT);
    expect(timers()).toBe(before);
  });
});

test("the document has a cell for each outcome, and the pins of its tools", () => {
  const common = { group: "Tools", tools: { tool: "1.2.3" }, files: { "package.json": json({}) }, commands: [] };
  const of = (row: string, column: string, outcome: Outcome) => ({ consumer: { ...common, row, column }, outcome });
  const text = documentText(
    [
      of("Tool 1", "import", { kind: "ok", seconds: 1 }),
      of("Tool 1", "require", { kind: "failed", fault: "a | b", output: "" }),
      of("Tool 2", "import", { kind: "absent", why: "not installed here: no tool" }),
    ],
    "20.0.0",
  );
  const table =
    "| | import | require |\n|---|---|---|\n| Tool 1 | ok | a \\| b |\n| Tool 2 | not installed here: no tool |  |\n";
  expect(text).toContain(`## Tools\n\n${table}\ntool 1.2.3\n`);
});

describe("the command", () => {
  const folder = mkdtempSync(join(tmpdir(), "alloc-consumers-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(() => {
    buildSync({
      absWorkingDir: ROOT,
      entryPoints: ["checks/consumers/main.ts"],
      outfile: join(folder, "main.js"),
      bundle: true,
      packages: "external",
      format: "esm",
      platform: "node",
      target: "node20",
      logLevel: "error",
    });
  });
  const command = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync("node", [join(folder, "main.js"), ...args], { encoding: "utf8" });
    return { status, stdout, stderr };
  };

  test("prints its help, and the names of the consumers it would try", () => {
    expect(command("--help")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("--only <text>"),
      stderr: "",
    });
    const names = CONSUMERS.filter((it) => it.row === "Chromium").map(nameOf);
    expect(command("--list", "--only", "chromium")).toEqual({ status: 0, stdout: `${names.join("\n")}\n`, stderr: "" });
  });

  test.each([
    ["an unknown option", ["--nonsense"]],
    ["a text that no name contains", ["--only", "nothing like it"]],
  ])("ends with exit code 2 and one line for %s", (_, args) => {
    expect(command(...args)).toEqual({ status: 2, stdout: "", stderr: expect.stringMatching(/^error: [^\n]+\n$/) });
  });
});
