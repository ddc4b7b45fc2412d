import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Engine, resultOf } from "../src/bench/engines/engines.ts";
import { ABOUT, LOOPS } from "../src/bench/engines/loops.ts";
import { documentText } from "../src/bench/engines/report.ts";
import {
  chosenNames,
  type EngineReport,
  loopTables,
  measureEngines,
  missingEngines,
  sentence,
} from "../src/bench/engines/rows.ts";
import type { EngineRequest } from "../src/bench/engines/sample.ts";

const DOCUMENT = join(import.meta.dirname, "../../docs/engines.md");

/** Each loop of each contender, but for dlmalloc, which takes seconds to make. */
const CELLS = Object.entries(LOOPS).flatMap(([loop, contenders]) =>
  Object.entries(contenders)
    .filter(([contender]) => contender !== "dlmalloc")
    .map(([contender, make]) => ({ loop, contender, make })),
);

describe("a loop", () => {
  test.each(CELLS)("$loop of $contender returns the same sum in each pass", ({ make }) => {
    const { sum, pass } = make();
    for (let round = 0; round < 3; round++) expect(pass()).toBe(sum);
  });

  test("has a description, and a plain contender first", () => {
    expect(Object.keys(ABOUT)).toEqual(Object.keys(LOOPS));
    expect(Object.values(LOOPS).map((contenders) => Object.keys(contenders)[0])).toEqual([
      ...Array(3).fill("fixed places"),
      ...["typed array by hand", "array", "objects"],
    ]);
  });
});

describe("the result of an engine", () => {
  test("is the JSON behind ok, whatever else is printed", () => {
    expect(resultOf('a warning\nok {"times":[1,2]}\nmore\n', "/there")).toEqual({ times: [1, 2] });
  });

  test.each([
    ["Error: it lost bytes\n    at play\n", "Error: it lost bytes"],
    ["", "it printed nothing"],
  ])("is the fault for %j", (output, message) => {
    expect(() => resultOf(output, "/there")).toThrow(message);
  });
});

/** An engine whose time is `base` for the first contender, and one more for each next one; it notes what it is asked. */
function engine(name: string, base: number, asked: string[] = []): Engine {
  return {
    name,
    title: `Engine ${name}`,
    async play(requests: readonly EngineRequest[]) {
      asked.push(`${name} ${requests[0]!.loop} ${requests[0]!.contender}`);
      return requests.map(({ loop, contender }) => {
        const time = base + Object.keys(LOOPS[loop]!).indexOf(contender);
        return { loop, contender, times: [time, time + 0.5, 99] };
      });
    },
  };
}

const absent: Engine = {
  name: "js",
  title: "Engine js",
  missing: "not installed here: no js on the path",
  play: () => Promise.reject(new Error("run")),
};
const quick = { warmUp: 1, sample: 1, samples: 1 };

async function measured(): Promise<EngineReport> {
  const only = ["node", "bun", "js", "pair", "push"];
  const engines = [engine("node", 1), engine("bun", 2), engine("firefox", 3), absent];
  return measureEngines(engines, { ...quick, rounds: 2, only }, () => {});
}

describe("measureEngines", () => {
  test("starts each round with a different engine and contender", async () => {
    const asked: string[] = [];
    const engines = [engine("node", 1, asked), engine("bun", 2, asked)];
    await measureEngines(engines, { ...quick, rounds: 2, only: ["LIFO"] }, () => {});
    expect(asked).toEqual([
      "node LIFO fixed places",
      "bun LIFO fixed places",
      "bun LIFO system()",
      "node LIFO system()",
    ]);
  });

  test("keeps the median of each round's samples, for the engines and loops that were asked for", async () => {
    const { cells } = await measured();
    expect(new Set(cells.map(({ engine, loop }) => `${engine} ${loop}`))).toEqual(
      new Set(["Engine node pair", "Engine bun pair", "Engine node push", "Engine bun push"]),
    );
    expect(cells.find((it) => it.engine === "Engine bun" && it.contender === "system()")).toMatchObject({
      median: 3.5,
      rounds: [3.5, 3.5],
    });
  });

  test("names a missing engine and the reason, and does not run it", async () => {
    const report = await measured();
    expect(missingEngines(report)).toEqual([
      ["missing", "why"],
      ["Engine js", "not installed here: no js on the path"],
    ]);
    expect(documentText(report)).toContain("## Missing");
  });
});

describe("the table of a loop", () => {
  test("has the ratios to the plain loop and to both peers in the same engine", async () => {
    const [loop, rows] = loopTables(await measured())[0]!;
    expect(loop).toBe("pair");
    expect(rows[0]).toEqual([
      ...["engine", "contender", "ns", "from", "to"],
      ...["/ fixed places", "/ @thi.ng/malloc", "/ dlmalloc"],
    ]);
    expect(rows[2]).toEqual(["Engine node", "system()", "2.5", "2.5", "2.5", "1.67", "0.45", "0.38"]);
    expect(rows).toHaveLength(1 + 2 * Object.keys(LOOPS.pair!).length);
  });

  test("has a sentence with the ratios in each engine", async () => {
    const { cells } = await measured();
    const text = sentence(cells.filter(({ loop }) => loop === "push"));
    expect(text).toBe("Time as a ratio to dlmalloc in Engine node, Engine bun: Vec 0.56, 0.64.");
  });
});

describe("the names on the command line", () => {
  const engines = ["node", "bun"];

  test("select engines, loops or both", () => {
    expect(chosenNames(engines, ["bun"])).toEqual({ engines: ["bun"], loops: Object.keys(LOOPS) });
    expect(chosenNames(engines, ["pair", "LIFO"])).toEqual({ engines, loops: ["pair", "LIFO"] });
    expect(chosenNames(engines, ["node", "push"])).toEqual({ engines: ["node"], loops: ["push"] });
  });

  test("are refused if unknown, with those that there are", () => {
    expect(() => chosenNames(engines, ["deno"])).toThrow(
      'there is no engine or loop "deno": expected some of "node", "bun", "pair"',
    );
  });
});

test("docs/engines.md has the text that the command writes", () => {
  const figures = (text: string) =>
    text
      .split("\n")
      .filter((line) => !line.startsWith("|"))
      .join("\n")
      .replace(/ Time as a ratio .*/g, "")
      .replace(/rounds: \d+/, "")
      .replace(/\n## Missing[\s\S]*/, "\n");
  const cells = Object.entries(LOOPS).flatMap(([loop, contenders]) =>
    Object.keys(contenders).map((contender) => {
      return { engine: "Engine", loop, contender, rounds: [1], median: 1, least: 1, most: 1 };
    }),
  );
  const written = readFileSync(DOCUMENT, "utf8");
  expect(figures(written).trimEnd()).toBe(figures(documentText({ rounds: 1, cells, missing: [] })).trimEnd());
  const rows = [...written.matchAll(/^\| V8 \(Node .*?\) +\| (\S.*?) +\|/gm)].map(([, contender]) => contender);
  expect(rows).toEqual(cells.map(({ contender }) => contender));
});
