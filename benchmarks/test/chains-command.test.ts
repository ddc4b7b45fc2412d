// @module-tag built
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const COMMAND = join(import.meta.dirname, "../dist/bench.js");
const folder = mkdtempSync(join(tmpdir(), "alloc-bench-chains-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("bench chains", () => {
  test("measures every way, caller and wrapper, prints a table of each and writes them to a file", {
    tags: ["thorough"],
  }, () => {
    const out = join(folder, "chains.md");
    const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, "chains", "--quick", "--out", out], {
      encoding: "utf8",
    });
    expect(stderr).toMatch(/^written to .*chains\.md\n$/);
    expect(status).toBe(0);
    const titles = stdout.split("\n").filter((line) => line.startsWith(process.version));
    expect(titles.length).toBe(3);
    const rows = stdout.split("\n").map((line) => line.split(/ {2,}/));
    const ways = rows.filter(([workload]) => workload === "LIFO" || workload === "pair");
    expect(ways.map(([workload, way]) => `${workload} ${way}`)).toEqual(
      ["LIFO", "pair"].flatMap((it) =>
        ["bare list", "fused by hand", "shared", "specialised"].map((way) => `${it} ${way}`),
      ),
    );
    const cells = rows.filter((row) => row.length >= 5 && /^\d/.test(row[2]!));
    expect(cells.length).toBe(8 + 9 + 28);
    for (const row of cells)
      expect(
        row.slice(2).every((cell) => /^\d+(?:\.\d+)?$/.test(cell)),
        row.join(),
      ).toBe(true);
    const written = readFileSync(out, "utf8");
    expect(written).toContain("# What a chain costs");
    expect(written.match(/^## /gm)?.length).toBe(3);
    expect(written).not.toContain(folder);
  });

  test("an option that is no count is refused", { tags: ["thorough"] }, () => {
    const { status, stderr } = spawnSync(process.execPath, [COMMAND, "chains", "--rounds", "0"], { encoding: "utf8" });
    expect(stderr).toMatch(/Expected an integer of at least 1/);
    expect(status).toBe(2);
  });
});
