// @module-tag built
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { ROOT } from "./support/examples.ts";

const TRACE = join(ROOT, "benchmarks/traces/gs.trace.gz");
const folder = mkdtempSync(join(tmpdir(), "alloc-commands-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function command(name: "demo" | "replay" | "prove", ...args: string[]) {
  const script = join(ROOT, "benchmarks/dist", `${name}.js`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

/** Writes a modified copy of the recorded trace. */
function variant(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe("demo", () => {
  test("prints a report of a recorded program, without a leak", () => {
    const { status, stdout } = command("demo", TRACE, "--rounds", "1");
    expect(status).toBe(0);
    expect(stdout).toContain("through fallback(freeList(64), system())");
    expect(stdout).toMatch(/operations +48,202 /);
    expect(stdout).toMatch(/peak live +18,968,335 /);
    expect(stdout).toMatch(/utilisation +\d+\.\d % /);
    expect(stdout).toMatch(/freeList served +\d+\.\d % /);
    expect(stdout).toMatch(/leaks +0 +blocks; 0 bytes/);
  });

  test("prints JSON that adds up", () => {
    const report = JSON.parse(command("demo", TRACE, "--rounds", "2", "--json", "--align", "16").stdout);
    expect(report).toMatchObject({
      trace: "gs",
      align: 16,
      operations: 48202,
      peakLive: 18968335,
      leaks: 0,
      bytesKept: 0,
    });
    expect(report.time.rounds).toBe(2);
    expect(report.utilisation).toBeCloseTo(report.peakLive / report.footprint.peak);
    const blocks = report.shares.map((share: { blocks: number }) => share.blocks);
    expect(blocks.every((count: number) => count > 0)).toBe(true);
    expect(blocks[0] + blocks[1]).toBe(report.verified);
  });

  const text = gunzipSync(readFileSync(TRACE)).toString("latin1");
  const lines = text.split("\n");
  const compressed = readFileSync(TRACE);
  const damaged: [what: string, path: string, message: RegExp][] = [
    [
      "a damaged line",
      variant("damaged", lines.with(2000, "a nonsense").join("\n")),
      /^error: trace line 2001: expected .*got "a nonsense"\n$/,
    ],
    ["a truncated text", variant("short", text.slice(0, 100_000)), /^error: trace line \d+: .*\n$/],
    [
      "truncated gzip",
      variant("cut.gz", compressed.subarray(0, 60_000)),
      /^error: trace line \d+: cannot read the file: .*\n$/,
    ],
    ["a missing file", join(folder, "nothing"), /^error: .*no such file.*\n$/],
  ];
  test.each(damaged.slice(0, 1))("%s is one line on stderr and exit code 1", expectRefused);
  test.each(damaged.slice(1))("%s is one line on stderr and exit code 1", { tags: ["thorough"] }, expectRefused);

  function expectRefused(_what: string, path: string, message: RegExp): void {
    const { status, stdout, stderr } = command("demo", path, "--rounds", "1");
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(status).toBe(1);
  }

  test.each([
    [["--nonsense"], "unknown option"],
    [["--align", "24"], "Expected a power of two"],
    [["--rounds", "0"], "Expected an integer of at least 1"],
    [["one", "two"], "too many arguments"],
  ])("%j is refused with exit code 2", { tags: ["thorough"] }, (args, message) => {
    const { status, stderr } = command("demo", ...args);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });

  test("--help lists the options and ends with exit code 0", () => {
    const { status, stdout } = command("demo", "--help");
    expect(stdout).toContain("--align <bytes>");
    expect(status).toBe(0);
  });
});

describe("replay", () => {
  test("prints a row for each trace, align and allocator", { tags: ["thorough"] }, () => {
    const { status, stdout } = command("replay", TRACE, "--rounds", "1");
    expect(status).toBe(0);
    const [head, ...rows] = stdout.trimEnd().split("\n");
    expect(head).toMatch(/^trace +align +through +operations +ns\/op +peak live +footprint +util +leaks$/);
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 3))).toEqual([
      ["gs", "8", "system()"],
      ["gs", "8", "system({ checked: true })"],
      ["gs", "8", "tinyHeap()"],
      ["gs", "8", "fallback(freeList(64), system())"],
      ["gs", "16", "system()"],
      ["gs", "16", "system({ checked: true })"],
      ["gs", "16", "tinyHeap()"],
      ["gs", "16", "fallback(freeList(64), system())"],
    ]);
    expect(rows.every((row) => row.endsWith(" 0"))).toBe(true);
  });

  test("a folder means its traces, and a folder without traces is an error", () => {
    const { status, stderr } = command("replay", join(ROOT, "docs"));
    expect(stderr).toMatch(/^error: no trace in .*docs: expected files ending in .*\n$/);
    expect(status).toBe(1);
  });
});

describe("alloc-check", () => {
  const bin = join(ROOT, "packages/testkit/bin/alloc-check.js");
  const fixture = join(ROOT, "packages/testkit/test/command/fixtures/overlaps.js");

  test("prints the output shown in the testkit's README", () => {
    writeFileSync(join(folder, "my-allocator.js"), readFileSync(fixture, "utf8"));
    const readme = readFileSync(join(ROOT, "packages/testkit/README.md"), "utf8");
    const shown = /```\n(rule 1\.3[^`]*)```/
      .exec(readme)![1]!
      .split("\n")
      .filter((line) => !/^ *…?$/.test(line));
    const args = [bin, "./my-allocator.js", "--seed", "1"];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8", cwd: folder });
    const printed = stdout.split("\n");
    expect(shown.filter((line) => !printed.includes(line))).toEqual([]);
    expect(shown.length).toBeGreaterThan(8);
    expect(status).toBe(1);
  });
});

describe("prove", () => {
  const proved = (...only: string[]) => {
    const { status, stdout } = command("prove", "--json", "--operations", "1000", "--only", ...only);
    const { ours, mutants } = JSON.parse(stdout) as Record<"ours" | "mutants", { name: string; broken: string[] }[]>;
    return { status, ours, mutants };
  };

  test("tries the allocators whose names contain one of the texts, and accuses none of ours", {
    tags: ["thorough"],
  }, () => {
    const { status, ours } = proved("limit(", "affix(");
    expect(status).toBe(0);
    expect(ours.map(({ name, broken }) => [name, broken])).toEqual([
      ["limit(system(), 50,000)", []],
      ["affix(system(), 8, 8)", []],
    ]);
  });

  test("a complete name selects only that allocator", { tags: ["thorough"] }, () => {
    expect(proved("system()").ours.map(({ name }) => name)).toEqual(["system()"]);
  });

  test("also selects random trees by name", { tags: ["thorough"] }, () => {
    expect(proved("random trees").ours.map(({ name }) => name)).toEqual(["random trees"]);
  });

  test("says that no name contains the text", () => {
    const { status, stderr } = command("prove", "--only", "toString");
    expect(status).not.toBe(0);
    expect(stderr).toBe("error: no name contains toString\n");
  });
});
