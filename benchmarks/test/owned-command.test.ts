// @module-tag built
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { LOOPS } from "../src/bench/owned/loops.ts";
import { documentText } from "../src/bench/owned/report.ts";
import { type OwnedReport, ownedGoals, timeRows } from "../src/bench/owned/rows.ts";

const COMMAND = join(import.meta.dirname, "../dist/bench.js");
const DOCUMENT = join(import.meta.dirname, "../../docs/owned-costs.md");
const folder = mkdtempSync(join(tmpdir(), "alloc-bench-owned-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bench = (...args: string[]) => spawnSync(process.execPath, [COMMAND, "owned", ...args], { encoding: "utf8" });

/** Each loop of each contender, by its name in the tables. */
const MEASURED = Object.entries(LOOPS).flatMap(([workload, contenders]) => [
  ...Object.keys(contenders).map((contender) => `${workload} ${contender}`),
  ...("Vec" in contenders ? [`${workload} Vec, after other structs`] : []),
]);

describe("bench owned", () => {
  test("measures every contender, prints the tables and writes them to a file", { tags: ["thorough"] }, () => {
    const out = join(folder, "owned.md");
    const { status, stdout, stderr } = bench("--quick", "--out", out);
    expect(stderr).toMatch(/^written to .*owned\.md\n$/);
    expect(status).toBe(0);
    const rows = stdout.split("\n").map((line) => line.split(/ {2,}/));
    const times = rows.filter((row) => row.length === 9 && row[0] !== "workload");
    expect(times.map(([workload, contender]) => `${workload} ${contender}`)).toEqual(MEASURED);
    for (const row of times)
      expect(
        row.slice(2).every((cell) => /^\d+(?:\.\d+)?$/.test(cell)),
        row.join(),
      ).toBe(true);
    const written = readFileSync(out, "utf8");
    expect(written.match(/^## /gm)?.length).toBe(3);
    expect(written).not.toContain(folder);
  });

  test("prints the same as JSON, with the bytes in use", { tags: ["thorough"] }, () => {
    const { times, held, goals } = JSON.parse(bench("--quick", "--json").stdout);
    expect(times).toHaveLength(MEASURED.length);
    expect(goals).toHaveLength(6 + 2 + 2 * 6);
    expect(held.map(({ workload, contender }: Record<string, string>) => `${workload} ${contender}`)).toEqual([
      ...["particles typed array by hand", "particles Vec", "particles objects"],
      ...["sprites typed array by hand", "sprites Vec", "sprites objects", "values objects", "values Box"],
    ]);
    expect(held.every(({ bytes }: { bytes: number }) => Number.isFinite(bytes))).toBe(true);
  });

  test.each([
    [["--rounds", "0"], 2, /Expected an integer of at least 1/],
    [["--count", "x"], 2, /Expected an integer of at least 1/],
    [["--nonsense"], 2, /unknown option/],
  ])("%j is refused", { tags: ["thorough"] }, (args, code, message) => {
    const { status, stderr } = bench(...args);
    expect(stderr).toMatch(message);
    expect(status).toBe(code);
  });

  test("a document that cannot be written is an error of one line", { tags: ["thorough"] }, () => {
    const { status, stderr } = bench("--quick", "--out", join(folder, "none/owned.md"));
    expect(stderr).toMatch(/^error: .*no such file/);
    expect(status).toBe(1);
  });

  test("--help lists the options", { tags: ["thorough"] }, () => {
    expect(bench("--help").stdout).toMatch(/--rounds.*--count.*--quick.*--json.*--out/s);
  });
});

const report: OwnedReport = {
  node: "20.0.0",
  rounds: 2,
  count: 1e6,
  times: [
    {
      workload: "particles",
      contender: "typed array by hand",
      ns: { median: 3, least: 2, most: 4 },
      ratio: { median: 1, least: 1, most: 1 },
      quickest: 1,
    },
    {
      workload: "particles",
      contender: "Vec",
      ns: { median: 4, least: 3, most: 5 },
      ratio: { median: 1.2, least: 1.1, most: 1.3 },
      quickest: 1.05,
    },
  ],
  held: [{ workload: "particles", contender: "Vec", bytes: 48 }],
};

test("a goal uses the median of the ratios of a Vec to a loop by hand", () => {
  expect(ownedGoals(report)).toEqual([
    { what: "particles: Vec to typed array by hand", figure: 1.2, unit: "ratio", goal: 1.15 },
  ]);
});

test("a row has the median, the minimum and the maximum", () => {
  expect(timeRows(report)[2]).toEqual(["particles", "Vec", "4.00", "3.00", "5.00", "1.20", "1.10", "1.30", "1.05"]);
});

test("docs/owned-costs.md has the text that the command writes", () => {
  const [written, made] = [readFileSync(DOCUMENT, "utf8"), documentText(report)];
  const prose = (text: string) =>
    text
      .split("\n")
      .filter((line) => !line.startsWith("|"))
      .join("\n")
      .replace(/on Node .*, rounds: \d+/, "");
  expect(prose(written)).toBe(prose(made));
  const rows = [...written.matchAll(/^\| (\S.*?) +\| (\S.*?) +\|(?: +[\d.]+ +\|){7}$/gm)];
  expect(rows.map(([, workload, contender]) => `${workload} ${contender}`)).toEqual(MEASURED);
});
