// @module-tag built
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundled } from "../src/bench/engines/bundle.ts";
import { LOOPS } from "../src/bench/engines/loops.ts";
import type { EngineRequest, EngineResult } from "../src/bench/engines/sample.ts";

const COMMAND = join(import.meta.dirname, "../dist/bench.js");
const folder = mkdtempSync(join(tmpdir(), "alloc-bench-engines-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bench = (...args: string[]) => spawnSync(process.execPath, [COMMAND, "engines", ...args], { encoding: "utf8" });
const CELLS = Object.entries(LOOPS).flatMap(([loop, contenders]) =>
  Object.keys(contenders).map((contender) => ({ loop, contender })),
);

/** Returns the program's `play`, in a realm that has nothing but JavaScript, WebAssembly and a clock. */
function played(program: string): (request: EngineRequest) => EngineResult {
  const context = createContext({ performance });
  runInContext(program, context);
  return (context as { play: (request: EngineRequest) => EngineResult }).play;
}

describe("the bundle", () => {
  const quick = { warmUp: 1, sample: 1, samples: 2 };
  let program: string;
  beforeAll(async () => {
    program = await bundled();
  });

  test.each(CELLS.filter(({ contender }) => contender !== "dlmalloc"))("runs $loop of $contender", (cell) => {
    const result = played(program)({ ...cell, ...quick });
    expect(result).toMatchObject(cell);
    expect(result.times).toHaveLength(2);
  });

  test("refuses to time a loop that lost bytes", () => {
    const broken = program.replace(/sum \+= (\w+)\[(\w+)\] \+ \1\[\2 \+ size - 1\]/g, "sum += $1[$2]");
    expect(broken).not.toBe(program);
    expect(() => played(broken)({ loop: "pair", contender: "system()", ...quick })).toThrow(
      /expected .*: it lost bytes/,
    );
  });

  test("measures no time of 0, whatever the steps of the clock", () => {
    // The start and the end of the warm-up, and of four tries, of which two take no time.
    const looks = [0, 8, 8, 8, 8, 16, 16, 16, 16, 24];
    const context = createContext({ performance: { now: () => looks.shift() } });
    runInContext(program, context);
    const { play } = context as { play: (request: EngineRequest) => EngineResult };
    const { times } = play({ loop: "pair", contender: "fixed places", warmUp: 4, sample: 8, samples: 2 });
    expect(times).toHaveLength(2);
    expect(times.every((time) => time > 0)).toBe(true);
  });
});

describe("bench engines", () => {
  test("measures loops in Node, dlmalloc too, prints JSON and writes the document", { tags: ["thorough"] }, () => {
    const out = join(folder, "engines.md");
    const { status, stdout, stderr } = bench("--quick", "--only", "node", "pair", "--json", "--out", out);
    expect(stderr).toMatch(/^written to .*engines\.md\n$/);
    expect(status).toBe(0);
    const { cells, missing } = JSON.parse(stdout);
    expect(cells.map(({ loop, contender }: Record<string, string>) => ({ loop, contender }))).toEqual(
      CELLS.filter(({ loop }) => loop === "pair"),
    );
    expect(missing).toEqual([]);
    expect(readFileSync(out, "utf8").match(/^## .*/gm)).toEqual(["## pair"]);
  });

  test.each([
    [["--rounds", "0"], 2, /Expected an integer of at least 1/],
    [["--nonsense"], 2, /unknown option/],
    [["--only", "deno"], 1, /^error: there is no engine or loop "deno": expected some of "node", "bun"/],
  ])("%j is refused", { tags: ["thorough"] }, (args, code, message) => {
    const { status, stdout, stderr } = bench(...args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(status).toBe(code);
  });
});
