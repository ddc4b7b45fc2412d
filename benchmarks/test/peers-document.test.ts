import type { CheckReport, RuleId } from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { type Finding, timeless } from "../src/peers/alloc-check.ts";
import type { Contender, Run } from "../src/peers/contenders.ts";
import { documentText } from "../src/peers/document.ts";

const checked: Run = { kind: "check", export: "default", title: "As it is", because: "The reason." };
const replayed: Run = { kind: "replay", export: "default", title: "Replayed", because: "The leak." };
const contender: Contender = { name: "peer", part: "its heap", adapter: "peer", about: "About it.", runs: [] };

function report(broken: readonly RuleId[], skipped: CheckReport["skipped"] = []): Finding {
  const violations = broken.map((rule) => ({ rule, title: "title", program: `// ${rule}`, message: "message" }));
  const ok = broken.length === 0;
  return {
    report: { ok, violations, skipped, operations: 1000, served: 2, refused: 3, seed: 1 },
    fault: "",
    program: "",
  };
}

function fault(message: string, program = ""): Finding {
  return { report: null, fault: message, program };
}

function textOf(...runs: [Run, Finding][]): string {
  const all = [{ contender, version: "1.2.3", runs: runs.map(([run, finding]) => ({ run, finding })) }];
  return documentText(all, "20.0.0").split(/^\| ---.*$/m)[1]!;
}

/** The cells of the peer's row. */
function cellsOf(text: string): string[] {
  const row = /^\| (.*) \|$/m.exec(text)![1]!;
  return row.split(" | ").map((cell) => cell.trim());
}

describe("documentText", () => {
  test("gives the cause of a failure, and none without a failure", () => {
    expect(textOf([checked, report(["1.3"])])).toContain("The reason.");
    expect(textOf([checked, report([])])).not.toContain("The reason.");
    expect(textOf([replayed, fault("no room")])).toContain("**Fails**: no room.\n\nThe leak.");
    expect(textOf([replayed, fault("")])).not.toContain("The leak.");
  });

  test("shows the program up to the call that does not return", () => {
    expect(textOf([checked, fault("it hangs", "a.allocate(1);")])).toContain(
      "**Fails**: it hangs.\n\n```js\na.allocate(1);\n```",
    );
  });

  test("lists for each later check only the rules that the first one does not break", () => {
    const text = textOf([checked, report(["1.3"])], [{ ...checked, title: "Again" }, report(["1.3", "8.1"])]);
    expect(text.match(/\*\*1\.3\*\*/g)).toHaveLength(1);
    expect(text).toContain("**Breaks** 8.1 beside those above: 1,000 operations");
  });

  test("gives each reason for skipped rules once", () => {
    const skipped = (["3.5", "11.1"] as const).map((rule) => ({ rule, reason: "it has no owns" }));
    const text = textOf([checked, report([], skipped)], [checked, report([], skipped)]);
    expect(text.match(/- 3\.5, 11\.1: it has no owns/g)).toHaveLength(1);
  });

  test("sums up in the contract's order: the rules broken by any check, the replay, the second release", () => {
    const twice: Run = { kind: "check", export: "twice", title: "Twice" };
    const text = textOf([checked, report(["11.2", "8.1"])], [replayed, fault("no room")], [twice, fault("it hangs")]);
    expect(cellsOf(text)).toEqual(["`peer` 1.2.3: its heap", "8.1, 11.2", "**fails**", "**fails**"]);
    const kept = textOf([checked, report([])]);
    expect(cellsOf(kept)).toEqual(["`peer` 1.2.3: its heap", "none", "not tried", "not tried"]);
  });
});

describe("timeless", () => {
  test("leaves out the time waited for a call", () => {
    expect(timeless("a call has not returned for 10.1 s: the last one")).toBe("the last call does not return");
  });

  test("refuses text that depends on time", () => {
    expect(() => timeless("not finished after 3.2 s: one program takes longer")).toThrow("depends on time");
  });
});
