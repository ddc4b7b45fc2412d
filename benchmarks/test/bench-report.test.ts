import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TraceBuilder } from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { markdown } from "../../checks/support/markdown.ts";
import { checkedRows } from "../src/bench/checked.ts";
import { columnsOf, decodeColumns, encodeColumns } from "../src/bench/columns.ts";
import { documentText } from "../src/bench/document.ts";
import { EMPTY } from "../src/bench/empty.ts";
import { FRAGMENTATION, fragmentationRows, fragmentationText, withSection } from "../src/bench/fragmentation.ts";
import { GOALS, goalRows, isMet } from "../src/bench/goals.ts";
import { traceGoals } from "../src/bench/heap.ts";
import { heapText } from "../src/bench/heap-document.ts";
import { pathRows, pathsOf } from "../src/bench/paths.ts";
import { BASELINE, meanOf, ratioTo } from "../src/bench/report.ts";
import { firstOf } from "../src/bench/starts.ts";
import { missingRows, plainTables, resultRows } from "../src/bench/table.ts";
import { plotsOf } from "../src/bench/write.ts";
import { always, report, result, timed } from "./bench-fixtures.ts";

const two = [
  timed("one", EMPTY.C, 0),
  timed("one", BASELINE, 20),
  timed("one", "system", 10),
  timed("two", BASELINE, 20),
  timed("two", "system", 40, { utilisation: 0.9, quickest: 10 }),
];

describe("meanOf", () => {
  test("is the geometric mean of the ratios, and the mean of the utilisations", () => {
    expect(meanOf(two, "system", BASELINE)).toMatchObject({ ratio: 1, quickest: 0.5, workloads: 2, all: 2 });
    expect(meanOf(two, "system", BASELINE).utilisation).toBeCloseTo(0.7);
  });

  test("leaves out failed results, and counts them", () => {
    const all = [...two, { workload: "three", contender: "system", fault: "no room" }, timed("three", BASELINE, 20)];
    expect(meanOf(all, "system", BASELINE)).toMatchObject({ ratio: 1, workloads: 2, all: 3 });
  });

  test("a workload with few live bytes counts in the ratio, but not in the utilisation", () => {
    const all = [...two, timed("small", BASELINE, 10), timed("small", "system", 10, { peak: 1e6, utilisation: 0.4 })];
    expect(meanOf(all, "system", BASELINE).utilisation).toBeCloseTo(0.7);
    expect(meanOf(all, "system", BASELINE).workloads).toBe(3);
  });
});

test("a time no longer than the empty loop has no ratio, and is in no mean", () => {
  const all = [timed("one", BASELINE, 20), timed("one", "system", -1)];
  expect(ratioTo(all, all[1]!, BASELINE)).toBeNaN();
  expect(meanOf(all, "system", BASELINE)).toMatchObject({ workloads: 0, all: 1 });
});

describe("the table", () => {
  test("has a row for each result, and one for each mean except those of the empty loop", () => {
    expect(resultRows(two).map((row) => row.join(","))).toEqual([
      "workload,contender,ns/op,from,to,ratio,quickest,ratio,utilisation",
      `one,${EMPTY.C},2.0,2.0,2.0,,,,`,
      `one,${BASELINE},20.0,20.0,20.0,1.00,20.0,1.00,50.0 %`,
      "one,system,10.0,10.0,10.0,0.50,10.0,0.50,50.0 %",
      `two,${BASELINE},20.0,20.0,20.0,1.00,20.0,1.00,50.0 %`,
      "two,system,40.0,40.0,40.0,2.00,10.0,0.50,90.0 %",
      `mean of 2,${BASELINE},,,,1.00,,1.00,50.0 %`,
      "mean of 2,system,,,,1.00,,0.50,70.0 %",
    ]);
  });

  test("has no means of one workload", () => expect(resultRows([timed("one", "system", 1)])).toHaveLength(2));

  test("says why a contender failed", () => {
    const rows = resultRows([{ workload: "one", contender: "codemix", fault: "no room for 7 bytes" }]);
    expect(rows[1]!.slice(0, 3)).toEqual(["one", "codemix", "fails: no room for 7 bytes"]);
  });

  test("names the missing contenders, and why", () => {
    const all = [
      { name: "system", about: "ours" },
      { name: "mimalloc", about: "theirs", missing: "the loader finds no libmimalloc.so.3" },
    ];
    expect(missingRows(report("loops", two, all)).slice(1)).toEqual([
      ["mimalloc", "the loader finds no libmimalloc.so.3"],
    ]);
    expect(missingRows(report("loops", two))).toEqual([]);
  });

  test("is text with aligned columns", () => {
    const rows = [
      ["a", "b", "c"],
      ["long", "x", "10.5"],
    ];
    expect(plainTables([rows, []])).toBe("a     b     c\nlong  x  10.5");
    expect(markdown(rows)).toBe("| a    | b   | c    |\n| ---- | --- | ---- |\n| long | x   | 10.5 |");
  });
});

