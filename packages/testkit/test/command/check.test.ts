import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BuiltCommand } from "./command.ts";

const command = new BuiltCommand();
const FEW = ["--programs", "5", "--seed", "1"];

beforeAll(() => command.build());
afterAll(() => command.remove());

/** Runs a check that prints JSON. */
function json(...args: string[]) {
  const { status, stdout } = command.run(...args, "--json");
  return { status, result: JSON.parse(stdout) };
}

describe("what a module may export", () => {
  test.each([
    ["a function that makes a plain object", "./first-fit.js"],
    ["an allocator of ours, of another copy of the core", join(command.folder, "ours.js")],
  ])("%s: is checked, with many requests served", expectChecked);

  test.each([
    ["a function that makes C's shape", "./c-shape.js"],
    ["a class", "./first-fit.js", "--export", "FirstFit"],
    ["an instance", "./first-fit.js", "--export", "instance"],
    ["a function that always returns the same instance", "./first-fit.js", "--export", "always"],
    [
      "a function that always returns the same allocator of ours",
      join(command.folder, "ours.js"),
      "--export",
      "always",
    ],
    ["a function that promises an instance", "./first-fit.js", "--export", "promised"],
    ["a function that promises a function", "./first-fit.js", "--export", "factory"],
  ])("%s: is checked, with many requests served", { tags: ["thorough"] }, expectChecked);

  function expectChecked(_what: string, ...args: string[]): void {
    const { status, result } = json(...args, ...FEW);
    expect(result).toMatchObject({ ok: true, finished: true, done: 5, programs: 5, seed: 1, fault: null });
    expect(result.report.violations).toEqual([]);
    expect(result.report.served).toBeGreaterThan(50);
    expect(status).toBe(0);
  }
});

test("declarations of a plain object are tested", { tags: ["thorough"] }, () => {
  const { result } = json("./first-fit.js", "--export", "overstated", ...FEW);
  const rules = result.report.violations.map(({ rule }: { rule: string }) => rule);
  expect(rules).toContain("11.7");
});

describe("a fault ends with exit code 1", () => {
  test("a broken rule is printed with the calls that show it, and how to run again", () => {
    const { status, stdout, stderr } = command.run("./overlaps.js", "--skip", "2.5=it has no slack");
    expect(stdout).toMatch(/^rule 1\.3: the usable bytes of live blocks are disjoint\n/);
    expect(stdout).toContain("    const a = make();\n");
    expect(stdout).toContain("    const b1 = a.allocate(Layout.of(100, 8));\n");
    expect(stdout).toMatch(/\nagain: npx alloc-check \.\/overlaps\.js --skip '2\.5=it has no slack' --seed \d+\n$/);
    expect(stderr).toBe("");
    expect(status).toBe(1);
  });

  test("a skipped rule is not reported, but its reason is", { tags: ["thorough"] }, () => {
    const { result } = json("./overlaps.js", ...FEW, "--skip", "1.3=they may", "--skip", "1.4=so this too");
    expect(result.report.skipped).toContainEqual({ rule: "1.3", reason: "they may" });
    const rules = result.report.violations.map(({ rule }: { rule: string }) => rule);
    expect(rules).not.toContain("1.3");
  });

  test("a call that hangs is the last of the printed program, which is short", { tags: ["thorough"] }, () => {
    const { status, stdout } = command.run("./hangs.js", "--time-limit", "8");
    expect(stdout).toMatch(/^fault: a call has not returned for \d+\.\d s: .*\n {4}const a = make\(\);\n/);
    const program = stdout.split("\n").filter((line) => line.startsWith("    "));
    expect(program.at(-1)).toBe("    const b2 = a.grow(b1, Layout.of(1, 8), Layout.of(9, 8));");
    expect(program).toHaveLength(3);
    expect(status).toBe(1);
  });

  test("the JSON of a hang has the program, and no report without earlier findings", { tags: ["thorough"] }, () => {
    const { status, result } = json("./hangs.js", "--time-limit", "8", "--seed", "7");
    expect(result).toMatchObject({ module: "./hangs.js", ok: false, finished: false, seed: 7, report: null });
    expect(result.fault.kind).toBe("hangs");
    expect(result.fault.program).toMatch(/^const a = make\(\);\n/);
    expect(status).toBe(1);
  });

  test("findings before a hang are reported with it, each with the few calls it needs", { tags: ["thorough"] }, () => {
    const { status, result } = json("./overlaps-and-hangs.js", "--time-limit", "8", "--seed", "1");
    expect(result).toMatchObject({
      ok: false,
      finished: false,
      fault: { kind: "hangs" },
      report: { ok: false, seed: 1 },
    });
    const found = result.report.violations.find(({ rule }: { rule: string }) => rule === "1.3");
    expect(found.program.split("\n")).toHaveLength(3);
    const calls = result.fault.program.split("\n");
    expect(calls[0]).toBe("const a = make();");
    expect(calls.at(-1)).toBe("a.trim();");
    expect(calls.length).toBeLessThanOrEqual(8);
    expect(status).toBe(1);
  });

  test("a module that ends the process does not end the command", { tags: ["thorough"] }, () => {
    const { status, stdout } = command.run("./exits.js");
    expect(stdout).toMatch(/^fault: its thread ended, with exit code 0: /);
    expect(stdout).toContain("    const b1 = a.allocate(Layout.of(1000, 8));\n\nagain: ");
    expect(status).toBe(1);
  });

  test.each([
    ["./exits-early.js", /its thread ended while loading the module, with exit code 0/],
    ["./hangs-early.js", /not finished after [\d.]+ s: the module is still loading/],
  ])("%s, which ends it while it is loaded", { tags: ["thorough"] }, (module, message) => {
    const { status, stdout } = command.run(module, "--time-limit", "2");
    expect(stdout).toMatch(message);
    expect(status).toBe(1);
  });

  test("a check cut off says how far it got, and does not look like success", { tags: ["thorough"] }, () => {
    const { status, stdout } = command.run("./first-fit.js", "--programs", "1000000", "--time-limit", "2");
    expect(stdout).toMatch(/^no fault found so far\n\nnot finished: \d+ of 1000000 programs done after 2 s; /);
    expect(status).toBe(1);
  });

  test("a check cut off reports earlier findings", { tags: ["thorough"] }, () => {
    const { status, result } = json(
      "./overlaps.js",
      "--programs",
      "1000000",
      "--time-limit",
      "2",
      "--skip",
      "1.4=not now",
    );
    expect(result).toMatchObject({ ok: false, fault: null });
    expect(result.report.violations.map(({ rule }: { rule: string }) => rule)).toContain("1.3");
    expect(status).toBe(1);
  });

  test("a factory that throws in the middle of the check is a fault", { tags: ["thorough"] }, () => {
    const { status, stdout } = command.run("./runs-out.js");
    expect(stdout).toMatch(/^fault: \.\/runs-out\.js made some allocators, then threw Error: no more heaps\n/);
    expect(status).toBe(1);
  });

  test("an allocator that serves nothing counts as untested", { tags: ["thorough"] }, () => {
    const { status, stdout } = command.run("./talks.js", ...FEW);
    expect(stdout).toContain("it served no request");
    expect(status).toBe(1);
  });
});

