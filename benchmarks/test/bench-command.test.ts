// @module-tag built
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TraceBuilder, writeTrace } from "@alloc/testkit";
import { afterAll, describe, expect, test } from "vitest";
import { smallSources } from "../src/bench/starts.ts";

const COMMAND = join(import.meta.dirname, "../dist/bench.js");
const folder = mkdtempSync(join(tmpdir(), "alloc-bench-command-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const builder = new TraceBuilder();
const ids = Array.from({ length: 300 }, (_, index) => builder.allocate(index, index % 7 === 0 ? 64 : 0));
for (const id of ids) builder.resize(id, 3 * id);
for (const id of ids.reverse()) builder.release(id);
const zeroed = builder.allocateZeroed(100);
builder.release(zeroed);
const trace = join(folder, "tiny.trace");
writeFileSync(trace, await text());

async function text(): Promise<string> {
  let written = "";
  for await (const bytes of writeTrace(builder.finish({ name: "tiny" }))) written += new TextDecoder().decode(bytes);
  return written;
}

function bench(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

function expectRefused(args: string[], code: number, message: RegExp): void {
  const { status, stdout, stderr } = bench("all", ...args);
  expect(stderr).toMatch(message);
  expect(stdout).toBe("");
  expect(status).toBe(code);
}

describe("bench", () => {
  test("plays a trace through contenders of every kind, or says why not, and writes the results", {
    tags: ["thorough"],
  }, () => {
    const out = join(folder, "out");
    const only = ["system", "chain", "thi-ng", "codemix", "typedarray-pool", "glibc never trimming", "mimalloc"];
    const args = ["--quick", "--workloads", "traces", "--json", "--out", out, "--only", ...only];
    const { status, stdout, stderr } = bench("all", trace, ...args);
    expect(stderr).toMatch(/^written to .*out\n$/);
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.workloads).toMatchObject([{ name: "tiny", group: "traces", operations: 902, peak: 134_550 }]);
    const missing = report.contenders.filter((it: { missing?: string }) => it.missing !== undefined);
    expect(report.results.length).toBe(report.contenders.length - missing.length);
    // Contenders without an align or a realloc play it too: nothing fails.
    expect(report.results.filter((it: { fault?: string }) => it.fault !== undefined)).toEqual([]);
    expect(report.results.find((it: { contender: string }) => it.contender === "system").kept.trimmed).toBe(0);
    expect(readdirSync(out).sort()).toEqual(["benchmarks.md", "plots"]);
    expect(readdirSync(join(out, "plots")).sort()).toEqual(["results.ndjson", "utilisation-tiny.svg"]);
    const lines = readFileSync(join(out, "plots/results.ndjson"), "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toHaveLength(1 + report.results.length);
    expect(readFileSync(join(out, "benchmarks.md"), "utf8")).not.toContain(folder);
  });

  test("starts plays small loops, and each trace once from a cold start", { tags: ["thorough"] }, () => {
    const { status, stdout } = bench("starts", trace, "--quick", "--only", "system", "--json");
    expect(status).toBe(0);
    const starts = JSON.parse(stdout) as Record<
      "small" | "cold",
      { workload: string; contender: string; fault?: string }[]
    >;
    const ours = (all: typeof starts.small) => all.filter(({ contender }) => contender === "system");
    expect(ours(starts.small).map(({ workload }) => workload)).toEqual(
      smallSources({ live: 0, less: 1 }).map(({ name }) => name),
    );
    expect(ours(starts.cold).map(({ workload }) => workload)).toEqual(["tiny"]);
    expect([...starts.small, ...starts.cold].filter(({ fault }) => fault !== undefined)).toEqual([]);
  });

  test("an incomplete run prints a table and writes nothing", { tags: ["thorough"] }, () => {
    const { status, stdout, stderr } = bench("traces", trace, "--quick", "--only", "tinyHeap");
    expect(status).toBe(0);
    expect(stderr).toBe("");
    const [head, ...rows] = stdout.trimEnd().split("\n");
    expect(head).toMatch(/^workload +contender +ns\/op +from +to +ratio +quickest +ratio +utilisation$/);
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 2))).toEqual([
      ["tiny", "empty loop (JavaScript)"],
      ["tiny", "tinyHeap"],
    ]);
  });

  test.each([
    [["--live", "10"], 2, /Expected an integer of at least 1000/],
    [["--nonsense"], 2, /unknown option/],
  ])("%j is refused", { tags: ["thorough"] }, expectRefused);

  test.each([
    [["--only", "nothing"], 1, /^error: there is no contender "nothing": expected one of .*"system"/],
    [["--workloads", "nothing"], 1, /^error: there is no workload "nothing": expected one of "loops", "pair"/],
    [[join(folder, "none.trace")], 1, /^error: .*no such file/],
    [[folder, "--rounds", "0"], 2, /Expected an integer of at least 1/],
    [["--align", "24"], 2, /Expected a power of two/],
  ])("%j is refused", { tags: ["thorough"] }, expectRefused);

  test("a damaged trace is an error with the number of the bad line", { tags: ["thorough"] }, () => {
    writeFileSync(join(folder, "damaged.trace"), "# ids: 1\nnonsense\n");
    const { status, stderr } = bench("traces", join(folder, "damaged.trace"), "--quick", "--only", "system");
    expect(stderr).toMatch(/^error: .*trace line 2: /);
    expect(status).toBe(1);
  });

  test("--help lists the commands and the options of each", { tags: ["thorough"] }, () => {
    expect(bench("--help").stdout).toMatch(/all .*traces .*heap /s);
    expect(bench("heap", "--help").stdout).toContain("--instructions");
  });
});