describe("the goals", () => {
  test.each([
    ["a ratio", { figure: 0.5, unit: "ratio", goal: 0.8 }, true],
    ["a ratio that is reached exactly", { figure: 0.8, unit: "ratio", goal: 0.8 }, true],
    ["a ratio above", { figure: 0.9, unit: "ratio", goal: 0.8 }, false],
    ["a share", { figure: 0.95, unit: "share", goal: 0.9 }, true],
    ["a share below", { figure: 0.85, unit: "share", goal: 0.9 }, false],
    ["garbage", { figure: 16, unit: "bytes", goal: 0 }, false],
    ["a figure without a goal", { figure: 16, unit: "ns" }, undefined],
    ["a figure that was not measured", { figure: Number.NaN, unit: "ratio", goal: 1 }, undefined],
  ] as const)("%s is met or not", (_what, goal, met) => expect(isMet({ what: "", ...goal })).toBe(met));

  test("of traces use all of them, and a missing contender leaves a figure out", () => {
    const kept = (asItIs: number, trimmed: number) => ({ kept: { asItIs, trimmed } });
    const all = [
      timed("one", BASELINE, 20),
      timed("one", "system", 10, { ...kept(4096, 0), utilisation: 0.9 }),
      timed("two", BASELINE, 20),
      timed("two", "system", 20, { ...kept(8192, 64), utilisation: 0.7 }),
      timed("one", "floor", 5),
      timed("two", "floor", 5),
    ];
    const figures = traceGoals(all).map(({ figure }) => figure);
    expect(figures[0]).toBeCloseTo(Math.SQRT1_2);
    expect(figures.slice(1)).toEqual([Number.NaN, 0.25, Number.NaN, 0.8, 0.7, 8192, 64]);
    const met = goalRows(traceGoals(all)).map((row) => row.at(-1));
    expect(met).toEqual(["met", "yes", "", "", "", "no", "no", "", "no"]);
    expect(traceGoals(all)[5]!.what).toBe("traces: lowest utilisation, two");
    expect(goalRows(traceGoals(all))[2]).toEqual([
      "traces: time, to mimalloc",
      "not measured",
      GOALS.timeToMimalloc.toFixed(2),
      "",
    ]);
  });
});