test("output of the module goes to stderr, and only the result to stdout", () => {
  const { stdout, stderr } = command.run("./talks.js", ...FEW, "--json");
  expect(JSON.parse(stdout).report.served).toBe(0);
  expect(stderr).toBe("hello from the module\n");
});

test("the printed seed gives the same report", { tags: ["thorough"] }, () => {
  const first = json("./damages.js", "--programs", "20");
  const again = json("./damages.js", "--programs", "20", "--seed", `${first.result.seed}`);
  expect(first.result.report.violations.length).toBeGreaterThan(0);
  expect(again.result.report).toEqual(first.result.report);
});

test("untested rules are named, with the reason", () => {
  const { stdout } = command.run("./first-fit.js", "--export", "instance", ...FEW);
  const untried = stdout
    .split("\n\n")
    .find((paragraph) => paragraph.startsWith("not tested:\n"))!
    .split("\n");
  expect(untried).toContain(
    "  9.1, 9.2, 9.3, 9.5, 9.6, 9.9: one instance serves every program, so it is never disposed",
  );
  expect(untried).toContain("  3.5, 11.1: it has no owns");
});

describe("a usage error is one line on stderr and exit code 2", () => {
  const refused: [what: string, args: string[], message: RegExp][] = [
    ["no module", [], /missing required argument 'module'/],
    ["a missing module", ["./nothing.js"], /cannot find \.\/nothing\.js: expected the path of a file/],
    ["a module that throws", ["./throws.js"], /cannot load \.\/throws\.js: Error: no licence\n$/],
    ["a missing export", ["./no-default.js"], /as default; it exports heap: choose one with --export/],
    ["an export that is not an allocator", ["./no-default.js", "--export", "heap"], /got 1/],
    ["a missing method", ["./first-fit.js", "--export", "typo"], /got an object with memory, allocate, dealocate/],
    ["nothing made", ["./first-fit.js", "--export", "nothing"], /it returned undefined/],
    ["a factory that throws", ["./first-fit.js", "--export", "faulty"], /it threw TypeError: no heap today/],
    ["a memory of another kind", ["./first-fit.js", "--export", "foreign"], /got Uint8Array/],
    ["an unknown option", ["./first-fit.js", "--nonsense"], /unknown option '--nonsense'/],
    ["an invalid align", ["./first-fit.js", "--max-align", "24"], /Expected a power of two/],
    ["no programs", ["./first-fit.js", "--programs", "0"], /Expected an integer of at least 1/],
    ["no time", ["./first-fit.js", "--time-limit", "0"], /Expected a number of seconds/],
    ["an unknown rule", ["./first-fit.js", "--skip", "1.99=why"], /Expected a rule of the contract/],
    ["a skip without a reason", ["./first-fit.js", "--skip", "1.3"], /Expected a rule of the contract and a reason/],
    ["two modules", ["./first-fit.js", "./overlaps.js"], /too many arguments/],
  ];
  test.each(refused.slice(0, 4))("%s", expectRefused);
  test.each(refused.slice(4))("%s", { tags: ["thorough"] }, expectRefused);

  function expectRefused(_what: string, args: string[], message: RegExp): void {
    const { status, stdout, stderr } = command.run(...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^error: .*\n$/);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  }

  test.skipIf("typescript" in process.features && process.features.typescript !== false)(
    "TypeScript, where the runtime does not load it",
    () => {
      const path = join(command.folder, "typed.ts");
      writeFileSync(path, "export default (): null => null;\n");
      const { status, stderr } = command.run(path);
      expect(stderr).toMatch(
        /^error: cannot load .*typed\.ts: Node v\S+ does not load TypeScript; compile it first.*\n$/,
      );
      expect(status).toBe(2);
    },
  );
});

test.each([
  [[], "alloc-check replay ./my-allocator.js"],
  [["check"], "--time-limit <seconds>"],
  [["replay"], "--align <bytes>"],
  [["compare"], "--rounds <number>"],
])("%j --help has options and examples, and ends with exit code 0", { tags: ["thorough"] }, (args, text) => {
  const { status, stdout } = command.run(...args, "--help");
  expect(stdout).toContain(text);
  expect(stdout).toMatch(/\nExamples?:\n {2}\$ alloc-check /);
  expect(status).toBe(0);
});