describe("the document and its plots", () => {
  const held = { held: [2, 4] };
  const traced = report("traces", [timed("lua", BASELINE, 20, held), timed("lua", "system", 10, held)]);

  test("the plot of utilisation shows live bytes and bytes in use", () => {
    const [plot] = plotsOf(traced);
    expect(plot).toMatchObject({ name: "utilisation-lua", title: "Utilisation against time: lua" });
    expect(plot!.svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(plot!.svg).toContain(">system</text>");
    expect(plot!.svg).not.toContain("NaN");
  });

  test("the plots of families show the times, and the empty loop has no line", () => {
    const live = [1000, 10_000].flatMap((blocks) => [
      timed(`${blocks} live`, EMPTY.JavaScript, 0),
      timed(`${blocks} live`, "system", blocks / 100),
    ]);
    const [plot] = plotsOf(report("live", live));
    expect(plot!.name).toBe("time-against-live");
    expect(plot!.svg).toContain(">system</text>");
    expect(plot!.svg).not.toContain(`>${EMPTY.JavaScript}</text>`);
  });

  test("a result without a time is not drawn", () => {
    expect(plotsOf(report("live", [result("1000 live", "system")]))).toEqual([]);
  });

  test("the document shows its tables, its plots and the missing contenders", () => {
    const text = documentText(
      { ...traced, contenders: [{ name: "jemalloc", about: "theirs", missing: "no loader" }] },
      [{ name: "utilisation-lua", title: "Utilisation against time: lua", svg: "" }],
    );
    expect(text).toContain("![Utilisation against time: lua](plots/utilisation-lua.svg)");
    expect(text).toMatch(/^\| lua +\| system +\| 10\.0 /m);
    expect(text).toMatch(/^\| jemalloc \| no loader \|$/m);
    expect(text).toContain("- lua: about lua; 1,000 operations");
  });
});

test("a cold start is the first events of a trace, and its peak is theirs", () => {
  const builder = new TraceBuilder();
  builder.allocate(100);
  builder.allocate(50);
  builder.release(0);
  builder.allocate(900);
  const all = columnsOf(builder.finish({ name: "four" }));
  const { length, begin, end, peak, kinds, size } = decodeColumns(encodeColumns(firstOf(all, 3)));
  expect({ length, begin, end, peak }).toEqual({ length: 3, begin: 0, end: 3, peak: 150 }); // of 950
  expect([kinds.length, [...size]]).toEqual([3, [100, 50, 0]]);
  expect([firstOf(all, 99).length, firstOf(all, 99).peak]).toEqual([all.length, 950]);
});

/** A block that moves to another class, a zeroed one, and a large one. */
function tiny() {
  const builder = new TraceBuilder();
  const moved = builder.allocate(40);
  builder.resize(moved, 80);
  builder.release(moved);
  builder.release(builder.allocateZeroed(100));
  builder.release(builder.allocate(5000));
  return builder.finish({ name: "tiny" });
}

test("the paths of a trace are counted, the same each time", () => {
  const paths = pathsOf("tiny", columnsOf(tiny()));
  expect(paths).toMatchObject({ trace: "tiny", events: 7, zeroed: 1, moved: 1, large: 1 });
  expect(pathsOf("tiny", columnsOf(tiny()))).toEqual(paths);
});

describe("docs/heap.md", () => {
  const prose = (text: string) =>
    text
      .split("\n")
      .filter((line) => !line.startsWith("|"))
      .join("\n")
      .replace(/on\sNode\s[\d.]+, rounds: \d+/, "");
  const fragmentation = [
    { pattern: "turns", contender: "system", peak: { median: 1.5, least: 1.25, most: 2 }, end: always(3) },
    { pattern: "turns", contender: "mimalloc", fault: "no room" },
  ];
  const unseen = [timed("three", BASELINE, 20), timed("three", "system", 30)];
  const paths = [pathsOf("six", columnsOf(tiny()))];
  const starts = { small: [timed("four", "system", 40)], cold: [timed("five", "system", 50)] };
  const text = heapText(3, { traces: two, unseen, goals: traceGoals(two), checked: two, fragmentation, starts, paths });

  test("has a row for each goal and one for each result", () => {
    expect(text).toContain(markdown(goalRows(traceGoals(two))));
    for (const results of [two, unseen, starts.small, starts.cold]) {
      expect(text).toContain(markdown(resultRows(results)));
    }
    expect(text).toContain(markdown(pathRows(paths)));
    expect(text).toContain(markdown(checkedRows(two)));
    expect(text).toContain(markdown(fragmentationRows(fragmentation)));
    expect(text).toContain("rounds: 3.");
  });

  test("has the median and the bounds of what is held for each live byte, or why there is none", () => {
    expect(fragmentationRows(fragmentation).slice(1)).toEqual([
      ["turns", "system", "1.50", "1.25", "2.00", "3.00", "3.00", "3.00"],
      ["turns", "mimalloc", "fails: no room", "", "", "", "", ""],
    ]);
  });

  test("has its section on fragmentation replaced, wherever it is, and nothing else", () => {
    const before = withSection(text, FRAGMENTATION, fragmentationText([]));
    expect(before).not.toContain("1.25");
    expect(withSection(before, FRAGMENTATION, fragmentationText(fragmentation))).toBe(text);
    const followed = `${text}\n## More\n\nAnd more.\n`;
    const other = withSection(followed, FRAGMENTATION, fragmentationText([]));
    expect(withSection(other, FRAGMENTATION, fragmentationText(fragmentation))).toBe(followed);
  });

  test("has the text that the command writes", () => {
    const written = readFileSync(join(import.meta.dirname, "../../docs/heap.md"), "utf8");
    expect(prose(written)).toBe(prose(text));
  });
});
